"""Sends a mail: a job that depends on a server which may be away, and tries again by itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from celery import Task
from celery.utils import uuid

import phloem
from phloem.files import StoredFile
from phloem.jobs.app import app, files, settings
from phloem.jobs.errors import JobError
from phloem.jobs.mail.compose import Attachments, Body, Recipients, Subject, written
from phloem.jobs.mail.delivery import claim
from phloem.jobs.mail.smtp_client import TIME_LIMIT_SECONDS, Unavailable, deliver
from phloem.jobs.results import owner

TRIES_AGAIN = 3


@app.task(
    name="phloem.jobs.send_email",
    shared=False,  # known to this app alone, not to every app of the process
    throws=(JobError,),
    acks_late=False,  # the task of a worker that dies is LOST and does not run again: no mail is sent twice
    max_retries=TRIES_AGAIN,
    soft_time_limit=TIME_LIMIT_SECONDS,
    time_limit=TIME_LIMIT_SECONDS + 60,
)
def send_email(to: Recipients, subject: Subject, body: Body = "", attachments: Attachments = ()) -> dict[str, Any]:
    """Sends a mail.

    If the server cannot be reached, or says "later", it is tried again up to three times. If it
    refuses somebody, nobody gets the mail.

    Args:
        to: who gets it, such as ann@example.com: one address, or a list of up to 100
        subject: one line
        body: the text
        attachments: files, up to 20 MB in all
    """
    return mailed(
        send_email, [to] if isinstance(to, str) else to, subject, body, [stored(each) for each in attachments]
    )


def mailed(task: Task, to: Sequence[str], subject: str, body: str, attached: Sequence[StoredFile]) -> dict[str, Any]:
    """Writes and delivers a mail for `task`, which is retried where that may help."""
    server = settings.smtp
    # Only the mailbox is to know the owner: elsewhere it is nobody's business.
    whose = owner() if server.is_local_mailbox else None
    message = written(task.request.id or uuid(), server.sender, to, subject, body, attached, owner=whose)
    try:
        claim(task)
        deliver(server, message, to)
    except Unavailable as error:
        raise task.retry(exc=error, countdown=pause(task.request.retries)) from None
    people = to[0] if len(to) == 1 else f"{len(to)} people"
    phloem.log(f"Sent to {people}, {len(message) / 1000:,.1f} kB")
    return {"to": list(to), "subject": subject, "size": len(message)}


def pause(retries: int) -> float:
    """Seconds until the next try: twice as long each time, plus a random part, so that tasks do not retry at once."""
    return float(settings.mail_backoff * 2**retries * random.uniform(1, 1.5))


def stored(file_id: str) -> StoredFile:
    """The upload with this id, or the file that another job made. Raises JobError if the task's owner has none."""
    file = files.find(file_id, owner=owner())
    if file is None:
        raise JobError(f"The file {file_id} is no longer there.")
    return file
