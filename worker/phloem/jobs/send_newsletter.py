"""Sends a newsletter: many mails as one group, a bar for all of them, and a callback after the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from celery import Task, chord
from msgspec import Meta

import phloem
from phloem.jobs.app import app
from phloem.jobs.errors import JobError
from phloem.jobs.mail.compose import Recipient, Subject, checked_subject
from phloem.jobs.mail.delivery import claim
from phloem.jobs.mail.smtp_client import TIME_LIMIT_SECONDS
from phloem.jobs.send_email import TRIES_AGAIN, mailed

POLL_SECONDS = 0.5
"""Time between two polls of the mails that are not through."""

YIELD_SECONDS = 5.0
"""Time without news after which the task ends and polls again later: its mails may be waiting for this very worker."""

POLLS_LATER = 360
"""How often it polls again after that: for an hour, at most."""

Readers = Annotated[Sequence[Recipient], Meta(min_length=1, max_length=1000)]

# Each mail is a message of its own for the broker, which holds them all.
Issue = Annotated[str, Meta(max_length=50_000, extra_json_schema={"format": "multiline"})]

Outcome = dict[str, str | None]
"""What became of one mail: `to`, and `refused`, which is None or the reason."""


class Waiting(JobError):
    """Some mails are not through."""


@app.task(
    name="phloem.jobs.send_newsletter",
    shared=False,  # known to this app alone, not to every app of the process
    throws=(JobError,),
    queue="default",  # it waits for its mails, which have the other queue for themselves
    acks_late=False,  # as send_email
    max_retries=POLLS_LATER,
    soft_time_limit=3600,
    time_limit=3660,
)
def send_newsletter(to: Readers, subject: Subject, body: Issue) -> dict[str, Any]:
    """Sends everybody a mail of their own, with one bar for all.

    It says in the end who was refused; the others get theirs all the same. The mails go on by
    themselves, whatever becomes of the task that shows the bar.

    Args:
        to: who gets it, such as ann@example.com; up to 1,000
        subject: one line
        body: the text
    """
    checked_subject(subject)  # once, instead of a refusal for each letter
    request = send_newsletter.request
    ids = {f"{request.id}.{number}": each for number, each in enumerate(to, 1)}
    if request.retries == 0:
        claim(send_newsletter)
        letters = [send_letter.s(each, subject, body).set(task_id=task_id) for task_id, each in ids.items()]
        chord(letters)(newsletter_sent.s().set(task_id=f"{request.id}.sent"))
    outcomes: list[Outcome] = []
    with phloem.step("Sending the newsletter", total=len(ids), unit="mail") as step:
        for task_id, ended in as_they_end(send_newsletter, ids):
            lost: Outcome = {"to": ids[task_id], "refused": "Its task failed."}
            outcomes.append(ended["result"] if ended["status"] == "SUCCESS" else lost)
            step.advance()
    return summary(outcomes)


def as_they_end(task: Task, ids: Sequence[str] | dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the id of each task once it has ended, with its result as the backend keeps it.

    Waiting occupies a process of the worker. If none ends for a while it is given back, and `task` polls again later.
    """
    left, quiet = set(ids), 0.0
    while left:
        for task_id, ended in app.backend.get_many(list(left), interval=POLL_SECONDS, max_iterations=1):
            left.remove(task_id)
            quiet = 0.0
            yield task_id, ended
        quiet += POLL_SECONDS
        if quiet >= YIELD_SECONDS and left:
            waiting = Waiting(f"{len(left):,} of {len(ids):,} mails are still on their way.")
            raise task.retry(exc=waiting, countdown=YIELD_SECONDS) from None


@app.task(
    name="phloem.jobs.send_letter",
    shared=False,
    launch=False,  # a part of the newsletter
    acks_late=False,
    max_retries=TRIES_AGAIN,
    soft_time_limit=TIME_LIMIT_SECONDS,
    time_limit=TIME_LIMIT_SECONDS + 60,
)
def send_letter(to: Recipient, subject: Subject, body: Issue) -> dict[str, Any]:
    """One mail of a newsletter. That it was refused is its result: the callback comes only if nothing fails.

    Args:
        to: who gets it, such as ann@example.com
        subject: one line
        body: the text
    """
    try:
        mailed(send_letter, [to], subject, body, [])
    except JobError as error:
        phloem.log(error, level="warning")
        return {"to": to, "refused": str(error)}
    return {"to": to, "refused": None}


@app.task(name="phloem.jobs.newsletter_sent", shared=False, launch=False)
def newsletter_sent(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Called back with what became of each mail of a newsletter.

    Args:
        outcomes: `{to, refused}` of each mail; `refused` is null, or why
    """
    return summary(outcomes)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How many were sent, and which recipients were refused, with the reasons."""
    refused = sorted((each for each in outcomes if each["refused"]), key=lambda each: str(each["to"]))
    sent = len(outcomes) - len(refused)
    for each in refused:
        phloem.log(f"{each['to']}: {each['refused']}", level="warning")
    phloem.log(f"{sent:,} of {len(outcomes):,} mails were sent.", level="warning" if refused else "info")
    return {"sent": sent, "refused": refused}
