"""Workers and queues as they are now: what workers answer, what the broker holds, and what the record tells of both.

Workers are asked every two seconds, in a thread, and only while somebody looks. While the broker does not answer, the
last picture stays, and says since when it is old.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from phloem_server.control.errors import NoAnswer
from phloem_server.control.remote_control import RemoteControl, Survey
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.workload import Workload

EVERY = 2.0
"""Seconds between two rounds of questions."""

LOOKED = 10.0
"""Seconds for which the questions go on after somebody looked."""

FIRST = 5.0
"""Seconds for which who looks first waits for the first round."""

SILENT = 2
"""Rounds without an answer after which a worker is not online. One that is busy may miss one."""

KEPT = 300.0
"""Seconds for which a worker that is not online is still shown."""

QUEUES = 200
"""Queues that are asked for, at most."""

logger = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A task that a worker runs, by the record."""

    id: str
    """Id of the task."""

    name: str | None
    """Name of the task."""

    queue: str | None
    """Queue that it was sent to."""

    started_at: float | None
    """When it started, in Unix seconds."""


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A worker. One with the pool `solo` answers nothing while it runs a task."""

    name: str
    """Name of the worker: `celery@HOST` unless said otherwise."""

    host: str
    """What follows the `@` of its name."""

    online: bool
    """Whether it answered one of the last {SILENT} times that it was asked."""

    pool: str | None
    """How it runs tasks: `prefork`, `solo`, `threads`, `gevent`, `eventlet`."""

    slots: int | None
    """Count of tasks that it can run at once."""

    queues: tuple[str, ...]
    """Names of the queues that it takes from."""

    pid: int | None
    """Process id of its main process."""

    since: float | None
    """When it started, in Unix seconds."""

    processed: int
    """Count of tasks that it took since then."""

    heard_at: float | None
    """When it answered last, in Unix seconds."""

    running: tuple[Job, ...]
    """What it runs, the longest running first."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue."""

    name: str
    """Name of the queue."""

    depth: int | None
    """Count of messages that the broker holds; unknown where it does not tell."""

    waiting: int
    """Count of tasks that wait by the record (PENDING, RECEIVED), those that a worker has taken ahead included."""

    oldest_at: float | None
    """Since when the oldest of them waits, in Unix seconds."""

    running: int
    """Count of its tasks that run, by the record."""

    consumers: tuple[str, ...]
    """Names of the workers that take from it."""


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """All workers."""

    workers: tuple[Worker, ...]
    """The workers, by name."""

    known: bool
    """False until the first answer came."""

    stale_since: float | None
    """Since when the broker does not answer, in Unix seconds: what is shown is from before."""

    trouble: str | None
    """Why the broker does not answer."""


class Queues(msgspec.Struct, frozen=True, kw_only=True):
    """All queues."""

    queues: tuple[Queue, ...]
    """The queues, by name."""

    known: bool
    """False until the first answer came."""

    stale_since: float | None
    """Since when the broker does not answer, in Unix seconds: what is shown is from before."""

    trouble: str | None
    """Why the broker does not answer."""


class _Known(msgspec.Struct, kw_only=True):
    """What a worker said last."""

    stats: Mapping[str, Any]
    queues: tuple[str, ...]
    heard_at: float
    since: float | None
    missed: int = 0


