"""A producer of events, and what is read of them."""

from __future__ import annotations

from typing import TypeVar

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import Channel, Heard
from tests.waiting import wait_until

START = Position()


T = TypeVar("T")


class Producer:
    """Numbers events as a recorder does."""

    def __init__(self, source: str = "a") -> None:
        self.source = source
        self.seq = 0

    def __call__(self, state: State | None = None, **facts: object) -> Event:
        self.seq += 1
        given = {"id": "t1", "at": 1763700000.123456, "state": state, **facts}
        return Event(source=self.source, seq=self.seq, **given)  # type: ignore[arg-type]


def states(channel: Channel, task_id: str = "t1") -> list[str]:
    return [entry.message for entry in channel.short_log(task_id, 1000) if entry.kind == "state"]


def only(channel: Channel, since: Position = START) -> Changes:
    pages = list(channel.changed(since))
    assert len(pages) == 1
    return pages[0]


def hear(heard: Heard, kind: type[T]) -> T:
    """The next message of a kind, however long the silence before it."""

    def one() -> T | None:
        message = next(heard)
        return message if isinstance(message, kind) else None

    found = wait_until(one, 40, f"a message is {kind.__name__}")
    assert found is not None
    return found
