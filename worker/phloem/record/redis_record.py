"""The record in Redis.

Writing is done by a library of Redis Functions (`functions/`), so that an event is judged, written, numbered and
published in one atomic step. Functions need Redis 7 or any Valkey; unlike scripts they persist and are replicated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import msgspec
import redis

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.log import shortened
from phloem.model.task import LOG_LIMIT_ENTRIES, LogEntry, Task
from phloem.record import encoding, server_check
from phloem.record.connections.factory import ConnectionFactory, connections_to
from phloem.record.connections.found import Elsewhere
from phloem.record.function_calls import FunctionCalls
from phloem.record.functions.library import library
from phloem.record.oddities import Oddities
from phloem.record.pages import Pages
from phloem.record.record import PAGE, ChannelError, Doubtful, Heard, Recorded, Subscribed
from phloem.record.redis_errors import is_full, is_refusal, is_wrong_type, translated
from phloem.record.redis_stores.access import RedisSessions
from phloem.record.redis_stores.audit import RedisAudit
from phloem.record.redis_stores.duties import RedisDuties
from phloem.record.redis_stores.forms import RedisForms
from phloem.record.redis_stores.guesses import RedisGuesses
from phloem.record.redis_stores.keys import RedisKeys
from phloem.record.redis_stores.server import RedisServer
from phloem.record.redis_stores.tokens import RedisTokens
from phloem.record.redis_stores.users import RedisUsers
from phloem.record.redis_stores.views import RedisViews
from phloem.record.redis_stores.workers import RedisWorkers
from phloem.record.seal import Seal
from phloem.settings import RecordSettings

_SECONDS_OF_A_DAY = 86400

VALUE_LIMIT_BYTES = 8 * 1024 * 1024
"""Bytes of a value that are read. The largest of ours has a small part of that."""

KEPT_WHEN_FULL = 1000
"""Tasks that ended which are kept though Redis is full: what fills it may be somebody else's."""

ROOM_CALLS = 10
"""Times, at most, that some of the others are removed before events are tried again."""

_entry = msgspec.json.Decoder(LogEntry)


