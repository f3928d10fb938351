"""Where versions of redis-py differ, from 5.0 on."""

from __future__ import annotations

from typing import Any

import redis

VERSION = tuple(int(part) for part in redis.__version__.split(".")[:2])


def take_connection(client: redis.Redis) -> Any:
    """A connection from the client's pool, which is not given back."""
    pool: Any = client.connection_pool
    if VERSION < (5, 3):
        return pool.get_connection("FCALL")  # has to be told a command, and does not use it
    return pool.get_connection()


_CODES = {
    redis.exceptions.AskError: "ASK",
    redis.exceptions.MovedError: "MOVED",
    redis.exceptions.TryAgainError: "TRYAGAIN",
    redis.exceptions.ClusterDownError: "CLUSTERDOWN",
    redis.exceptions.ReadOnlyError: "READONLY",
    redis.exceptions.NoPermissionError: "NOPERM",
    redis.exceptions.OutOfMemoryError: "OOM",
}


def code_of(error: redis.ResponseError) -> str:
    """The word with which the server's message begins. redis-py removes it where it has a class for it, and has more
    classes from version to version.
    """
    return _CODES.get(type(error)) or str(error).partition(" ")[0]
