"""The board of workers: what each answered last, and what it runs by the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from phloem_server.boards.fleet import Fleet, KnownWorker
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.workload import Workload


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
    """Whether it answered one of the last {fleet.SILENT_ROUNDS} times that it was asked."""

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


class WorkersBoard:
    """Makes the picture. Its method may be called from any thread."""

    def __init__(self, fleet: Fleet, follower: Follower) -> None:
        self._fleet = fleet
        self._follower = follower

    def picture(self) -> Workers:
        """The workers by name: those that answered not long ago, and those that run something by the record."""
        running: dict[str, list[Job]] = {}
        with self._follower.lock:
            for task in self._follower.index.statistic(Workload).running.values():
                job = Job(id=task.id, name=task.name, queue=task.queue, started_at=task.started_at)
                running.setdefault(task.worker or "", []).append(job)
        answers = self._fleet.answers
        names = sorted({*answers.workers, *filter(None, running)})
        return Workers(
            workers=tuple(_worker(name, answers.workers.get(name), running.get(name, ())) for name in names),
            known=self._fleet.has_answers and (bool(answers.workers) or answers.stale_since is None),
            stale_since=answers.stale_since,
            trouble=answers.trouble,
        )


def _worker(name: str, known: KnownWorker | None, running: Sequence[Job]) -> Worker:
    stats: Mapping[str, Any] = known.stats if known is not None else {}
    pool = stats.get("pool")
    pool = pool if isinstance(pool, Mapping) else {}
    slots, total = pool.get("max-concurrency"), stats.get("total")
    return Worker(
        name=name,
        host=name.partition("@")[2] or name,
        online=known is not None and known.online,
        pool=_pool(pool.get("implementation")),
        slots=slots if isinstance(slots, int) else None,
        queues=known.queues if known is not None else (),
        pid=stats.get("pid"),
        since=known.since if known is not None else None,
        processed=sum(total.values()) if isinstance(total, Mapping) else 0,
        heard_at=known.heard_at if known is not None else None,
        running=tuple(sorted(running, key=lambda job: (job.started_at or 0, job.id))),
    )


def _pool(implementation: object) -> str | None:
    """The name by which a pool is chosen: "prefork" of "celery.concurrency.prefork:TaskPool"."""
    return str(implementation).rpartition(":")[0].rpartition(".")[2] if implementation else None
