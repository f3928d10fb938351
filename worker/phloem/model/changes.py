"""A range of the record: the tasks that changed between two offsets, as it is published and as it is read."""

from __future__ import annotations

import msgspec

from phloem.model.task import LogEntry, Offset, Task


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a reader is: it holds everything up to `offset` of `epoch`. Offsets of two epochs do not compare."""

    epoch: str = ""
    offset: int = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What changed in (from_, to] of one epoch: the tasks as they are now, what they said, and what was removed.

    After `reset` a reader forgets all it held first: the epoch is another, or too much was removed since. `at` is when
    it was said, by the clock of Redis.
    """

    epoch: str
    from_: Offset
    to: Offset
    tasks: tuple[Task, ...] = ()
    logs: dict[str, tuple[LogEntry, ...]] = {}
    drop: tuple[str, ...] = ()
    reset: bool = False
    at: float | None = None
