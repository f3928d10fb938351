"""What redis-py raises, as errors of the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from phloem.record.record import ChannelError, ChannelRefused

_TEMPORARY = (
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
)
_TEMPORARY_WORDS = ("BUSY", "MISCONF", "NOREPLICAS")
"""Refusals that end by themselves, or once an operator acts. redis-py has a class for some, and then removes the first
word of the server's message; the others are known by that word."""


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Raises ChannelError, or ChannelRefused, for what redis-py raises within. `address` says where Redis is."""
    try:
        yield
    except redis.ResponseError as error:
        temporary = isinstance(error, _TEMPORARY) or str(error).startswith(_TEMPORARY_WORDS)
        raise (ChannelError if temporary else ChannelRefused)(f"Redis at {address} says: {error}") from error
    except UnicodeEncodeError as error:
        raise ChannelRefused(f"Half of a surrogate pair cannot be sent to Redis: {error}") from error
    except (redis.RedisError, OSError) as error:
        raise ChannelError(f"Redis at {address} does not answer: {error}") from error
