"""A record that fails in many ways, and what is reported to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import ChannelError, ChannelRefused, Recorded
from phloem.testing import MemoryChannel


class Unsteady(MemoryChannel):
    """A channel that can be away, slow, or refuse an event."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.calls = 0
        self.batches: list[int] = []
        self.beats: list[tuple[str, int]] = []
        self.tried = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        self.calls += 1
        self.tried.set()
        assert self.may_answer.wait(30)
        if self.away:
            raise ChannelError("away")
        if any(event.id == "poison" for event in events):
            raise ChannelRefused("no")
        recorded = super().record(events, epoch)
        self.batches.append(len(recorded.verdicts))
        return recorded

    def heartbeat(self, lease: str, seconds: int) -> str:
        self.beats.append((lease, seconds))
        if self.away:
            raise ChannelError("away")
        return super().heartbeat(lease, seconds)


def started(task_id: str) -> Event:
    return Event(id=task_id, at=1.0, run="r1", state=State.STARTED)


class Counter:
    """Something watched, that has news each time it is looked at."""

    def __init__(self, news: Callable[[int], Event | None]) -> None:
        self.looks = 0
        self.seen = threading.Event()
        self._news = news

    def sample(self, now: float) -> Event | None:
        self.looks += 1
        if self.looks >= 3:
            self.seen.set()
        return self._news(self.looks)

    def repeat(self) -> None:
        pass
