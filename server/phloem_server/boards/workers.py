"""The board of workers: what each answered last, and what it runs by the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.stores.workers import GONE_KEPT_SECONDS
from phloem_server.boards.fleet import Fleet
from phloem_server.boards.roster import LOST_SHOWN, Entry, holder, loser, roster
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.lost import Lost
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
    """A worker. One with the pool `solo` answers nothing while it runs a task, and is known by its lease then."""

    name: str
    """Name of the worker: `celery@HOST` unless said otherwise."""

    host: str
    """What follows the `@` of its name."""

    online: bool
    """Whether it answered one of the last {fleet.SILENT_ROUNDS} times that it was asked, or its lease lasts."""

    answers: bool
    """Whether it answered one of the last {fleet.SILENT_ROUNDS} times that it was asked: without that it cannot be told
    to revoke anything."""

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

    totals: dict[State, int]
    """Count of the tasks in the record that it had last, by state, without the states of which it had none."""

    load: tuple[float, ...]
    """Load of its machine by Celery's heartbeats: how many processes ran or could have, on average over 60, 300 and 900
    seconds; empty where they do not tell."""

    software: str | None
    """What it is: `py-celery`, its version, and its operating system."""

    heard_at: float | None
    """When it answered last, or when its lease ended, in Unix seconds."""

    namesakes: int
    """Count of other workers online that have the same name, which Celery takes for one."""

    running: tuple[Job, ...]
    """What it runs, the longest running first. Of several of one name, one has what all of them run."""

    lost: tuple[Job, ...]
    """What it had when it vanished, of the last day; at most {roster.LOST_SHOWN}."""

    lost_count: int
    """Count of all those."""


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
    """Makes the picture. Its method may be called from any thread. `clock` gives Unix seconds."""

    def __init__(self, fleet: Fleet, follower: Follower, clock: Callable[[], float] = time.time) -> None:
        self._fleet = fleet
        self._follower = follower
        self._clock = clock

    def picture(self) -> Workers:
        """The workers by name: those that answered not long ago, those that have a lease or had one until not long ago,
        and those that run or lost something by the record.
        """
        now = self._clock()
        with self._follower.lock:
            index = self._follower.index
            totals = {name: dict(counts) for name, counts in index.totals_by("worker").items() if name}
            running = _by_worker(index.statistic(Workload).running.values())
            lost = {
                name: [task for task in tasks.values() if (task.finished_at or 0) > now - GONE_KEPT_SECONDS]
                for name, tasks in index.statistic(Lost).tasks.items()
                if name
            }
        answers = self._fleet.answers
        entries = roster(answers, running.keys() | {name for name, tasks in lost.items() if tasks}, now)
        workers = [
            _worker(
                entry,
                entries,
                running.get(entry.name, ()),
                lost.get(entry.name, ()),
                totals.get(entry.name, {}),
                now,
            )
            for entry in entries
        ]
        return Workers(
            # One that is gone and lost nothing is of no interest beside its successor.
            workers=tuple(worker for worker in workers if worker.online or worker.lost_count or not worker.namesakes),
            known=self._fleet.has_answers and (bool(answers.workers) or answers.stale_since is None),
            stale_since=answers.stale_since,
            trouble=answers.trouble,
        )


def _by_worker(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        if task.worker:
            found.setdefault(task.worker, []).append(task)
    return found


def _worker(
    entry: Entry,
    entries: Sequence[Entry],
    running: Sequence[Task],
    lost: Sequence[Task],
    totals: Mapping[State, int],
    now: float,
) -> Worker:
    """What is of all workers of that name is told once, where it belongs."""
    namesakes = [other for other in entries if other.name == entry.name]
    has_work = entry is holder(namesakes)
    mine = [task for task in lost if entry is loser(namesakes, task)]
    stats = entry.stats
    pool = stats.get("pool")
    pool = pool if isinstance(pool, Mapping) else {}
    slots, total = pool.get("max-concurrency"), stats.get("total")
    facts = entry.facts
    return Worker(
        name=entry.name,
        host=entry.name.partition("@")[2] or entry.name,
        online=entry.online,
        answers=entry.answers,
        pool=_pool(pool.get("implementation")) or (facts.pool if facts else None),
        slots=slots if isinstance(slots, int) else facts.slots if facts else None,
        queues=entry.queues,
        pid=entry.pid,
        since=entry.since,
        processed=sum(total.values()) if isinstance(total, Mapping) else 0,
        totals={state: count for state, count in totals.items() if count} if has_work else {},
        load=entry.load,
        software=(facts.software or None) if facts else None,
        heard_at=entry.heard_at(now),
        namesakes=sum(other.online for other in namesakes if other is not entry),
        running=_jobs(running) if has_work else (),
        lost=_jobs(mine)[:LOST_SHOWN],
        lost_count=len(mine),
    )


def _jobs(tasks: Iterable[Task]) -> tuple[Job, ...]:
    jobs = [Job(id=task.id, name=task.name, queue=task.queue, started_at=task.started_at) for task in tasks]
    return tuple(sorted(jobs, key=lambda job: (job.started_at or 0, job.id)))


def _pool(implementation: object) -> str | None:
    """The name by which a pool is chosen: "prefork" of "celery.concurrency.prefork:TaskPool"."""
    return str(implementation).rpartition(":")[0].rpartition(".")[2] if implementation else None
