"""The only module that knows Redis: where events are recorded, and where what changed is read and heard.

The record is a Redis Function library (`channel.lua`), so that an event is judged, written, numbered and published
in one atomic step. Functions need Redis 7 or any Valkey; unlike scripts they persist and replicate.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import re
import secrets
import threading
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from typing import Any, Protocol, TypeVar

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from phloem.event import (
    ARRIVAL,
    DESCRIPTION,
    LONG,
    OUTCOME,
    Changes,
    Event,
    LogEntry,
    Position,
    State,
    Task,
)
from phloem.settings import Settings, without_password

PAGE = 200
"""Tasks in one answer of `changed`: about a millisecond of the server's time."""

LEASE = 10
"""Seconds after which a worker that is not heard of is gone, and what it ran is LOST. It speaks every two."""

CALL_LIMIT = 64 * 1024
"""Bytes of the original arguments that are kept to run a task again; what is larger is asked for then."""

T = TypeVar("T")


class ChannelError(Exception):
    """The channel cannot be used: the text says where it is and what is wrong. Trying again may help."""


class Refused(ChannelError):
    """The server understood and said no: sending the same again is of no use."""


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

    def beat(self, lease: str, seconds: int) -> str:
        """Says that the worker with this lease is there, for the next `seconds`; 0 says goodbye. The epoch."""

    def changed(self, since: Position) -> Iterator[Changes]:
        """All that changed after `since`, page by page; the last page ends at the head. Always at least one page."""

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


class _Line:
    """One connection that is kept, for one call at a time: a client's way through its pool takes longer than a call."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._connection: Any = None
        self._pid = 0

    def call(self, *words: object) -> Any:
        """The answer to a command; raises as the client does. An answer that did not come is not asked for again."""
        with self._lock:
            connection = self._usable()
            try:
                connection.send_command(*words, check_health=False)
                return connection.read_response()
            except redis.ResponseError:
                raise
            except BaseException:
                connection.disconnect()  # an answer that comes late is not the next one's
                raise

    def _usable(self) -> Any:
        """It is made anew in a forked child, and if the server has closed it since the last call."""
        if self._pid != os.getpid():
            self._connection, self._pid = self._client.connection_pool.get_connection(), os.getpid()
            weakref.finalize(self, self._connection.disconnect)
        with suppress(redis.ConnectionError, OSError):
            if not self._connection.can_read():
                return self._connection
        self._connection.disconnect()
        return self._connection


class RedisChannel:
    """The record in Redis, under keys that start with `phloem:{namespace}:`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.address = without_password(settings.redis_url)
        self._prefix = f"phloem:{{{settings.namespace}}}:"
        # No retry of its own: a connection that comes back silently hides that something was missed.
        self._redis: redis.Redis = redis.Redis.from_url(
            settings.redis_url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=2,
            socket_timeout=5,
            health_check_interval=0,
        )
        self._line = _Line(self._redis)
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
        with self._errors():
            packed = _msgpack([_parts(event) for event in events])
        answer: bytes = self._call(
            "record", epoch, self.settings.retention_tasks, self.settings.retention_days * 86400, packed
        )
        now, *verdicts = answer.decode().split()
        return Recorded(now, tuple(verdicts))

    def beat(self, lease: str, seconds: int) -> str:
        more = 1
        while more:
            epoch, more = self._call("beat", lease, seconds)
        return str(epoch.decode())

    def changed(self, since: Position) -> Iterator[Changes]:
        known = since.offset
        while True:
            page, head = self._call("changed", since.epoch, since.offset, known, PAGE)
            changes = _changes.decode(page)
            # A reader that starts anew holds nothing that was removed before this moment.
            known = head if changes.reset else known
            yield changes
            if changes.to >= head:
                return
            since = Position(epoch=changes.epoch, offset=changes.to)

    def task(self, task_id: str) -> Task | None:
        with self._errors():
            held: bytes | None = self._redis.get(f"{self._prefix}task:{task_id}")  # type: ignore[assignment]
        return None if held is None else _kept.decode(held).task()

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
                    except msgspec.DecodeError:
                        continue  # not ours; had it been, the next message shows the gap
                    yield changes

    def _call(self, name: str, *args: object) -> Any:
        library, code = _library()
        epoch = f"{self._name}-{next(self._calls)}"  # a new one, in case that one is to begin
        call = functools.partial(self._line.call, "FCALL", f"{library}_{name}", 1, f"{self._prefix}meta", epoch, *args)
        with self._errors():
            try:
                return call()
            except redis.ResponseError as error:
                if "function not found" not in str(error).lower():
                    raise
            # New here, or after a flush, or on a server that was promoted.
            try:
                self._redis.function_load(code)
            except redis.ResponseError as error:
                if "already exists" not in str(error):
                    raise
            return call()

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

