"""The board of queues: what the broker holds, what waits and runs by the record, and which workers consume."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from phloem_server.boards.fleet import QUEUES_LIMIT, Fleet, KnownWorker
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.workload import Workload


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


class QueuesBoard:
    """Makes the picture. Its method may be called from any thread."""

    def __init__(self, fleet: Fleet, follower: Follower, clock: Callable[[], float] = time.time) -> None:
        self._fleet = fleet
        self._follower = follower
        self._clock = clock

    def picture(self) -> Queues:
        """The queues by name: those of the app, those that workers consume, and those that tasks are in."""
        now = self._clock()
        with self._follower.lock:
            workload = self._follower.index.statistic(Workload)
            running = Counter(task.queue or "" for task in workload.running.values())
            waiting = {name: (len(ids), min(ids.values(), default=None)) for name, ids in workload.queues.items()}
        answers = self._fleet.answers
        consumers = _consumers(answers.workers)
        found = []
        for name in sorted({*answers.depths, *consumers, *list(waiting)[-QUEUES_LIMIT:]}):
            count, oldest = waiting.get(name, (0, None))
            found.append(
                Queue(
                    name=name,
                    depth=answers.depths.get(name),
                    waiting=count,
                    oldest_at=oldest if oldest is not None and oldest <= now else None,
                    running=running[name],
                    consumers=tuple(consumers.get(name, ())),
                )
            )
        return Queues(
            queues=tuple(found),
            known=self._fleet.has_answers,
            stale_since=answers.stale_since,
            trouble=answers.trouble,
        )


def _consumers(workers: Mapping[str, KnownWorker]) -> dict[str, list[str]]:
    """The workers that are online, by the queues that they consume."""
    found: dict[str, list[str]] = {}
    for name, known in sorted(workers.items()):
        if known.online:
            for queue in known.queues:
                found.setdefault(queue, []).append(name)
    return found