class RedisChannel:
    """The record in Redis, under keys that start with `phloem:{namespace}:`. Safe to use from several threads.

    Connects when it is first used, and again in a forked child. For errors see `Channel`.
    """

    def __init__(self, settings: RecordSettings, connections: ConnectionFactory | None = None) -> None:
        """`connections` says where Redis is; by default that is the URL in `settings`."""
        self._prefix = f"phloem:{{{settings.namespace}}}:"
        connections = connections or connections_to(settings.redis_url, self._prefix)
        self.settings = settings
        self.address = connections.address
        """Where Redis is, without a password."""
        self._is_cluster = connections.is_cluster
        self._redis = connections.client()
        self.sessions = RedisSessions(self._redis, self.address, f"{self._prefix}sessions")
        """The sessions of people who signed in to the page."""
        self.users = RedisUsers(self._redis, self.address, f"{self._prefix}users")
        """The people who may sign in with a name."""
        self.views = RedisViews(self._redis, self.address, f"{self._prefix}views")
        """Searches that people share."""
        """What all web processes together may do in a second."""
        self.guesses = RedisGuesses(self._redis, self.address, f"{self._prefix}guesses:")
        """Which passwords were wrong, in all web processes."""
        self.tokens = RedisTokens(self._redis, self.address, f"{self._prefix}tokens")
        """The tokens that the server made, and those that were revoked."""
        self.keys = RedisKeys(self._redis, self.address, f"{self._prefix}keys")
        """The secrets that all processes of the namespace share."""
        self.duties = RedisDuties(self._redis, self.address, f"{self._prefix}duty:")
        """What one process does at a time."""
        self.server = RedisServer(self._redis, self.address, self._prefix)
        """The server, for who looks after it."""
        self.workers = RedisWorkers(self._redis, self.address, self._prefix)
        """The workers that have leases."""
        self._functions = FunctionCalls(self._redis, self.address, library(settings.lease_seconds), self._prefix)
        self.forms = RedisForms(self._redis, self.address, self._prefix, self._functions, self.workers)
        """What those workers can run."""
        self.audit = RedisAudit(self._redis, self.address, self._prefix, self._functions)
        """Who changed what, or was refused."""
        self._seal = Seal()
        self._oddities = Oddities()
        self._pages = Pages(self._functions, self._oddities, self._seal)

    def check(self) -> str | None:
        """Checks that this server can hold the record. Returns a warning to show, if there is one.

        Raises ChannelError if it cannot be reached, and ChannelRefused if it can never hold the record.
        """
        return server_check.check(self._redis, self._functions, self._prefix, self.address, is_cluster=self._is_cluster)

    def is_open(self) -> bool:
        """Whether this server asks nobody for a password. False where it does not tell. Raises ChannelError."""
        return server_check.is_open(self._redis, self.address)

    def close(self) -> None:
        """Closes all connections. A call that comes later opens new ones."""
        self._redis.connection_pool.disconnect()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        """Records events in order. See `Channel.record`."""
        [recorded] = self.record_all([events], epoch)
        return recorded

    def record_all(
        self, batches: Sequence[Sequence[Event]], epoch: str = "", patience: float | None = None
    ) -> Iterator[Recorded]:
        """Records batches in order. See `Channel.record_all`. In a Redis that is full, makes room before it raises."""
        row = self._functions.next_number()
        settings = self.settings
        kept = settings.retention_tasks, settings.retention_bytes, settings.retention_days * _SECONDS_OF_A_DAY
        unwritable: list[UnicodeEncodeError] = []

        def calls() -> Iterator[tuple[object, ...]]:
            for place, events in enumerate(batches):
                try:
                    encoded = encoding.encode_events(events)
                except UnicodeEncodeError as error:
                    unwritable.append(error)
                    return
                before = f"{row}-{place}" if place else ""
                this = f"{row}-{place + 1}" if place + 1 < len(batches) else ""
                yield epoch, *kept, encoded, self._functions.sender, before, this

        try:
            for answer in self._functions.call_all("record", calls(), patience):
                now, *verdicts = answer.decode().split()
                yield Recorded(now, tuple(verdicts))
        except ChannelError as error:
            if is_full(error) and patience is None:
                self._make_room()
            raise
        if unwritable:
            with translated(self.address):
                raise unwritable[0]

    def heartbeat(self, lease: str, seconds: int) -> str:
        """Renews a lease, or ends it. See `Channel.heartbeat`."""
        more = 1
        while more:
            epoch, more = self._functions.call("heartbeat", lease, seconds)
        return str(epoch.decode())

    def changed(self, since: Position) -> Iterator[Changes]:
        """The tasks that changed after `since`, page by page. See `Channel.changed`."""
        known, end = since.offset, None
        while True:
            changes, head = self._pages.read(since.epoch, since.offset, known, PAGE)
            # A reader that starts anew holds nothing that was removed before now.
            known = head if changes.reset else known
            # The end is where the record was at the first page: a reader of a busy record would never reach the head.
            end = head if end is None or changes.reset else end
            yield changes
            if changes.to >= end:
                return
            since = Position(epoch=changes.epoch, offset=changes.to)

    def trouble(self) -> str | None:
        """What keeps Redis from taking events now. See `Channel.trouble`."""
        try:
            self._functions.call("write")
        except ChannelError as error:
            if not is_refusal(error):
                raise
            if is_full(error):
                return (
                    "Redis is full (maxmemory): what happens is not recorded until there is room. "
                    "Raise maxmemory, or lower PHLOEM_RETENTION_BYTES."
                )
            return f"Nothing is recorded for now: {error}"
        return None

    def task(self, task_id: str) -> Task | None:
        """One task with its long fields; None if it is not known, or if its key holds something else."""
        key = f"{self._prefix}task:{task_id}"
        held = self._get(key)
        task = None if held is None else self._oddities.read(key, encoding.decode_task, held)
        return task if task is None or task.id == task_id else None

    def call(self, task_id: str) -> bytes | None:
        """What was kept of the task's message. See `Channel.call`."""
        return self._get(f"{self._prefix}call:{task_id}")

    def log(self, task_id: str, after: str = "", limit: int = PAGE) -> tuple[LogEntry, ...]:
        """Up to `limit` entries of a task's log that follow the entry `after`, oldest first."""
        # All of them, 1000 at most: the place of an entry in the list is not known.
        here = _order(after)
        entries = (entry for entry in self._log(task_id) if _order(entry.id) > here)
        return tuple(itertools.islice(entries, limit))

    def short_log(self, task_id: str, limit: int) -> tuple[LogEntry, ...]:
        """At most `limit` entries of a task's log, oldest first. See `Channel.short_log`."""
        return tuple(shortened(tuple(self._log(task_id)), limit))

    def listen(self, idle: float) -> Heard:
        """What is published from now on; None whenever nothing came for `idle` seconds."""
        with translated(self.address), self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            subscribe = pubsub.ssubscribe if self._is_cluster else pubsub.subscribe
            subscribe(f"{self._prefix}events")
            while True:
                message = pubsub.get_message(timeout=idle)
                if message is None:
                    yield None
                elif message["type"] in ("subscribe", "ssubscribe"):
                    self._seal.key = self._functions.call("seal")
                    yield Subscribed()
                elif message["type"] in ("message", "smessage"):
                    yield self._seal.open(message["data"]) or Doubtful()
                elif message["type"] == "sunsubscribe":
                    raise Elsewhere("the node that was listened to does not hold the record any more")

    def _make_room(self) -> None:
        """Removes some of the tasks that ended first, until Redis takes events again."""
        for _ in range(ROOM_CALLS):
            if not self._functions.call("room", KEPT_WHEN_FULL) or self.trouble() is None:
                return

    def _get(self, key: str) -> bytes | None:
        with translated(self.address):
            try:
                held: bytes = self._redis.getrange(key, 0, VALUE_LIMIT_BYTES)  # type: ignore[assignment]  # or a coroutine
            except redis.ResponseError as error:
                if not is_wrong_type(error):
                    raise
                self._oddities.tell(key, error)
                return None
            return held or None  # that is what a key gives which is not there

    def _log(self, task_id: str) -> Iterator[LogEntry]:
        key = f"{self._prefix}log:{task_id}"
        with translated(self.address):
            try:
                found: list[bytes] = self._redis.lrange(key, 0, LOG_LIMIT_ENTRIES - 1)  # type: ignore[assignment]  # as above
            except redis.ResponseError as error:
                if not is_wrong_type(error):
                    raise
                self._oddities.tell(key, error)
                return iter(())
        entries = (self._oddities.read(key, _entry.decode, each) for each in found)
        return (entry for entry in entries if entry is not None)


def _order(entry_id: str) -> tuple[int, int]:
    """The place of a log entry: milliseconds, and a number within them. The empty id comes before the first entry."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds or 0), int(number or -1)