class Fleet:
    """Keeps the picture. Its methods may be called from any thread."""

    def __init__(self, control: RemoteControl, relay: Follower, clock: Callable[[], float] = time.time) -> None:
        self._control = control
        self._relay = relay
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._depths: dict[str, int | None] = {}
        self._asked = threading.Event()
        self._answered = threading.Event()
        self._looked_at = float("-inf")
        self._stale_since: float | None = None
        self._trouble: str | None = None

    def start(self) -> None:
        """Runs in a thread of its own."""
        threading.Thread(target=self.run, name="phloem-fleet", daemon=True).start()

    def run(self) -> None:
        """Asks round after round while somebody looks, else waits for somebody."""
        while True:
            self._asked.clear()  # before the look at the clock: who looks from now on is not overheard
            if time.monotonic() - self._looked_at > LOOKED:
                self._answered.clear()
                self._asked.wait()
            try:
                self.ask()
            except Exception:
                logger.exception("The workers could not be asked")
            self._answered.set()
            time.sleep(EVERY)

    def look(self) -> None:
        """Somebody looks: the questions go on for some time. The first waits for the answers."""
        self._looked_at = time.monotonic()
        self._asked.set()
        self._answered.wait(FIRST)

    def keep_looking(self) -> None:
        """Somebody still looks."""
        self._looked_at = time.monotonic()
        self._asked.set()

    def ask(self) -> None:
        """One round."""
        with self._relay.lock:
            named = list(self._relay.index.statistic(Workload).queues)[-QUEUES:]
        try:
            survey = self._control.survey(named)
        except NoAnswer as error:
            self._stale_since = self._stale_since or self._clock()
            self._trouble = str(error)
            return
        self.take(survey)

    def take(self, survey: Survey) -> None:
        """Takes in what was answered."""
        now = self._clock()
        self._stale_since = self._trouble = None
        for name, stats in survey.stats.items():
            before = self._known.get(name)
            queues = survey.queues.get(name) or (before.queues if before else ())
            since = _since(stats, now)
            if before is not None and before.stats.get("pid") == stats.get("pid"):
                since = before.since  # counted anew, it would move by how long the answer was on its way
            self._known[name] = _Known(stats=stats, queues=queues, heard_at=now, since=since)
        for name, known in list(self._known.items()):
            if name not in survey.stats:
                known.missed += 1
                if now - known.heard_at > KEPT:
                    del self._known[name]
        self._depths = dict(survey.depths)

    def workers(self) -> Workers:
        """The workers by name: those that answered not long ago, and those that run something by the record."""
        running: dict[str, list[Job]] = {}
        with self._relay.lock:
            for task in self._relay.index.statistic(Workload).running.values():
                job = Job(id=task.id, name=task.name, queue=task.queue, started_at=task.started_at)
                running.setdefault(task.worker or "", []).append(job)
        names = sorted({*self._known, *filter(None, running)})
        return Workers(
            workers=tuple(_worker(name, self._known.get(name), running.get(name, [])) for name in names),
            known=self._answered.is_set() and (bool(self._known) or self._stale_since is None),
            stale_since=self._stale_since,
            trouble=self._trouble,
        )

    def queues(self) -> Queues:
        """The queues by name: those of the app, those that workers take from, and those that tasks are in."""
        now = self._clock()
        running: dict[str, int] = {}
        with self._relay.lock:
            workload = self._relay.index.statistic(Workload)
            for task in workload.running.values():
                running[task.queue or ""] = running.get(task.queue or "", 0) + 1
            waiting = {name: (len(ids), min(ids.values(), default=None)) for name, ids in workload.queues.items()}
        consumers: dict[str, list[str]] = {}
        for worker, known in sorted(self._known.items()):
            if known.missed < SILENT:
                for queue in known.queues:
                    consumers.setdefault(queue, []).append(worker)
        found = []
        for name in sorted({*self._depths, *consumers, *list(waiting)[-QUEUES:]}):
            count, oldest = waiting.get(name, (0, None))
            found.append(
                Queue(
                    name=name,
                    depth=self._depths.get(name),
                    waiting=count,
                    oldest_at=oldest if oldest is not None and oldest <= now else None,
                    running=running.get(name, 0),
                    consumers=tuple(consumers.get(name, ())),
                )
            )
        return Queues(
            queues=tuple(found),
            known=self._answered.is_set(),
            stale_since=self._stale_since,
            trouble=self._trouble,
        )


def _worker(name: str, known: _Known | None, running: list[Job]) -> Worker:
    stats: Mapping[str, Any] = known.stats if known is not None else {}
    pool = stats.get("pool") if isinstance(stats.get("pool"), Mapping) else {}
    assert isinstance(pool, Mapping)
    total = stats.get("total")
    return Worker(
        name=name,
        host=name.partition("@")[2] or name,
        online=known is not None and known.missed < SILENT,
        pool=_pool(pool.get("implementation")),
        slots=pool.get("max-concurrency") if isinstance(pool.get("max-concurrency"), int) else None,
        queues=known.queues if known is not None else (),
        pid=stats.get("pid"),
        since=known.since if known is not None else None,
        processed=sum(total.values()) if isinstance(total, Mapping) else 0,
        heard_at=known.heard_at if known is not None else None,
        running=tuple(sorted(running, key=lambda job: (job.started_at or 0, job.id))),
    )


def _since(stats: Mapping[str, Any], now: float) -> float | None:
    uptime = stats.get("uptime")
    return now - uptime if isinstance(uptime, int | float) else None


def _pool(implementation: object) -> str | None:
    """The name by which a pool is chosen: "prefork" of "celery.concurrency.prefork:TaskPool"."""
    return str(implementation).rpartition(":")[0].rpartition(".")[2] if implementation else None
