"""The only module that knows Redis: where events are recorded, and where what changed is read and heard.

The record is a Redis Function library (`task.lua` and `record.lua`), so that an event is judged, written, numbered
and published in one atomic step. Functions need Redis 7 or any Valkey; unlike scripts they persist and replicate.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.task import LogEntry, Task
from phloem.record import encoding as packed
from phloem.record.pipeline import Connection
from phloem.record.functions.library import library
from phloem.record.record import PAGE, ChannelError, Heard, Recorded, Refused, Subscribed
from phloem.settings import RecordSettings, without_password

CONNECTIONS = 16
"""Most connections of one channel: one is kept to record and to read what changed, each listener has one, and the
others are for who asks for one task. A thousand who do so at once take turns: connections once made stay open."""

TURN = 5.0
"""Seconds for which one waits for a connection while all are in use."""

T = TypeVar("T")


class RedisChannel:
    """The record in Redis, under keys that start with `phloem:{namespace}:`."""

    def __init__(self, settings: RecordSettings) -> None:
        self.settings = settings
        self.address = without_password(settings.redis_url)
        self._prefix = f"phloem:{{{settings.namespace}}}:"
        pool = redis.BlockingConnectionPool.from_url(
            settings.redis_url,
            max_connections=CONNECTIONS,
            timeout=TURN,
            # No retry of its own: a connection that comes back silently hides that something was missed.
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=2,
            socket_timeout=5,
            health_check_interval=0,
        )
        self._redis: redis.Redis = redis.Redis.from_pool(pool)
        self._connection = Connection(self._redis)
        self._name = secrets.token_hex(8)
        self._calls = itertools.count(1)

    def check(self) -> str | None:
        """Whether this server can hold the record. Returns a warning to show, if there is one.

        Raises ChannelError with a sentence where it cannot be reached, and Refused where it can never serve.
        """
        try:
            with self._errors():
                info: dict[str, Any] = self._redis.info()
        except Refused as refusal:
            if "unknown command" not in str(refusal):
                raise
            info = {}  # so old that it does not know how connections are greeted today
        version = str(info.get("redis_version", "unknown"))
        major = re.match(r"\d+", version)
        if major is None or int(major.group()) < 7:
            raise Refused(f"Redis at {self.address} is version {version}; Phloem needs Redis 7 or newer, or Valkey.")
        policy = str(info.get("maxmemory_policy", "noeviction"))
        if int(info.get("maxmemory", 0)) and policy != "noeviction":
            return f"Redis at {self.address} may evict tasks (maxmemory-policy {policy}); noeviction keeps them."
        return None

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        [recorded] = self.record_all([events], epoch)
        return recorded

    def record_all(self, batches: Sequence[Sequence[Event]], epoch: str = "") -> Iterator[Recorded]:
        row = next(self._calls)
        oldest = self.settings.retention_days * 86400
        unwritable: list[UnicodeEncodeError] = []

        def calls() -> Iterator[tuple[object, ...]]:
            for place, events in enumerate(batches):
                try:
                    written = packed.pack(events)
                except UnicodeEncodeError as error:
                    unwritable.append(error)
                    return
                before = f"{row}-{place}" if place else ""
                mine = f"{row}-{place + 1}" if place + 1 < len(batches) else ""
                yield epoch, self.settings.retention_tasks, oldest, written, self._name, before, mine

        for answer in self._call_all("record", calls()):
            now, *verdicts = answer.decode().split()
            yield Recorded(now, tuple(verdicts))
        if unwritable:
            with self._errors():
                raise unwritable[0]

    def beat(self, lease: str, seconds: int) -> str:
        more = 1
        while more:
            epoch, more = self._call("beat", lease, seconds)
        return str(epoch.decode())

    def changed(self, since: Position) -> Iterator[Changes]:
        known, end = since.offset, None
        while True:
            page, head = self._call("changed", since.epoch, since.offset, known, PAGE)
            changes = _changes.decode(page)
            # A reader that starts anew holds nothing that was removed before this moment.
            known = head if changes.reset else known
            # Not to where it is by now: where much is recorded, that would be out of reach.
            end = head if end is None or changes.reset else end
            yield changes
            if changes.to >= end:
                return
            since = Position(epoch=changes.epoch, offset=changes.to)

    def task(self, task_id: str) -> Task | None:
        with self._errors():
            held: bytes | None = self._redis.get(f"{self._prefix}task:{task_id}")  # type: ignore[assignment]
        return None if held is None else packed.kept.decode(held).task()

    def call(self, task_id: str) -> str | None:
        with self._errors():
            held: bytes | None = self._redis.get(f"{self._prefix}call:{task_id}")  # type: ignore[assignment]
        return None if held is None else held.decode()

    def log(self, task_id: str, after: str = "", limit: int = PAGE) -> tuple[LogEntry, ...]:
        with self._errors():
            # There are 1000 at most; where in the list one is, is known only to who reads it.
            found: list[bytes] = self._redis.lrange(f"{self._prefix}log:{task_id}", 0, -1)  # type: ignore[assignment]
        here = _order(after)
        entries = (_entry.decode(each) for each in found)
        return tuple(itertools.islice((entry for entry in entries if _order(entry.id) > here), limit))

    def last_log(self, task_id: str, limit: int) -> tuple[LogEntry, ...]:
        with self._errors():
            found: list[bytes] = self._redis.lrange(f"{self._prefix}log:{task_id}", -limit, -1)  # type: ignore[assignment]
        return tuple(_entry.decode(each) for each in found)

    def listen(self, idle: float) -> Heard:
        with self._errors(), self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
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
                        continue  # not ours; had it been, the next message shows the gap
                    yield changes

    def _call(self, name: str, *args: object) -> Any:
        [answer] = self._call_all(name, [args])
        return answer

    def _call_all(self, name: str, calls: Iterable[Sequence[object]]) -> Iterator[Any]:
        """The answers to calls of one function that are sent in a row; raises in place of one that is an error."""
        name_of_library, code = library(self.settings.lease_seconds)
        sent: list[tuple[object, ...]] = []

        def commands() -> Iterator[tuple[object, ...]]:
            for args in calls:
                epoch = f"{self._name}-{next(self._calls)}"  # a new one, in case that one is to begin
                sent.append(("FCALL", f"{name_of_library}_{name}", 1, f"{self._prefix}meta", epoch, *args))
                yield sent[-1]

        with self._errors():
            answers = self._connection.calls(commands())
            unknown = next((place for place, answer in enumerate(answers) if _is_unknown_function(answer)), None)
            if unknown is not None:  # it is new here, or was flushed, or this server was promoted
                try:
                    self._redis.function_load(code)
                except redis.ResponseError as error:
                    if "already exists" not in str(error):
                        raise
                answers[unknown:] = self._connection.calls(sent[unknown:])
        for answer in answers:
            with self._errors():
                if isinstance(answer, redis.ResponseError):
                    raise answer
            yield answer

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except redis.ResponseError as error:
            passing = isinstance(error, _PASSING) or str(error).startswith(_PASSING_WORDS)
            raise (ChannelError if passing else Refused)(f"Redis at {self.address} says: {error}") from error
        except UnicodeEncodeError as error:
            raise Refused(f"Half of a surrogate pair cannot be sent to Redis: {error}") from error
        except (redis.RedisError, OSError) as error:
            raise ChannelError(f"Redis at {self.address} does not answer: {error}") from error


_PASSING = (
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
)
_PASSING_WORDS = ("BUSY", "MISCONF", "NOREPLICAS")
"""Refusals that pass by themselves or once somebody has made room: by class where the client has one, in which case it
takes the first word away, else by that word."""


def _is_unknown_function(answer: object) -> bool:
    return isinstance(answer, redis.ResponseError) and "function not found" in str(answer).lower()


_changes = msgspec.json.Decoder(Changes)
_entry = msgspec.json.Decoder(LogEntry)


def _order(entry_id: str) -> tuple[int, int]:
    """The place of a log entry: milliseconds, and a number within them. Nothing comes before the first."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds or 0), int(number or -1)
