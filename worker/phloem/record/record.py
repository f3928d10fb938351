"""The record of one namespace, as producers and readers use it, and the errors that using it can raise."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Protocol

import msgspec

from phloem.errors import PhloemError
from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.task import LogEntry, Task

PAGE = 200
"""Tasks in one answer of `changed`: about a millisecond of the server's time."""

CALL_LIMIT = 64 * 1024
"""Bytes of the original arguments that are kept to run a task again; what is larger is asked for then."""


class ChannelError(PhloemError):
    """The channel cannot be used: the text says where it is and what is wrong. Trying again may help."""

    code = "record_unavailable"
    temporary = True


class Refused(ChannelError):
    """The server understood and said no: sending the same again is of no use."""

    code = "record_refused"
    temporary = False


class Recorded(msgspec.Struct, frozen=True):
    """What became of a batch: the epoch it was recorded in, and a verdict for each event.

    Verdicts are begin (another run), ok, stale (the run is further on), zombie (the run is over), duplicate.
    """

    epoch: str
    verdicts: tuple[str, ...] = ()


class Subscribed(msgspec.Struct, frozen=True):
    """The subscription was confirmed: what was published before this moment may have been missed."""


Heard = Generator[Changes | Subscribed | None, None, None]


class Channel(Protocol):
    """The record of one namespace, as producers and readers use it."""

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        """Records events in order, all or none of them. Those of one source must be numbered in order.

        If `epoch` is given and the record is in another, nothing is recorded and there are no verdicts: what was
        sent before may be forgotten, and has to come before these.
        """

    def record_all(self, batches: Sequence[Sequence[Event]], epoch: str = "") -> Iterator[Recorded]:
        """Records batches in order, as `record` does each, without waiting for one before the next is sent.

        What follows a batch that was not recorded is not recorded either, and has no verdicts. Raises in place of
        the first batch that fails.
        """

    def beat(self, lease: str, seconds: int) -> str:
        """Says that the worker with this lease is there, for the next `seconds`; 0 says goodbye. The epoch."""

    def changed(self, since: Position) -> Iterator[Changes]:
        """All that changed after `since`, page by page, up to where the record was at the first; at least one page.

        A task that changes while one reads moves on, and may come in no page any more: who listens hears of it.
        """

    def task(self, task_id: str) -> Task | None:
        """One task with its long fields."""

    def call(self, task_id: str) -> str | None:
        """The original arguments, as JSON text of [args, kwargs]; None if they were not kept."""

    def log(self, task_id: str, after: str = "", limit: int = PAGE) -> tuple[LogEntry, ...]:
        """Up to `limit` entries of a task's log that follow the entry `after`, oldest first."""

    def last_log(self, task_id: str, limit: int) -> tuple[LogEntry, ...]:
        """The last `limit` entries of a task's log, oldest first."""

    def listen(self, idle: float) -> Heard:
        """What is published from now on; None whenever nothing came for `idle` seconds."""