_changes = msgspec.json.Decoder(Changes)
_entry = msgspec.json.Decoder(LogEntry)
_json = msgspec.json.Encoder().encode
_msgpack = msgspec.msgpack.Encoder().encode


def _library() -> tuple[str, str]:
    """The function library's name and code. The name follows the code, so two versions can run side by side."""
    global _loaded
    if _loaded is None:
        code = resources.files("phloem").joinpath("channel.lua").read_text("utf-8")
        name = "phloem_" + hashlib.sha256(code.encode()).hexdigest()[:8]
        for key, fields in (("DESCRIPTION", DESCRIPTION), ("ARRIVAL", ARRIVAL), ("OUTCOME", OUTCOME)):
            code = code.replace(f"${key}", ", ".join(f"'{field}'" for field in fields))
        code = code.replace("$LEASE", str(LEASE))
        _loaded = name, f"#!lua name={name}\n" + code.replace("$NAME", name)
    return _loaded


_loaded: tuple[str, str] | None = None


class _Kept(msgspec.Struct, frozen=True):
    """A task as the function library keeps it, as far as it concerns us: fields as JSON text.

    Lua cannot tell an empty table from an empty list.
    """

    json_id: str
    state: State
    offset: int
    first: int
    run: str | None = None
    json_run: str = "null"
    row: dict[str, str] | tuple[()] = ()
    long: dict[str, str] | tuple[()] = ()

    def task(self) -> Task:
        """With its long fields."""
        own = {
            "id": self.json_id,
            "state": f'"{self.state}"',
            "offset": str(self.offset),
            "first_offset": str(self.first),
            "run": "null" if self.run is None else self.json_run,
        }
        fields = own | dict(self.row) | dict(self.long)
        return msgspec.json.decode("{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}", type=Task)


_kept = msgspec.msgpack.Decoder(_Kept)


_said = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PLACES = {
    **{name: ("first", name) for name in DESCRIPTION},
    **{name: ("set", name) for name in ARRIVAL + OUTCOME},
    **{LONG[name]: ("long_first", name) for name in DESCRIPTION if name in LONG},
    **{LONG[name]: ("long_set", name) for name in OUTCOME if name in LONG},
}
"""Where the function library looks for a field of an event, and the name that it has there."""


def _parts(event: Event) -> dict[str, Any]:
    """An event as the function library reads it: values as JSON text, so that Lua never has to understand them."""
    said = _said.decode(_json(event))
    parts: dict[str, Any] = {
        "id": event.id,
        "json_id": _text(said["id"]),
        "rank": event.rank,
        "attempt": event.attempt,
        "source": event.source,
        "seq": event.seq,
        "at": _text(said["at"]),
    }
    if event.state is not None:
        parts["state"] = event.state
    if event.run is not None:
        parts["run"], parts["json_run"] = event.run, _text(said["run"])
    if event.lease is not None:
        parts["lease"] = event.lease
    if event.call is not None:
        parts["call"] = event.call
    if event.log:
        parts["log"] = [_json(value).decode() for line in event.log for value in (line.at, line.level, line.message)]
    if passed := event.passed:
        parts["passed"] = [text for state, at in passed for text in (state, _json(at).decode())]
    if event.steps is not None:
        parts["set"] = {"percent": "null"}  # steps say what is known of the whole: that nothing is known, too
    for field, value in said.items():
        if field in _PLACES:
            place, name = _PLACES[field]
            parts.setdefault(place, {})[name] = _text(value)
    return parts


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


def _order(entry_id: str) -> tuple[int, int]:
    """The place of a log entry: milliseconds, and a number within them. Nothing comes before the first."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds or 0), int(number or -1)
