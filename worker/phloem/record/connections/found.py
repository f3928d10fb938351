"""Connections to a server that has to be looked up: it is another one after a failover."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from phloem.record.connections.options import client, of_connections
from phloem.record.redis_py import code_of
from phloem.settings import RedisUrl

Find = Callable[[], tuple[str, int]]
"""Host and port of the server that holds the record at this moment. Raises redis.ConnectionError."""

if TYPE_CHECKING:
    _Base = redis.Connection
else:
    _Base = object


class Elsewhere(redis.ConnectionError):
    """The server does not hold the record any more: it did nothing, and says so."""


class _Found(_Base):
    """Looks up its server each time it connects."""

    def __init__(self, *, find: Find, look_up_seconds: float, **options: Any) -> None:
        self._find = find
        self._look_up_seconds = look_up_seconds
        self._looked_up_at = 0.0
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def has_moved(self) -> bool:
        """Whether the record is known to be on another server by now. Asks once in `look_up_seconds`."""
        if time.monotonic() - self._looked_up_at < self._look_up_seconds:
            return False
        self._looked_up_at = time.monotonic()
        try:
            return self._find() != (self.host, self.port)
        except redis.ConnectionError:  # nobody knows better
            return False

    def _connect(self) -> Any:
        self.host, self.port = self._find()
        self._looked_up_at = time.monotonic()
        return super()._connect()  # type: ignore[no-untyped-call]

    def read_response(self, *args: Any, **options: Any) -> Any:
        """An answer. Raises `Elsewhere` in place of the errors which say that another server has to be asked."""
        try:
            return super().read_response(*args, **options)
        except redis.ResponseError as error:
            if code_of(error) not in ("MOVED", "READONLY", "CLUSTERDOWN"):
                raise
            raise Elsewhere(f"another server holds the record ({error})") from error


class _FoundConnection(_Found, redis.Connection):
    """Without TLS."""


class _FoundSSLConnection(_Found, redis.SSLConnection):
    """With TLS."""


class _FoundPool(redis.BlockingConnectionPool):
    """Gives out connections to the server that holds the record now."""

    def get_connection(self, *args: Any, **options: Any) -> Any:
        """A connection, for its user to give back."""
        connection = super().get_connection(*args, **options)  # type: ignore[no-untyped-call]
        if has_moved(connection):
            connection.disconnect()  # it connects with the next command
        return connection


def has_moved(connection: object) -> bool:
    """Whether a connection leads to a server that does not hold the record any more, as far as that is known."""
    return isinstance(connection, _Found) and connection.has_moved()


def found_client(url: RedisUrl, find: Find, look_up_seconds: float = math.inf) -> redis.Redis:
    """A client of the server that `find` finds. A command that was sent to the wrong one is sent to the right one.

    Where the wrong one does not say so, `has_moved` finds it out within `look_up_seconds`.
    """
    options = {**of_connections(url), "retry": Retry(NoBackoff(), 1, supported_errors=(Elsewhere,))}
    kind = _FoundSSLConnection if url.tls else _FoundConnection
    return client(
        kind, pool=_FoundPool, find=find, look_up_seconds=look_up_seconds, retry_on_error=[Elsewhere], **options
    )
