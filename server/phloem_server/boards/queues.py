"""The board of queues: what the broker holds, what waits and runs by the record, and which workers consume."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from phloem_server.boards.fleet import QUEUES_LIMIT, Answers, Fleet
from phloem_server.control.brokers.held import UNKNOWN
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.flow import Flow
from phloem_server.mirror.statistics.workload import Workload


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue."""

    name: str
    """Name of the queue."""

    depth: int | None
    """Count of messages that wait at the broker; null where it does not tell."""

    by_priority: dict[str, int]
    """Count of those messages by their priority, on Redis, and on RabbitMQ by its management API; without the
    priorities of which none waits."""

    unacknowledged: int | None
    """Count of messages that consumers have and have not acknowledged, by RabbitMQ's management API."""

    consumer_count: int | None
    """Count of its consumers, those of other programs included, as RabbitMQ tells it."""

    kind: str | None
    """What kind of queue it is, by RabbitMQ's management API: `classic`, `quorum` or `stream`."""

    incoming: float | None
    """Rate at which messages come in, in messages a second, by RabbitMQ's management API."""

    outgoing: float | None
    """Rate at which consumers are given messages, in messages a second, by RabbitMQ's management API."""

    memory: int | None
    """Bytes of the broker's memory, by RabbitMQ's management API."""

    idle_since: float | None
    """Since when nothing happened in it, in Unix seconds, by RabbitMQ's management API; null also where something
    happens."""

    waiting: int
    """Count of tasks that wait by the record (PENDING, RECEIVED), those that a worker has taken ahead included."""

    recorded: bool
    """Whether the record has tasks of it, whatever their states: then `waiting` says what waits. Messages of tasks that
    were revoked remain at the broker until a worker drops them."""

    oldest_at: float | None
    """Since when the oldest of them waits, in Unix seconds."""

    running: int
    """Count of its tasks that run, by the record."""

    came: int
    """Count of tasks that were sent to it in the last minute, by the record."""

    left: int
    """Count of its tasks that started in the last minute, or ended without a start, by the record."""

    consumers: tuple[str, ...]
    """Names of the workers that take from it."""


class Queues(msgspec.Struct, frozen=True, kw_only=True):
    """All queues."""

    queues: tuple[Queue, ...]
    """The queues, by name."""

    broker: str | None
    """Address of the broker, without a password; null until it answered."""

    held_back: int | None
    """Count of messages that RabbitMQ holds back until their time, in queues of Celery's own; null where the app has
    none held back."""

    unknown: str | None
    """What a broker of this kind cannot tell, in a sentence or several."""

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
            came, left = self._follower.index.statistic(Flow).per_minute()
            running = Counter(task.queue or "" for task in workload.running.values())
            waiting = {name: (len(ids), min(ids.values(), default=None)) for name, ids in workload.queues.items()}
        answers = self._fleet.answers
        consumers = _consumers(answers)
        found = []
        told = answers.broker
        for name in sorted({*told.queues, *consumers, *list(waiting)[-QUEUES_LIMIT:]}):
            count, oldest = waiting.get(name, (0, None))
            held = told.queues.get(name, UNKNOWN)
            found.append(
                Queue(
                    name=name,
                    depth=held.messages,
                    by_priority={str(step): many for step, many in sorted(held.by_priority.items())},
                    unacknowledged=held.unacknowledged,
                    consumer_count=held.consumers,
                    kind=held.kind,
                    incoming=held.incoming,
                    outgoing=held.outgoing,
                    memory=held.memory,
                    idle_since=held.idle_since,
                    waiting=count,
                    recorded=name in waiting,
                    oldest_at=oldest if oldest is not None and oldest <= now else None,
                    running=running[name],
                    came=came.get(name, 0),
                    left=left.get(name, 0),
                    consumers=tuple(consumers.get(name, ())),
                )
            )
        return Queues(
            queues=tuple(found),
            broker=told.address,
            held_back=told.held_back,
            unknown=told.unknown,
            known=self._fleet.has_answers,
            stale_since=answers.stale_since,
            trouble=answers.trouble,
        )


def _consumers(answers: Answers) -> dict[str, list[str]]:
    """The workers that are online, by the queues that they consume: those that answer, and those with a lease."""
    online = [(known.name, known.queues) for known in answers.workers if known.online]
    online += [(lease.facts.name, lease.facts.queues) for lease in answers.leases if lease.ended_at is None]
    found: dict[str, set[str]] = {}
    for name, queues in online:
        for queue in queues:
            found.setdefault(queue, set()).add(name)
    return {queue: sorted(names) for queue, names in found.items()}
