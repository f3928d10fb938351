"""What redis-py raises, as errors of the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from phloem.record.connections.found import Elsewhere
from phloem.record.functions.library import FORMAT
from phloem.record.record import ChannelError, ChannelRefused
from phloem.record.redis_py import code_of
from phloem.settings import WHERE_IT_IS, is_embedded

_TEMPORARY = ("OOM", "READONLY", "CLUSTERDOWN", "TRYAGAIN", "ASK", "BUSY", "MISCONF", "NOREPLICAS", "NOPERM", "FORMAT")
"""Codes of refusals that end by themselves, or once an operator acts."""

_PASSWORD = (
    "PHLOEM_REDIS_URL may hold it; that of `phloem redis` is kept in its data folder, found there if PHLOEM_DATA_DIR "
    "is the same."
)


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Raises ChannelError, or ChannelRefused, for what redis-py raises within. `address` says where Redis is."""
    try:
        yield
    except redis.ResponseError as error:
        refused = ChannelError if code_of(error) in _TEMPORARY else ChannelRefused
        raise refused(_sentence(address, error)) from error
    except UnicodeEncodeError as error:
        raise ChannelRefused(f"Half of a surrogate pair cannot be sent to Redis: {error}") from error
    except redis.AuthenticationError as error:
        raise ChannelError(f"Redis at {address} lets this process in with its password only. {_PASSWORD}") from error
    except Elsewhere as error:
        raise ChannelError(f"Redis at {address} is changing hands: {error}") from error
    except (redis.RedisError, OSError) as error:
        hint = f" ({WHERE_IT_IS})" if is_embedded(address) else ""
        raise ChannelError(f"Redis at {address} does not answer: {error}{hint}") from error


def _sentence(address: str, error: redis.ResponseError) -> str:
    """What an error that Redis answered means."""
    match code_of(error), str(error):
        case "ASK", _:  # not followed: a call there would find the other half of the keys
            return f"Redis at {address} says: The slot of the record moves to another node"
        case "MOVED", _:
            return f"Redis at {address} is a node of a cluster: PHLOEM_REDIS_URL has to begin with redis+cluster://"
        case "NOPERM", said:
            return f"{not_permitted(address)}: {said}"
        case "FORMAT", said:
            return (
                f"The record in Redis at {address} has format {said.split()[1]}, and this version of Phloem knows "
                f"format {FORMAT}: give all processes the same version, or this one another PHLOEM_NAMESPACE"
            )
        case _, said:
            return f"Redis at {address} says: {said}"


def not_permitted(address: str) -> str:
    """The beginning of a sentence that says which right is missing."""
    return f"Redis at {address} does not permit this user all that the record needs (docs/operating.md lists it)"


def is_full(error: BaseException) -> bool:
    """Whether an error of the record says that Redis has reached its `maxmemory`."""
    return isinstance(error.__cause__, redis.exceptions.OutOfMemoryError)


def is_refusal(error: BaseException) -> bool:
    """Whether an error of the record is what Redis answered, and not that it did not answer."""
    return isinstance(error.__cause__, redis.ResponseError)


def is_wrong_type(error: redis.ResponseError) -> bool:
    """Whether a key holds another type of value than the command is about."""
    return str(error).startswith("WRONGTYPE")
