"""The Celery app of the chaos: tasks that succeed, fail, try again, talk, and are taken up again by another worker."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from typing import Any

from celery import Celery, signals
from celery.exceptions import Retry

import phloem
from phloem.instrument import attachment
from phloem.instrument.messages.message import attempt
from phloem.model.state import State
from phloem.progress import current
from tests.chaos.truth import notebook

REDELIVERED = 6
"""Seconds after which Celery gives a message to another worker that the first has not acknowledged."""

app = Celery("chaos", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": REDELIVERED},
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
)
phloem.attach(app)
truth = notebook()
untold: list[tuple[str, str]] = []
tokens: dict[str, str] = {}
"""Those of the runs in this process, by the ids of their tasks."""


def received(request: Any, **_: object) -> None:
    """The main process took a message; Phloem has just made this a run."""
    run = request.request_dict["phloem_run"]
    truth.note("received", request.id, run, attempt=attempt(request.request_dict))


def told(task_id: str, **_: object) -> None:
    """The task is over for Celery and for Phloem. Whether its end is recorded is what the recorder says, if late."""
    untold.append((task_id, tokens.pop(task_id)))
    if attachment.flush(0.5):
        while untold:
            truth.note("told", *untold.pop())


def ready(**_: object) -> None:
    print("ready", flush=True)


signals.worker_ready.connect(ready, weak=False)
signals.task_received.connect(received, weak=False)
signals.task_postrun.connect(told, weak=False)


def ending(act: Callable[..., None]) -> Callable[..., None]:
    """A task whose code itself notes how it ended."""

    @functools.wraps(act)
    def run(self: Any, *args: Any) -> None:
        this = current.current()
        assert this is not None
        token = tokens[self.request.id] = this.token
        state = State.SUCCESS
        try:
            act(self, *args)
        except Retry:
            state = State.RETRY
            raise
        except Exception:
            state = State.FAILURE
            raise
        finally:
            truth.note("ended", self.request.id, token, state=state)

    return run


def work(self: Any) -> None:
    for _ in phloem.track(range(10), "Working"):
        time.sleep(0.005)


def talk(self: Any) -> None:
    for number in range(10):
        phloem.log(f"line {number}")


def fail(self: Any) -> None:
    with phloem.step("Failing", total=2) as step:
        step.advance()
        raise ValueError("as it should")


def flaky(self: Any) -> None:
    if self.request.retries < 2:
        raise self.retry(countdown=0.2, max_retries=5)
    work(self)


def hold(self: Any) -> None:
    for _ in phloem.track(range(30), "Holding on"):
        time.sleep(0.02)


for act in (work, talk, fail, flaky):
    app.task(ending(act), name=act.__name__, bind=True)
app.task(ending(hold), name=hold.__name__, bind=True, acks_late=True)
