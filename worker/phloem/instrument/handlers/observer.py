"""What the handlers of one process share: the app, the recorder, the worker's lease, and the runs that it received."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

import celery

from phloem.instrument import message
from phloem.model.event import Event
from phloem.model.state import State
from phloem.progress.current import current
from phloem.progress.run import Run
from phloem.reporting.recorder import FLUSH_SECONDS, Recorder

RUNS_REMEMBERED = 10_000
"""Runs that a worker's main process keeps: Celery tells it of some ends by the id of the task alone."""


class Received(NamedTuple):
    """A run as a worker's main process knows it."""

    token: str | None
    attempt: int


class Observer:
    """Observes one app in this process. Forked children inherit it: they answer under the lease of their worker."""

    def __init__(self, app: celery.Celery, recorder: Recorder, *, keep_calls: bool = True) -> None:
        """`keep_calls` says whether original arguments are kept, so that tasks can be run again."""
        self.app = app
        self.recorder = recorder
        self.lease: str | None = None
        """Names this worker in the record; None where no worker runs."""
        self._keep_calls = keep_calls
        self._received: OrderedDict[str, Received] = OrderedDict()

    def start_lease(self) -> None:
        """Gives the worker that starts in this process a lease, another than an earlier worker had."""
        self.lease = secrets.token_hex(8)

    def hold_lease(self) -> None:
        """Has the recorder renew the lease from now on."""
        self.lease = self.lease or secrets.token_hex(8)
        self.recorder.hold(self.lease)

    def end_lease(self) -> None:
        """Forgets the lease; the recorder ends it when it is closed."""
        self.lease = None

    def receive(self, task_id: str, attempt: int) -> str:
        """Begins a run of a task whose message was received. Returns its token."""
        token = secrets.token_hex(8)
        self._received[task_id] = Received(token, attempt)
        if len(self._received) > RUNS_REMEMBERED:
            self._received.popitem(last=False)
        return token

    def task(self, name: Any) -> Any:
        """The task by this name, if this process has it. An app that is not finalized is not finalized for this."""
        return self.app.tasks.get(name) if self.app.finalized else None

    def original_call(self, args: object, kwargs: object, headers: Mapping[str, Any]) -> str | None:
        """The arguments as JSON text, if they are kept. See `message.original_call`."""
        return message.original_call(args, kwargs, headers) if self._keep_calls else None

    def chosen_texts(self, headers: Mapping[str, Any], args: object, kwargs: object) -> dict[str, str]:
        """The texts that the sender chose to show for the arguments, as headers."""
        return message.chosen_texts(self.app, headers, args, kwargs)

    def report(self, event: Event) -> None:
        """Queues an event. Returns at once."""
        self.recorder.report(event)

    def report_end(self, task_id: object, state: State, **fields: Any) -> None:
        """Reports the end of a run, after its last sample, and waits a moment for it to be recorded."""
        task_id = str(task_id)
        run = current()
        if run is not None and run.task_id != task_id:
            run = None
        known = self._received.get(task_id, Received(None, 0))
        if run is not None:
            run.end()
            known = Received(run.token, run.attempt)
        now = time.time()
        self.report(
            Event(
                id=task_id,
                at=now,
                run=known.token,
                attempt=known.attempt,
                state=state,
                finished_at=None if state is State.RETRY else now,
                **fields,
            )
        )
        if run is not None:  # not in the main process, which has other things to do
            self.wait_for_record(run)

    def wait_for_record(self, run: Run) -> None:
        """Waits for the end of a run to be recorded: FLUSH_SECONDS in all, since two signals report one retry."""
        start = time.monotonic()
        self.recorder.flush(max(0.0, FLUSH_SECONDS - run.waited_seconds))
        run.waited_seconds += time.monotonic() - start
