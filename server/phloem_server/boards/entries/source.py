"""What the entries of a schedule are read from: the interface that each kind of scheduler has a module for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from celery.beat import ScheduleEntry

from phloem.errors import PhloemError

ENTRIES_LIMIT = 500
"""Entries that are read and shown, at most."""


class ScheduleUnreadable(PhloemError):
    """Nobody here can read the schedule. The text is a sentence that says why, and what to do."""

    code = "schedule_unreadable"


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that beat will send, with what its scheduler knows of it beside. Times are in Unix seconds."""

    name: str
    """Name of the entry."""

    entry: ScheduleEntry
    """What beat sends, and when."""

    counts_from: float | None = None
    """From when beat counts to the next run: the last one, or a change of the entry. None where that is not kept."""

    starts_at: float | None = None
    """Before which it is not sent."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one reading found."""

    entries: tuple[Planned, ...]
    """At most ENTRIES_LIMIT."""

    unreadable: Mapping[str, str] = {}
    """Why an entry is left out that cannot be made of what is kept, by its name."""

    more: bool = False
    """Whether there are entries beyond the limit."""


class Source(Protocol):
    """Where the entries are. Reading them writes nothing, and starts no beat."""

    place: str
    """Where they are kept, as the subject of a sentence."""

    changes: bool
    """Whether they may change while this process runs. What does not is read once, at once, and without waiting."""

    lag: float
    """Seconds by which `counts_from` may be behind what beat did."""

    def read(self) -> Found:
        """The present entries. May wait for long, and raise anything; ScheduleUnreadable where it is hopeless."""
