"""The record of one namespace, as producers and readers use it, and the errors that it raises."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from phloem.errors import PhloemError
from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.task import LogEntry, Task

if TYPE_CHECKING:  # most processes that are attached use none of them
    from phloem.record.stores.access import SessionStore
    from phloem.record.stores.audit import AuditStore
    from phloem.record.stores.duties import DutyStore
    from phloem.record.stores.forms import FormStore
    from phloem.record.stores.guesses import Guesses
    from phloem.record.stores.keys import Keys
    from phloem.record.stores.tokens import TokenStore
    from phloem.record.stores.users import UserStore
    from phloem.record.stores.views import ViewStore
    from phloem.record.stores.workers import WorkerStore

PAGE = 200
"""Tasks in one page of `changed`: Redis takes about a millisecond for it."""

CALL_LIMIT_BYTES = 64 * 1024
"""Longest message that is kept to run a task again: its body and headers."""


class ChannelError(PhloemError):
    """The record cannot be used now. The text says where it is and what is wrong; trying again may help."""

    code = "record_unavailable"
    temporary = True


class ChannelRefused(ChannelError):
    """The record will not take this: sending the same again is of no use."""

    code = "record_refused"
    temporary = False


class Recorded(msgspec.Struct, frozen=True):
    """What became of a batch: the epoch of the record, and a verdict for each event, in their order.

    Verdicts are begin (the event begins another run), ok (it is about the current run), stale (the run is further on),
    zombie (the run is over) and duplicate (it was recorded before). None: nothing was recorded.
    """

    epoch: str
    verdicts: tuple[str, ...] = ()


class Subscribed(msgspec.Struct, frozen=True):
    """The subscription was confirmed: what was published before this moment may have been missed."""


class Doubtful(msgspec.Struct, frozen=True):
    """A message was published that does not show to be of this record: of another version, or forged."""


Heard = Generator[Changes | Subscribed | Doubtful | None, None, None]


class Channel(Protocol):
    """The record of one namespace: writing, reading, and hearing what changes.

    Every method raises ChannelError where the record cannot be used, and ChannelRefused where it never takes what it
    was given.
    """

    @property
    def sessions(self) -> SessionStore:
        """The sessions of people who signed in to the page."""

    @property
    def users(self) -> UserStore:
        """The people who may sign in with a name."""

    @property
    def views(self) -> ViewStore:
        """Searches that people share."""

    @property
    def guesses(self) -> Guesses:
        """Which passwords were wrong, in all web processes."""

    @property
    def tokens(self) -> TokenStore:
        """The tokens that the server made, and those that were revoked."""

    @property
    def keys(self) -> Keys:
        """The secrets that all processes of the namespace share."""

    @property
    def audit(self) -> AuditStore:
        """Who changed what, or was refused."""

    @property
    def duties(self) -> DutyStore:
        """What one process does at a time."""

    @property
    def workers(self) -> WorkerStore:
        """The workers that have leases."""

    @property
    def forms(self) -> FormStore:
        """What those workers can run."""

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        """Records events in order, all or none of them. The events of one source must be numbered in order.

        If `epoch` is given and the record is in another, nothing is recorded and there are no verdicts: the record may
        have forgotten earlier events, which have to be recorded before these.
        """

    def record_all(
        self, batches: Sequence[Sequence[Event]], epoch: str = "", patience: float | None = None
    ) -> Iterator[Recorded]:
        """Records batches in order, as `record` does each, without waiting for one before the next is sent.

        What follows a batch that was not recorded is not recorded either, and has no verdicts. Raises in place of the
        first batch that fails. With `patience`, also where it would have to connect, or waits longer than so many
        seconds for an answer; what became of the batches is then unknown.
        """

    def heartbeat(self, lease: str, seconds: int) -> str:
        """Renews a worker's lease for the next `seconds`; 0 ends it. Returns the epoch.

        When a lease ends, tasks that the worker was running are LOST. When it is ended with 0, those that it had not
        begun are PENDING again, or RETRY if they are to be tried again.
        """

    def changed(self, since: Position) -> Iterator[Changes]:
        """All that changed after `since`, page by page, up to where the record was at the first; at least one page.

        A task that changes meanwhile moves behind that end and may be on no page: a listener is told of it.
        """

    def trouble(self) -> str | None:
        """What keeps the record from taking events now, as a sentence for people; None if nothing does.

        Reading may go on meanwhile.
        """

    def task(self, task_id: str) -> Task | None:
        """One task with its long fields; None if it is not known."""

    def call(self, task_id: str) -> bytes | None:
        """What a worker kept of the task's message, to run it again; None if nothing was kept.

        `instrument.calls` reads it. Earlier versions kept JSON text of [args, kwargs].
        """

    def log(self, task_id: str, after: str = "", limit: int = PAGE) -> tuple[LogEntry, ...]:
        """Up to `limit` entries of a task's log that follow the entry `after`, oldest first."""

    def short_log(self, task_id: str, limit: int) -> tuple[LogEntry, ...]:
        """At most `limit` entries of a task's log, oldest first: see `model.log.shortened`."""

    def listen(self, idle: float) -> Heard:
        """What is published from now on; None whenever nothing came for `idle` seconds."""

    def close(self) -> None:
        """Closes all connections. A call that comes later opens new ones."""
