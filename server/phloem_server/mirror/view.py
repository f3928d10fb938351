"""What a client asked to see, kept up to date: one view is shared by all clients that asked for the same.

A view remembers for each of its rows, and for each row that left, at which offset that happened. So it can give a
client at any offset what is new since then, without a queue for each client.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from phloem.model.task import LogEntry, Task
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.moments import Positions


class News(msgspec.Struct, frozen=True, kw_only=True):
    """The delta of a view for a client that knows it up to some offset: rows to put, ids to drop, log entries."""

    put: tuple[Task, ...] = ()
    drop: tuple[str, ...] = ()
    log: tuple[LogEntry, ...] | None = None


class Marked:
    """What counts how often a view had something to send."""

    changes = 0
    _dirty = False

    @property
    def dirty(self) -> bool:
        return self._dirty

    @dirty.setter
    def dirty(self, dirty: bool) -> None:
        self._dirty = dirty
        self.changes += dirty


class View(Protocol):
    """What all of its clients share. Offsets are those of the mirror when it took in a change.

    `key` is equal for equal requests. `is_limited` says whether its clients see the tasks of some alone; `positions`
    has what clients are told in place of offsets. A delta can be given since `floor` at the earliest. `flushed` is the
    offset up to which its clients were sent everything; `dirty` says whether there is more to send, and `changes`
    counts how often there was. `leaps` says that a client at `flushed` can be given a delta even where `flushed` lies
    below `floor`.
    """

    key: str
    is_limited: bool
    positions: Positions
    floor: int
    flushed: int
    changes: int
    leaps: bool

    @property
    def dirty(self) -> bool:
        """Whether there is more to send."""

    @dirty.setter
    def dirty(self, dirty: bool) -> None:
        """Notes that there is, or that it was sent."""

    @property
    def searching(self) -> bool:
        """Whether rows or counts of older tasks are still to come."""

    @property
    def next(self) -> int | None:
        """The `before` of the query that shows the rows that follow; None where there are none."""

    def rebuild(self, index: TaskIndex, offset: int) -> None:
        """Starts over from the index of another epoch."""

    def resumes(self, since: int) -> bool:
        """Whether a client that returns from this offset can be given a delta instead of all rows."""

    def news(self, since: int | None) -> News:
        """The delta since an offset not below `floor`, or since `flushed` if the view leaps; all of it for None."""

    def given(self, *, to_all: bool) -> None:
        """Notes that its rows were sent: to all of its clients, or to one that gets the same frames from now on."""

    def totals(self) -> dict[str, int]:
        """How many tasks of each state fit the query, its own choice of states aside."""
