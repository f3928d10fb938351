"""The functions remember the tasks that they stored last: that shows in nothing but the time that an event takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
import redis

from phloem.model.state import State
from phloem.record import encoding
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.contract.telling import Producer


@pytest.fixture
def channel(redis_url: str) -> Iterator[RedisChannel]:
    with closing(RedisChannel(Settings(redis_url=redis_url))) as channel:
        yield channel


def test_a_value_that_somebody_put_in_place_of_a_task_counts_for_its_next_event(
    channel: RedisChannel, redis_url: str
) -> None:
    said, key = Producer(), "phloem:{phloem}:task:t1"
    with redis.Redis.from_url(redis_url) as client:
        channel.record([said(State.STARTED)])
        before = client.get(key)
        channel.record([said(State.PROGRESS, message="half")])
        assert isinstance(before, bytes)
        client.set(key, before)
    channel.record([said(State.SUCCESS)])
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.message) == (State.SUCCESS, None)


def test_a_call_that_fails_leaves_nothing_of_what_it_did_to_a_task(
    channel: RedisChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, encode = Producer(), encoding.encode_events
    channel.record([said(State.STARTED)])
    event = said(State.PROGRESS, message="half")
    with monkeypatch.context() as broken:
        broken.setattr(
            encoding,
            "encode_events",
            lambda events: msgspec.msgpack.encode([*msgspec.msgpack.decode(encode(events)), {"id": "t1"}]),
        )
        with pytest.raises(ChannelError):
            channel.record([event])
    assert channel.record([event]).verdicts == ("ok",)


def test_the_tasks_that_are_remembered_take_little_memory(channel: RedisChannel, redis_url: str) -> None:
    said = Producer()
    for first in range(0, 3000, 100):
        channel.record([said(State.STARTED, id=f"t{first + i}", kwargs="x" * 1000) for i in range(100)])
    with redis.Redis.from_url(redis_url) as client:
        assert client.info("memory")["used_memory_vm_functions"] < 4_000_000, "without a bound it takes 11 MB"
