"""What the handlers of one process share: the app, the recorder, the worker's lease, and the runs that it received."""

from __future__ import annotations

import itertools
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import celery

from phloem.instrument import arguments, known_tasks
from phloem.instrument.calls import chosen
from phloem.instrument.handlers.execution import Execution, execution
from phloem.instrument.messages import message, owners
from phloem.instrument.messages.headers import LABEL
from phloem.instrument.messages.owners import OwnerOf, Owners
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.progress.run import Run
from phloem.redaction import plain
from phloem.reporting.recorder import FLUSH_SECONDS, Recorder

if TYPE_CHECKING:
    from phloem.instrument.labels import LabelOf, Labels
    from phloem.record.stores.forms import Catalogue
    from phloem.record.stores.workers import WorkerFacts

RUNS_REMEMBERED = 10_000
"""Runs that a worker's main process keeps: Celery tells it of some ends by the id of the task alone."""

READY_SECONDS = 2.0
"""A worker waits no longer for a record that has to learn what it can run."""


class Received(NamedTuple):
    """A run as a worker's main process knows it."""

    token: str | None
    attempt: int


class Observer:
    """Observes this process and its apps. Forked children inherit it: they answer under the lease of their worker."""

    def __init__(
        self,
        app: celery.Celery,
        recorder: Recorder,
        *,
        keep_calls: bool = True,
        owner: OwnerOf | None = None,
        label: LabelOf | str | None = None,
        release: str | None = None,
    ) -> None:
        """`keep_calls` says whether the messages of tasks are kept, so that they can be run again.

        `owner` gives the owners of what is sent, `label` what people call it. `release` names that of the app.
        """
        self.app = app
        """The app that was attached."""
        self.recorder = recorder
        self.owners = Owners(owner, self.task)
        self.labels: Labels | None = None
        if label is not None:
            from phloem.instrument.labels import Labels  # not by each process that attaches, as it starts

            self.labels = Labels(label)
        self.release = release
        self.lease: str | None = None
        """Names this worker in the record; None where no worker runs."""
        self._lease_pid: int | None = None
        self.keeps_calls = keep_calls
        self._received: OrderedDict[str, Received] = OrderedDict()
        self._tokens, self._numbers = secrets.token_hex(8), itertools.count()

    def app_of(self, owner: Any) -> celery.Celery:
        """The app of a task, a request or a worker. A process may have several, with queues of their own."""
        app = getattr(owner, "app", None)
        return app if isinstance(app, celery.Celery) else self.app

    def start_lease(self) -> None:
        """Gives the worker that starts in this process a lease, another than an earlier worker had."""
        self.lease, self._lease_pid = secrets.token_hex(8), os.getpid()
        self._tokens = secrets.token_hex(8)

    def hold_lease(self, worker: WorkerFacts | None = None, catalogue: Callable[[], Catalogue] | None = None) -> None:
        """Has the recorder renew the lease of the worker in this process from now on.

        `worker` is what the worker says of itself, once it knows that, and `catalogue` gives what it can run.
        """
        if self.lease is None:
            self.start_lease()
        if self.lease is not None and (worker is not None or not self.recorder.holds(self.lease)):
            self.recorder.hold(self.lease, worker, catalogue)

    def tell_of_worker(self) -> None:
        """Waits until the server can know the worker in this process, but not long: its messages wait meanwhile."""
        self.recorder.tell(READY_SECONDS)

    def in_child(self) -> bool:
        """Whether this process is one that a worker has forked to run its tasks."""
        return self.lease is not None and self._lease_pid != os.getpid()

    def lease_for(self, run: Execution) -> str:
        """The lease of what answers for a run: the worker, or this process where no worker does."""
        if self.lease is not None and not (run.eager and self.in_child()):
            return self.lease
        if run.borrows_lease:
            self.recorder.give_back()
        run.borrows_lease = True
        return self.recorder.borrow()

    def end_lease(self) -> None:
        """Forgets the lease; the recorder ends it when it is closed."""
        self.lease = None

    def receive(self, task_id: str, attempt: int) -> Received:
        """Begins a run of a task whose message was received."""
        # Drawn once for all runs, since each draw is a call to the system.
        received = self._received[task_id] = Received(f"{self._tokens}{next(self._numbers):x}", attempt)
        if len(self._received) > RUNS_REMEMBERED:
            self._received.popitem(last=False)
        return received

    def forget(self, task_id: str, token: str) -> None:
        """Forgets this run of a task, of which nothing more is told by its id."""
        known = self._received.get(task_id)
        if known is not None and known.token == token:  # else another message of it came meanwhile
            self._received.pop(task_id, None)

    def task(self, name: Any) -> Any:
        """The task by this name, if this process has it. An app that is not finalized is not finalized for this."""
        return known_tasks.find(self.app, name)

    def description(
        self,
        name: Any,
        headers: Mapping[str, Any],
        args: object,
        kwargs: object,
        *,
        task: Any = None,
        hidden: list[object] | None = None,
    ) -> dict[str, Any]:
        """The fields of an event that name the task `name`, and tell its arguments without secrets.

        What is hidden of the arguments is added to `hidden`, and stands in no other text.
        """
        hidden = [] if hidden is None else hidden
        task = self.task(name) if task is None else task
        texts = arguments.argument_texts(args, kwargs, headers, task, self.task, hidden)
        named = message.identity(name, headers)
        label = named["label"]
        if not label and self.labels is not None:
            label = self.labels.filled(name, task, args, kwargs)
        if label is not None:
            from phloem.model.label import label_of  # not by each process that attaches, as it starts

            label = arguments.label_text(plain(label), args, task, hidden)
            named["label"] = label and label_of(label)
        return named | texts

    def label_asked(
        self, name: Any, headers: Mapping[str, Any], args: Any, kwargs: Any, task: Any = None
    ) -> str | None:
        """What the application's function calls a task, unless its message has a label already."""
        if self.labels is None or not self.labels.asks or headers.get(LABEL) or headers.get("shadow"):
            return None
        return self.labels.asked(task or self.task(name) or owners.bare(name), args, kwargs)

    def chosen_texts(self, headers: Mapping[str, Any], args: object, kwargs: object) -> dict[str, str]:
        """The texts that the sender chose to show for the arguments, as headers."""
        return chosen.chosen_texts(self.app, headers, args, kwargs)

    def report(self, event: Event) -> None:
        """Queues an event. Returns at once."""
        self.recorder.report(event)

    def report_end(self, task_id: object, state: State, token: str | None = None, **fields: Any) -> None:
        """Reports the end of a run, after its last sample.

        `token` names a run that another process received.
        """
        task_id = str(task_id)
        run = execution(task_id)
        known = self._received.get(task_id, Received(token, 0))
        if run is not None:
            run.end(succeeded=state is State.SUCCESS)
            run.reported = True
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

    def report_return(self, run: Execution, why: str, **fields: Any) -> None:
        """Reports that a run is over and its task is not: another message of it waits."""
        run.end()
        run.reported = True
        said = (Line(at=time.time(), level="info", message=why),)
        self.report_gave_back(run.task_id, Received(run.token, run.attempt), why, log=said, **fields)

    def report_gave_back(self, task_id: str, received: Received, why: str, **fields: Any) -> None:
        """Reports that a run is over, and its task is not."""
        self.report(
            Event(
                id=task_id,
                at=time.time(),
                run=received.token,
                attempt=received.attempt,
                state=State.PENDING,
                message=why,
                **fields,
            )
        )

    def wait_for_record(self, run: Run) -> None:
        """Waits for the end of a run to be recorded: FLUSH_SECONDS in all, as a retry waits twice."""
        start = time.monotonic()
        self.recorder.flush(max(0.0, FLUSH_SECONDS - run.waited_seconds))
        run.waited_seconds += time.monotonic() - start
