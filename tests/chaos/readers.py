"""Who reads the record while everything fails: real relays with a bad ear, and a control that trusts pub/sub."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping

import msgspec
import redis

from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import Heard
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.index import TaskIndex
from tests.chaos.places import Place

DROPPED = 0.01
"""The share of messages that a relay does not hear."""


class Deafened(RedisChannel):
    """The real channel, which now and then loses a message on its way to the reader."""

    def __init__(self, settings: Settings, seed: int) -> None:
        super().__init__(settings)
        self.dropped = 0
        self.subscriptions = 0
        self._random = random.Random(seed)

    def listen(self, idle: float) -> Heard:
        self.subscriptions += 1
        for message in super().listen(idle):
            if isinstance(message, Changes) and self._random.random() < DROPPED:
                self.dropped += 1
            else:
                yield message


class Furthest:
    """How far each run of each task was seen."""

    def __init__(self) -> None:
        self._ranks: dict[tuple[str, str], int] = {}

    def look(self, task: Task) -> str:
        """What is wrong with this sight of a task: that it went back within a run; empty if it did not."""
        key = task.id, task.run or ""
        rank, before = task.state.rank, self._ranks.get(key, 0)
        if task.state is State.RETRY and before <= State.RECEIVED.rank:
            rank = State.RECEIVED.rank  # a run that is first seen in RETRY waits for its time
        self._ranks[key] = rank
        return (
            f"{task.id} went back from {before} to {task.state} in run {task.run}" if rank < before and task.run else ""
        )


class Watched(Follower):
    """The real follower, that looks at every change which it applies.

    `regressions` went back within a run, be it that the record started anew from an older image of its disk.
    """

    def __init__(self, channel: Deafened) -> None:
        super().__init__(channel)
        self.regressions: list[str] = []
        self.applied = 0
        self._furthest = Furthest()

    def rows(self) -> dict[str, Task]:
        """All tasks that it holds."""
        with self.lock:
            return {task.id: task for task in self.index.newest()}

    def take(self, changes: Changes, *, heard: bool) -> None:
        super().take(changes, heard=heard)
        for task in changes.tasks:
            if self.index.get(task.id) is task:
                self.applied += 1
                self._look_at(task)

    def replace(self, index: TaskIndex, position: Position, *, known: bool) -> None:
        for task in index.newest():
            self._look_at(task)
        super().replace(index, position, known=known)

    def _look_at(self, task: Task) -> None:
        if regression := self._furthest.look(task):
            self.regressions.append(regression)


class Control:
    """Takes what pub/sub brings as it comes, with redis-py as it is: it reconnects, and says nothing of it."""

    def __init__(self, place: Place) -> None:
        self.rows: dict[str, Task] = {}
        self._place = place
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="control", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with redis.Redis.from_url(self._place.server()) as client, client.pubsub() as pubsub:
                    self._place.subscribe(pubsub)
                    while not self._stopped.is_set():
                        self._take(pubsub.get_message(timeout=0.5))
            except (redis.RedisError, OSError, AssertionError):  # it, or who knows where it is, is down
                self._stopped.wait(0.1)

    def _take(self, message: Mapping[str, bytes | str] | None) -> None:
        if message is not None and message["type"] in ("message", "smessage"):
            changes = msgspec.json.decode(message["data"], type=Changes)
            self.rows.update({task.id: task for task in changes.tasks})
            for task_id in changes.drop:
                self.rows.pop(task_id, None)


def held(channel: RedisChannel) -> tuple[Position, dict[str, Task]]:
    """All that the record holds, and its position."""
    rows: dict[str, Task] = {}
    for page in channel.changed(Position()):
        rows.update({task.id: task for task in page.tasks})
        for task_id in page.drop:
            rows.pop(task_id, None)
    return Position(epoch=page.epoch, offset=page.to), rows
