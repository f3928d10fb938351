"""Which workers there are: by what they answered, by their leases, and by what the record has of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from phloem.model.task import Task
from phloem.record.stores.workers import KnownLease, WorkerFacts
from phloem_server.boards.fleet import OFFLINE_KEPT_SECONDS, Answers, KnownWorker

LOST_SHOWN = 20
"""Most tasks that a worker lost which are named."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A worker: what it answered last, and its lease, as far as either is known."""

    name: str
    pid: int | None = None
    known: KnownWorker | None = None
    lease: KnownLease | None = None

    @property
    def answers(self) -> bool:
        """Whether it answers remote control."""
        return self.known is not None and self.known.online

    @property
    def online(self) -> bool:
        """Whether it answers, or its lease lasts."""
        return self.answers or (self.lease is not None and self.lease.ended_at is None)

    @property
    def facts(self) -> WorkerFacts | None:
        """What it said of itself when it began."""
        return None if self.lease is None else self.lease.facts

    @property
    def stats(self) -> Mapping[str, Any]:
        """Its answer to Celery's `stats`."""
        return {} if self.known is None else self.known.stats

    @property
    def queues(self) -> tuple[str, ...]:
        """Names of the queues that it takes from."""
        if self.known is not None and self.known.queues:
            return self.known.queues
        return self.facts.queues if self.facts is not None else ()

    @property
    def load(self) -> tuple[float, ...]:
        """The load of its machine, as it told last."""
        return self.facts.load if self.facts is not None and self.online else ()

    @property
    def since(self) -> float | None:
        """When it began, in Unix seconds."""
        if self.known is not None:
            return self.known.since
        return self.facts.since if self.facts is not None else None

    def heard_at(self, now: float) -> float | None:
        """When it was last heard of, in Unix seconds."""
        if self.online and not self.answers:
            return now
        if self.known is not None:
            return self.known.heard_at
        return None if self.lease is None else self.lease.ended_at


def roster(answers: Answers, named: Iterable[str], now: float) -> list[Entry]:
    """All workers by name, the older first; `named` are those that the record has tasks of.

    One that said goodbye is shown for as long as one that only stopped answering, and not beside its successor.
    """
    answered = {(known.name, known.pid): known for known in answers.workers}
    entries = []
    for lease in sorted(answers.leases, key=lambda lease: lease.ended_at is not None):
        key = lease.facts.name, lease.facts.pid
        known = answered.pop(key, None)
        entries.append(Entry(name=key[0], pid=key[1], known=known, lease=lease))
    entries += [Entry(name=known.name, pid=known.pid, known=known) for known in answered.values()]
    online = {entry.name for entry in entries if entry.online}
    gone = [entry for entry in entries if not entry.online and not _is_worth_showing(entry, online, now)]
    entries = [entry for entry in entries if entry not in gone]
    entries += [Entry(name=name) for name in set(named) - {entry.name for entry in entries}]
    return sorted(entries, key=lambda entry: (entry.name, entry.since or 0.0))


def holder(namesakes: Sequence[Entry]) -> Entry:
    """Of the workers of one name the one that shows what is run under it: one that is online, if there is one."""
    return next((entry for entry in namesakes if entry.online), namesakes[-1])


def loser(namesakes: Sequence[Entry], task: Task) -> Entry:
    """Of the workers of one name the one that lost a task: the last to begin before it, of those that are gone."""
    gone = [entry for entry in namesakes if not entry.online] or list(namesakes)
    begun = [entry for entry in gone if (entry.since or 0.0) <= (task.started_at or task.received_at or 0.0)]
    return begun[-1] if begun else gone[0]


def _is_worth_showing(entry: Entry, online: set[str], now: float) -> bool:
    """Whether a worker that is gone is shown: one that vanished for as long as the record knows of it."""
    lease = entry.lease
    if lease is None or lease.ended_at is None:
        return True  # the rounds of questions forget it
    if not lease.said_goodbye:
        return True
    return entry.name not in online and now - lease.ended_at <= OFFLINE_KEPT_SECONDS
