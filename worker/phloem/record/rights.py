"""What a user of Redis has to be permitted, so that the record can be kept with that user.

Rights are tried and not read: the functions ask Redis whether this user may call each command, and nothing is called.
"""

from __future__ import annotations

from phloem.record.function_calls import FunctionCalls

CALLS = (
    *("get KEY", "getrange KEY 0 1", "mget KEY", "set KEY 1", "mset KEY 1", "del KEY", "exists KEY", "expire KEY 1"),
    *("incr KEY", "decr KEY"),
    *("hget KEY 1", "hmget KEY 1", "hgetall KEY", "hkeys KEY", "hexists KEY 1", "hset KEY 1 1", "hsetnx KEY 1 1"),
    "hdel KEY 1",
    *("lrange KEY 0 1", "rpush KEY 1", "ltrim KEY 0 1", "sadd KEY 1", "srem KEY 1", "spop KEY"),
    *("zadd KEY 1 1", "zrem KEY 1", "zcard KEY", "zrange KEY 0 1", "zrangebyscore KEY 0 1", "zpopmin KEY"),
    *("xadd KEY * 1 1", "xdel KEY 1", "xlen KEY", "xrange KEY - +", "xrevrange KEY + -"),
    *("info server", "time", "multi", "exec", "eval 1 1 KEY", "fcall 1 1 KEY", "function load 1"),
)
"""The commands that the record calls. They are whole, with a key of the record where KEY stands: Valkey 9.1 ends itself
when it is asked about half a one."""

OF_ONE_SERVER = ("publish CHANNEL 1", "subscribe CHANNEL")
OF_A_CLUSTER = ("spublish CHANNEL 1", "ssubscribe CHANNEL", "cluster slots")
"""Further ones, which are others in a cluster."""


def right(call: str, channel: str) -> str:
    """What permits a call, as `ACL SETUSER` spells it."""
    name, *words = call.split()
    if name in ("function", "cluster"):
        return f"+{name}|{words[0]}"
    return f"+{name} &{channel}" if "CHANNEL" in words else f"+{name}"


def missing(functions: FunctionCalls, prefix: str, *, is_cluster: bool) -> list[str]:
    """The rights that this user lacks. Raises ChannelError or ChannelRefused, as where it may not even ask."""
    key, channel = f"{prefix}right", f"{prefix}events"
    calls = CALLS + (OF_A_CLUSTER if is_cluster else OF_ONE_SERVER)
    permitted = functions.call("rights", *(call.replace("KEY", key).replace("CHANNEL", channel) for call in calls))
    return [right(call, channel) for call, may in zip(calls, permitted, strict=True) if not may]
