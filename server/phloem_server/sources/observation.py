"""Observes an app that is not attached: all sources together, for as long as this process has that duty."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from celery import Celery

from phloem.model.state import RUNNING
from phloem.model.task import Task
from phloem.record.record import Channel
from phloem.reporting.recorder import Recorder
from phloem_server.sources.celery_events import TaskEvents
from phloem_server.sources.known_workers import Ask, KnownWorkers
from phloem_server.sources.receiver import Receiver
from phloem_server.sources.reconciliation import Reconciliation
from phloem_server.sources.registered_tasks import catalogue
from phloem_server.sources.result_backend import ResultBackend, disconnect_backend, unheard
from phloem_server.sources.runs import Runs
from phloem_server.sources.stored_states import StoredStates

ROUND_SECONDS = 3.0
"""Between two comparisons with what workers and result backend say, while a task is open."""

TEND_SECONDS = 1.0

SILENT_SECONDS = 30.0
"""Without any heartbeat of the workers that are known, after which the connection to the broker is made anew."""

_END_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Observation:
    """The sources of one app, from `start` to `stop`; a new one is made for each time that this process observes."""

    def __init__(
        self,
        celery: Celery,
        channel: Channel,
        ask: Ask,
        *,
        row: Callable[[str], Task | None],
        open_tasks: Callable[[], Sequence[Task]],
        open_channel: Callable[[], Channel],
        namespace: str,
        lease_seconds: float,
        is_own: bool,
        asks_for_events: bool = True,
    ) -> None:
        """`row` and `open_tasks` are of the record as this process has it. `is_own`: `celery` is the app itself, and
        not one that only knows where broker and result backend are. `asks_for_events`: workers are told to send them.
        """
        self._celery = celery
        self._asked = ask
        self._open_tasks = open_tasks
        self._asks_for_events = asks_for_events
        self._stopped = threading.Event()
        self._gap = threading.Event()
        """Set when events may have been missed, or a worker came that may not send any."""
        self._threads: list[threading.Thread] = []
        self._recorder = Recorder(open_channel)
        runs = Runs(row)
        self.workers = KnownWorkers(
            channel,
            self._ask,
            lease_seconds=lease_seconds,
            is_busy=self._is_busy,
            on_new=self._gap.set,
            catalogue=partial(catalogue, celery),
        )
        self._tasks = TaskEvents(runs, self.workers.lease, self._task_of)
        stored = StoredStates(runs, self._task_of)
        self._backend: ResultBackend | None = None
        if (reason := unheard(celery)) is None:
            self._backend = ResultBackend(
                celery, runs, self._recorder.report, stored, is_own=is_own, on_gap=self._gap.set
            )
        else:
            logger.warning("%s", reason)
        self.receiver = Receiver(celery, namespace, self.hear, on_start=self._gap.set, is_silent=self._is_silent)
        self._reconciliation = Reconciliation(
            self._ask,
            None if self._backend is None else self._backend.read,
            runs,
            self._recorder.report,
            open_tasks,
            lease=self.workers.lease,
            task_of=self._task_of,
        )

    def start(self) -> None:
        """Starts all sources, each in a thread of its own."""
        loops = {"events": self.receiver.run, "leases": self._tend, "rounds": self._compare}
        if self._backend is not None:
            loops["backend"] = self._backend.run
        for name, loop in loops.items():
            thread = threading.Thread(target=loop, name=f"phloem-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Ends them, and records what they have told."""
        self._stopped.set()
        self._gap.set()
        self.receiver.stop()
        if self._backend is not None:
            self._backend.stop()
        end = time.monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._recorder.close()

    def hear(self, told: Mapping[str, Any]) -> None:
        """Takes in one of Celery's events."""
        kind = told["type"]
        if kind.startswith("worker-"):
            self.workers.heard(told)
        elif kind.startswith("task-") and not self.workers.is_attached(told.get("hostname", ""), told.get("pid")):
            event = self._tasks.event(told)
            if event is not None:
                self._recorder.report(event)

    def _is_silent(self) -> bool:
        return bool(self.workers.names) and time.monotonic() - self.workers.heard_at > SILENT_SECONDS

    def _is_busy(self, worker: str) -> bool:
        return any(task.worker == worker and task.state in RUNNING for task in self._open_tasks())

    def _task_of(self, name: str | None) -> Any:
        return self._celery.tasks.get(name) if name is not None else None

    def _ask(self, command: str, **options: Any) -> Mapping[str, Any]:
        """Asks workers, and waits no longer than until all that are known have answered."""
        return self._asked(command, **{"awaited": self.workers.all_names, **options})

    def _tend(self) -> None:
        """Keeps the leases of workers."""
        resumed = failing = False
        while not self._stopped.wait(TEND_SECONDS):
            try:
                if not resumed:
                    self.workers.resume()
                    resumed = True
                self.workers.tend(connected=self.receiver.connected)
                failing = False
            except Exception as error:  # noqa: BLE001  # as below; and without it nobody would notice who vanishes
                if not failing:
                    logger.warning("Workers that are not attached cannot be followed for now: %s", error)
                failing = True

    def _compare(self) -> None:
        """Makes rounds."""
        next_round, failing = 0.0, False
        while not self._stopped.is_set():
            try:
                gap, now = self._gap.is_set(), time.monotonic()
                if gap or (now >= next_round and self._reconciliation.is_needed()):
                    self._gap.clear()
                    next_round = now + ROUND_SECONDS
                    self._round(gap=gap)
                failing = False
            except Exception as error:  # noqa: BLE001  # broker and backend have errors of many libraries
                if not failing:
                    logger.warning("Unattached tasks cannot be compared with their workers for now: %s", error)
                failing = True
            (self._stopped if failing else self._gap).wait(TEND_SECONDS)
        disconnect_backend(self._celery)

    def _round(self, *, gap: bool) -> None:
        if gap and self._asks_for_events:
            self._ask("enable_events")
        self.workers.learn()
        self._reconciliation.round(time.time())
