"""What the twins share: a producer, a Redis that forgets, and a channel that loses what is published."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import redis

from phloem.model.changes import Changes
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import Channel, Heard, Subscribed
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.chaos.readers import held
from tests.processes import Redis

States = dict[str, State]


class Producer:
    """Records one event at a time."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._seq = 0

    def __call__(self, task_id: str, state: State, run: str = "r1", **facts: Any) -> str:
        """The verdict."""
        self._seq += 1
        event = Event(id=task_id, at=1.0, source="p", seq=self._seq, run=run, state=state, **facts)
        return self._channel.record([event]).verdicts[0]


def states(channel: RedisChannel) -> States:
    return {task_id: task.state for task_id, task in held(channel)[1].items()}


class Image:
    """What a Redis has on its disk now, and comes back with after it lost power."""

    def __init__(self, server: Redis) -> None:
        self._server = server
        with redis.Redis.from_url(server.url) as client:
            client.config_set("appendfsync", "always")  # an image has to be complete
        (self._file,) = server.folder.rglob("*.incr.aof")
        self._size = self._file.stat().st_size

    def come_back(self) -> None:
        self._server.sigkill()
        os.truncate(self._file, self._size)
        self._server.start()


class Faulty(RedisChannel):
    """A channel that loses the messages that tell of some tasks, or hides that a subscription is a new one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.unheard: set[str] = set()
        self.hides = False
        self.before_listening: Callable[[], object] = lambda: None

    def listen(self, idle: float) -> Heard:
        self.before_listening()
        for message in super().listen(min(idle, 0.05)):
            lost = isinstance(message, Changes) and any(task.id in self.unheard for task in message.tasks)
            if not lost and not (self.hides and isinstance(message, Subscribed)):
                yield message


def goes_on(condition: Callable[[], bool], seconds: float = 0.5) -> None:
    """What a twin shows: nothing comes to put it right."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition()
        time.sleep(0.02)
