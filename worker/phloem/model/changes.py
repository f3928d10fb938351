"""A range of the record: the tasks that changed between two offsets, as it is published and as it is read."""

from __future__ import annotations

import msgspec

from phloem.model.task import LogEntry, Offset, Task


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a reader is. Offsets of two epochs do not compare."""

    epoch: str = ""
    """The record that the offset counts in. Another one begins when Redis comes up empty or from an older state."""

    offset: int = 0
    """The reader holds every change up to this one."""


class Changes(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What changed in (from_, to] of one epoch."""

    epoch: str
    from_: Offset
    to: Offset
    tasks: tuple[Task, ...] = ()
    """The tasks that changed, as they are now."""

    logs: dict[str, tuple[LogEntry, ...]] = {}
    """What tasks logged, by their ids."""

    drop: tuple[str, ...] = ()
    """Ids of tasks that were removed."""

    reset: bool = False
    """Whether the reader forgets first all that it held: the epoch is another, or too much was removed since."""

    at: float | None = None
    """When it was published, in Unix seconds by the clock of Redis."""
