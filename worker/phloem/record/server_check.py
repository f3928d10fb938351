"""Whether a server can hold the record: its version, what it permits, whether it keeps what it is given, and whether it
holds a record of another format.
"""

from __future__ import annotations

import re
from typing import Any

import redis

from phloem.record.function_calls import FunctionCalls
from phloem.record.record import ChannelError, ChannelRefused
from phloem.record.redis_errors import not_permitted, translated
from phloem.record.redis_py import code_of
from phloem.record.rights import missing

_REFUSED = ("NOPERM", "FORMAT")
"""Codes of errors that end once an operator acts. A process that starts is not to wait for that unseen."""


def check(client: redis.Redis, functions: FunctionCalls, prefix: str, address: str, *, is_cluster: bool) -> str | None:
    """A warning to show, if there is one.

    Raises ChannelError if the server cannot be reached, and ChannelRefused if it cannot hold the record until somebody
    changes something.
    """
    try:
        info = _info(client, address)
        if lacking := missing(functions, prefix, is_cluster=is_cluster):
            raise ChannelRefused(f"{not_permitted(address)}: it lacks {' '.join(lacking)}")
        functions.call("known")
    except ChannelError as error:
        if isinstance(error.__cause__, redis.ResponseError) and code_of(error.__cause__) in _REFUSED:
            raise ChannelRefused(str(error)) from error.__cause__
        raise
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if int(info.get("maxmemory", 0)) and policy != "noeviction":
        return f"Redis at {address} may evict tasks (maxmemory-policy {policy}); noeviction keeps them."
    return None


def is_open(client: redis.Redis, address: str) -> bool:
    """Whether the server asks nobody for a password. False where it does not tell. Raises ChannelError."""
    try:
        with translated(address):
            user: Any = client.acl_getuser("default")
    except ChannelError as error:
        if isinstance(error.__cause__, redis.ResponseError):  # only its operators may see that
            return False
        raise
    return "nopass" in user["flags"]


def _info(client: redis.Redis, address: str) -> dict[str, Any]:
    """What the server says of itself. Raises ChannelRefused if it is too old."""
    info: dict[str, Any] = {}
    try:
        with translated(address):
            info = client.info()
    except ChannelRefused as refusal:
        if "unknown command" not in str(refusal):  # a server so old that it does not know the client's greeting
            raise
    version = str(info.get("redis_version", "unknown"))
    major = re.match(r"\d+", version)
    if major is None or int(major.group()) < 7:
        raise ChannelRefused(f"Redis at {address} is version {version}; Phloem needs Redis 7 or newer, or Valkey.")
    return info
