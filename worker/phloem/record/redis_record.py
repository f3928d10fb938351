"""The record in Redis.

Writing is done by a library of Redis Functions (`functions/`), so that an event is judged, written, numbered and
published in one atomic step. Functions need Redis 7 or any Valkey; unlike scripts they persist and are replicated.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.task import LogEntry, Task
from phloem.record import encoding
from phloem.record.connection import ConnectionFactory, UrlConnections
from phloem.record.function_calls import FunctionCalls
from phloem.record.functions.library import library
from phloem.record.record import PAGE, ChannelRefused, Heard, Recorded, Subscribed
from phloem.record.redis_errors import translated
from phloem.settings import RecordSettings

_SECONDS_OF_A_DAY = 86400

_changes = msgspec.json.Decoder(Changes)
_entry = msgspec.json.Decoder(LogEntry)


class RedisChannel:
    """The record in Redis, under keys that start with `phloem:{namespace}:`. Safe to use from several threads.

    Connects when it is first used, and again in a forked child. For errors see `Channel`.
    """

    def __init__(self, settings: RecordSettings, connections: ConnectionFactory | None = None) -> None:
        """`connections` says where Redis is; by default that is the URL in `settings`."""
        connections = connections or UrlConnections(settings.redis_url)
        self.settings = settings
        self.address = connections.address
        """Where Redis is, without a password."""
        self._prefix = f"phloem:{{{settings.namespace}}}:"
        self._redis = connections.client()
        self._functions = FunctionCalls(self._redis, self.address, library(settings.lease_seconds), self._prefix)

    def check(self) -> str | None:
        """Checks that this server can hold the record. Returns a warning to show, if there is one.

        Raises ChannelError if it cannot be reached, and ChannelRefused if it can never hold the record.
        """
        try:
            with translated(self.address):
                info: dict[str, Any] = self._redis.info()
        except ChannelRefused as refusal:
            if "unknown command" not in str(refusal):
                raise
            info = {}  # a server so old that it does not know the client's greeting
        version = str(info.get("redis_version", "unknown"))
        major = re.match(r"\d+", version)
        if major is None or int(major.group()) < 7:
            raise ChannelRefused(
                f"Redis at {self.address} is version {version}; Phloem needs Redis 7 or newer, or Valkey."
            )
        policy = str(info.get("maxmemory_policy", "noeviction"))
        if int(info.get("maxmemory", 0)) and policy != "noeviction":
            return f"Redis at {self.address} may evict tasks (maxmemory-policy {policy}); noeviction keeps them."
        return None

    def close(self) -> None:
        """Closes all connections. A call that comes later opens new ones."""
        self._redis.connection_pool.disconnect()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        """Records events in order. See `Channel.record`."""
        [recorded] = self.record_all([events], epoch)
        return recorded

    def record_all(self, batches: Sequence[Sequence[Event]], epoch: str = "") -> Iterator[Recorded]:
        """Records batches in order. See `Channel.record_all`."""
        row = self._functions.next_number()
        oldest = self.settings.retention_days * _SECONDS_OF_A_DAY
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
                yield epoch, self.settings.retention_tasks, oldest, encoded, self._functions.sender, before, this

        for answer in self._functions.call_all("record", calls()):
            now, *verdicts = answer.decode().split()
            yield Recorded(now, tuple(verdicts))
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
            page, head = self._functions.call("changed", since.epoch, since.offset, known, PAGE)
            changes = _changes.decode(page)
            # A reader that starts anew holds nothing that was removed before now.
            known = head if changes.reset else known
            # The end is where the record was at the first page: a reader of a busy record would never reach the head.
            end = head if end is None or changes.reset else end
            yield changes
            if changes.to >= end:
                return
            since = Position(epoch=changes.epoch, offset=changes.to)

    def task(self, task_id: str) -> Task | None:
        """One task with its long fields; None if it is not known."""
        with translated(self.address):
            held: bytes | None = self._redis.get(f"{self._prefix}task:{task_id}")  # type: ignore[assignment]  # or a coroutine
        return None if held is None else encoding.decode_task(held)

    def call(self, task_id: str) -> str | None:
        """The original arguments, as JSON text of [args, kwargs]; None if they were not kept."""
        with translated(self.address):
            held: bytes | None = self._redis.get(f"{self._prefix}call:{task_id}")  # type: ignore[assignment]  # as above
        return None if held is None else held.decode()

    def log(self, task_id: str, after: str = "", limit: int = PAGE) -> tuple[LogEntry, ...]:
        """Up to `limit` entries of a task's log that follow the entry `after`, oldest first."""
        # All of them, 1000 at most: the place of an entry in the list is not known.
        here = _order(after)
        entries = (entry for entry in self._log(task_id, 0) if _order(entry.id) > here)
        return tuple(itertools.islice(entries, limit))

    def last_log(self, task_id: str, limit: int) -> tuple[LogEntry, ...]:
        """The last `limit` entries of a task's log, oldest first."""
        return tuple(self._log(task_id, -limit))

    def listen(self, idle: float) -> Heard:
        """What is published from now on; None whenever nothing came for `idle` seconds."""
        with translated(self.address), self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(f"{self._prefix}events")
            while True:
                message = pubsub.get_message(timeout=idle)
                if message is None:
                    yield None
                elif message["type"] == "subscribe":
                    yield Subscribed()
                elif message["type"] == "message":
                    try:
                        changes = _changes.decode(message["data"])
                    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                        continue  # not a message of the record; had it been, the next one would show the gap
                    yield changes

    def _log(self, task_id: str, start: int) -> Iterator[LogEntry]:
        with translated(self.address):
            found: list[bytes] = self._redis.lrange(f"{self._prefix}log:{task_id}", start, -1)  # type: ignore[assignment]  # as above
        return map(_entry.decode, found)


def _order(entry_id: str) -> tuple[int, int]:
    """The place of a log entry: milliseconds, and a number within them. The empty id comes before the first entry."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds or 0), int(number or -1)
