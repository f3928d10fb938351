"""A record in memory that can fail, what records in it, and how to wait for a follower of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import ChannelError, Heard, Recorded, Subscribed
from phloem.testing.held_task import HeldTask
from phloem.testing.memory import MemoryChannel
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.query.query import Query


class Scripted(MemoryChannel):
    """A channel whose published messages can be lost, and which can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf = False
        self.away = False
        self.still = False
        self.full: str | None = None
        self.subscriptions = 0
        self.heard = threading.Event()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        listeners = self._listeners
        if self.deaf:
            self._listeners = []
        try:
            return super().record(events, epoch)
        finally:
            self._listeners = listeners

    def corrupt(self, fault: Callable[[dict[str, HeldTask]], object]) -> Task:
        """Comes back in another epoch, having forgotten what `fault` takes away. Task t1 as it was before."""
        with self._lock:
            before = self._tasks["t1"].row()
            self.epoch = "another"
            fault(self._tasks)
        return before

    def restore(self, task: Task) -> Task:
        """Has a task as it was, told again: it changes last."""
        with self._lock:
            self.offset += 1
            told_again = msgspec.structs.replace(task, offset=self.offset)
            self._tasks.pop(task.id, None)
            self._tasks[task.id] = HeldTask(task.id)
            self._tasks[task.id].facts.update(msgspec.structs.asdict(told_again))
        return told_again

    def trouble(self) -> str | None:
        return self.full

    def changed(self, since: Position) -> Iterator[Changes]:
        if self.away:
            raise ChannelError("away")
        self._wait_while_still()
        return super().changed(since)

    def listen(self, idle: float) -> Heard:
        if self.away:
            raise ChannelError("away")
        self.subscriptions += 1
        for message in super().listen(0.01):
            if self.away:
                raise ChannelError("away")
            self._wait_while_still()
            yield message
            if isinstance(message, Subscribed | Changes):
                self.heard.set()

    def _wait_while_still(self) -> None:
        while self.still:
            time.sleep(0.005)


class Producer:
    def __init__(self, channel: MemoryChannel) -> None:
        self.channel = channel
        self.seq = 0

    def __call__(self, task_id: str, state: State, **facts: Any) -> None:
        self.seq += 1
        self.channel.record([Event(id=task_id, at=1.0, source="p", seq=self.seq, run="r1", state=state, **facts)])


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits for `condition`; the follower's thread is what makes it true."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    pytest.fail("it did not come about")


def rows(follower: Follower) -> dict[str, State]:
    return {task.id: task.state for task in follower.mirror.page(Query()).tasks}
