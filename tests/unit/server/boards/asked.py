"""Workers and a broker that answer what the test says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.model.task import Task
from phloem.testing import MemoryChannel
from phloem.testing.access import MemoryWorkers
from phloem_server.boards.fleet import Fleet
from phloem_server.boards.queues import Queue, QueuesBoard
from phloem_server.boards.workers import Worker, WorkersBoard
from phloem_server.control.brokers.broker import Told
from phloem_server.control.brokers.held import Held
from phloem_server.control.errors import BrokerUnavailable
from phloem_server.control.remote_control import RemoteControl, Survey
from phloem_server.mirror.follower import Follower


class FakeControl(RemoteControl):
    """Answers as told."""

    def __init__(self) -> None:
        self.stats: dict[tuple[str, int | None], dict[str, Any]] = {}
        self.queues: dict[str, tuple[str, ...]] = {}
        self.held: dict[str, Held] = {}
        self.unknown: str | None = None
        self.away = False
        self.asked_for: list[str] = []

    def survey(self, queues: Iterable[str] = ()) -> Survey:
        if self.away:
            raise BrokerUnavailable("The broker does not answer.")
        self.asked_for = list(queues)
        return Survey(
            stats=[(name, said) for (name, _), said in self.stats.items()],
            queues=self.queues,
            broker=Told(queues=self.held, unknown=self.unknown),
        )

    def come(self, name: str, *queues: str, **stats: Any) -> None:
        pool = {"implementation": "celery.concurrency.prefork:TaskPool", "max-concurrency": 2}
        said = {"pid": 7, "uptime": 100, "total": {"a": 2, "b": 3}, "pool": pool, **stats}
        self.stats[name, said["pid"]] = said
        self.queues[name] = queues


class Asked:
    """A fleet that is asked when the test says so, the boards of it, and a record."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.control = FakeControl()
        self.channel = MemoryChannel()
        self.channel.workers = MemoryWorkers(lambda: self.now)
        self.follower = Follower(self.channel)
        self.fleet = Fleet(self.control, self.follower, lambda: self.now, leases=self.channel.workers.all)
        self.workers = WorkersBoard(self.fleet, self.follower, lambda: self.now)
        self.queues = QueuesBoard(self.fleet, self.follower, lambda: self.now)
        self._offset = 0

    def task(self, task_id: str, state: State, **facts: Any) -> None:
        self._offset += 1
        task = Task(id=task_id, state=state, offset=self._offset, first_offset=self._offset, **facts)
        self.apply(Changes(epoch="e", from_=self._offset - 1, to=self._offset, tasks=(task,)))

    def apply(self, changes: Changes) -> None:
        self.follower.mirror.apply(changes, heard=True)

    def worker(self, name: str = "w@here") -> Worker:
        return next(worker for worker in self.workers.picture().workers if worker.name == name)

    def queue(self, name: str) -> Queue:
        return next(queue for queue in self.queues.picture().queues if queue.name == name)
