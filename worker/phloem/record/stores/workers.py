"""The workers that the record knows by their leases, whether or not they answer Celery's remote control."""

from __future__ import annotations

from typing import Protocol

import msgspec

GONE_KEPT_SECONDS = 86400.0
"""For which a worker that is gone is remembered."""


class WorkerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker says of itself when it begins to take messages."""

    name: str
    """Celery's name of it; two workers may have the same."""

    pid: int
    """Process id of its main process."""

    since: float
    """When it began, in Unix seconds."""

    pool: str | None = None
    """How it runs tasks, as `celery worker --pool` names it."""

    slots: int | None = None
    """Count of tasks that it can run at once."""

    queues: tuple[str, ...] = ()
    """Names of the queues that it takes from."""

    attached: bool = True
    """Whether its app calls `phloem.attach`. Of any other, the process that observes it says this."""

    version: str = ""
    """The version of Phloem that it runs; empty of one that does not tell."""

    load: tuple[float, ...] = ()
    """The load of its machine in the last minute, five and fifteen, by its heartbeats; empty where they do not tell."""

    software: str = ""
    """What it is, by its heartbeats: `py-celery`, its version, and its operating system."""


class KnownLease(msgspec.Struct, frozen=True, kw_only=True):
    """A worker, and what its lease says."""

    facts: WorkerFacts
    ended_at: float | None = None
    """When it was gone, in Unix seconds; None while its lease lasts."""
    said_goodbye: bool = False
    """Whether it was stopped, and did not vanish."""
    clock_ahead: float | None = None
    """Seconds by which its clock was ahead of that of Redis when it began; None where that is not known."""


class WorkerStore(Protocol):
    """Keeps workers by their leases. Both methods raise ChannelError where the record cannot be used."""

    def introduce(self, lease: str, facts: WorkerFacts) -> None:
        """Keeps what a worker says of itself, for as long as its lease lasts and a day longer."""

    def all(self) -> tuple[KnownLease, ...]:
        """The workers whose leases last, and those that are gone since less than a day."""
