"""The record in a Redis that is full or takes no writes, and a record that is bounded in bytes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import redis

from phloem.model.changes import Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record import redis_record
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.access import Session
from phloem.record.stores.users import User
from phloem.reporting.recorder import Recorder
from phloem.settings import Settings
from tests.contract.telling import Producer
from tests.processes import Redis, running_redis
from tests.waiting import wait_until

CALL = b"x" * 10_000


@pytest.fixture(scope="module")
def own_redis() -> Iterator[Redis]:
    """A Redis that tests may misconfigure, as long as they mend it."""
    with running_redis() as server:
        yield server


@pytest.fixture
def client(own_redis: Redis) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(own_redis.url) as client:
        client.flushall()
        yield client
        client.config_set("maxmemory", 0)
        client.replicaof("NO", "ONE")


@pytest.fixture
def channel(own_redis: Redis, client: redis.Redis) -> Iterator[RedisChannel]:
    with closing(RedisChannel(Settings(redis_url=own_redis.url))) as channel:
        channel.record([Producer()(State.STARTED, id="runs", lease="w1")])
        yield channel


def fill(channel: RedisChannel, tasks: int) -> None:
    said = Producer("fill")
    for start in range(0, tasks, 100):
        channel.record([said(State.SUCCESS, id=f"t{start + each}", call=CALL) for each in range(100)])


def ids(channel: RedisChannel) -> set[str]:
    return {task.id for page in channel.changed(Position()) for task in page.tasks}


def used(client: redis.Redis) -> int:
    return int(client.info("memory")["used_memory"])


def test_a_full_redis_is_read_workers_stay_alive_and_it_says_what_is_wrong(
    channel: RedisChannel, client: redis.Redis
) -> None:
    assert channel.trouble() is None
    client.config_set("maxmemory", 1)
    with pytest.raises(ChannelError):
        channel.record([Producer()(State.STARTED, id="t2")])
    assert ids(channel) == {"runs"}
    assert channel.heartbeat("w1", 10)
    channel.sessions.begin("mine", Session(started_at=1.0), 0.0)
    channel.sessions.saw({"mine": 2.0})
    assert channel.sessions.ids() == {"mine"}, "people get in to see what is wrong"
    ann = User(name="ann", role="admin", hash="", created_at=1.0, changed_at=1.0)
    assert channel.users.add(ann)
    assert channel.users.change("ann", lambda user: user) == ann
    assert channel.keys.get("new") == channel.keys.get("new")
    channel.tokens.revoke("leaked", math.inf, 0.0)
    assert channel.tokens.revoked() == {"leaked"}
    assert channel.keys.renew("new") == channel.keys.get("new"), "tokens are void"
    assert "Redis is full (maxmemory)" in str(channel.trouble())
    client.config_set("maxmemory", 0)
    assert channel.trouble() is None


def test_a_worker_that_has_something_to_tell_keeps_its_tasks_in_a_full_redis(
    own_redis: Redis, channel: RedisChannel, client: redis.Redis
) -> None:
    renewed: list[str] = []

    class Counting(RedisChannel):
        def heartbeat(self, lease: str, seconds: int) -> str:
            renewed.append(lease)
            return super().heartbeat(lease, seconds)

    recorder = Recorder(lambda: Counting(Settings(redis_url=own_redis.url)), lease_seconds=2, heartbeat=0.25)
    recorder.hold("w1")
    wait_until(lambda: renewed, 60, "the lease is held")
    client.config_set("maxmemory", 1)
    recorder.report(Event(id="t2", at=1.0, run="r", state=State.STARTED))
    wait_until(lambda: recorder.failing, 60, "its event is refused")
    begun, end = len(renewed), time.monotonic() + 3
    wait_until(lambda: len(renewed) > begun + 4 and time.monotonic() > end, 60, "more time passes than a lease lasts")
    assert [task.state for page in channel.changed(Position()) for task in page.tasks] == [State.STARTED]
    client.config_set("maxmemory", 0)
    wait_until(lambda: "t2" in ids(channel), 60, "what was refused is recorded")
    recorder.close()


def test_in_a_full_redis_the_tasks_that_ended_first_make_room_and_no_event_is_lost(
    channel: RedisChannel, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_record, "KEPT_WHEN_FULL", 100)
    fill(channel, 400)
    client.config_set("maxmemory", used(client))
    recorder = Recorder(lambda: channel)
    for number in range(20):
        recorder.report(Event(id=f"late{number}", at=1.0, run="r", state=State.STARTED, call=CALL))
    wait_until(lambda: recorder.flush(0.2), 60, "all is recorded")
    recorder.close()
    left = ids(channel)
    assert {"runs", "t399", "late0", "late19"} <= left
    assert "t0" not in left
    assert recorder.lost == 0


def test_where_what_fills_redis_is_not_ours_so_many_tasks_stay(
    channel: RedisChannel, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_record, "KEPT_WHEN_FULL", 100)
    fill(channel, 200)
    client.config_set("maxmemory", 1)
    for _ in range(3):
        with pytest.raises(ChannelError):
            channel.record([Producer()(State.STARTED, id="t2")])
    assert len(ids(channel)) == 101


def test_a_redis_that_takes_no_writes_is_read(channel: RedisChannel, client: redis.Redis) -> None:
    client.replicaof("127.0.0.1", 1)
    assert ids(channel) == {"runs"}
    assert "Nothing is recorded for now" in str(channel.trouble())
    client.replicaof("NO", "ONE")
    client.flushall()
    client.replicaof("127.0.0.1", 1)
    with pytest.raises(ChannelError):  # there is no record that could be read
        ids(channel)


def test_a_record_takes_so_many_bytes_and_no_more(own_redis: Redis, client: redis.Redis) -> None:
    bound = 2_000_000
    with closing(RedisChannel(Settings(redis_url=own_redis.url, retention_bytes=bound))) as channel:
        channel.record([Producer()(State.STARTED, id="runs")])
        fill(channel, 1000)
        left = ids(channel)
        assert {"runs", "t999"} <= left
        assert "t0" not in left
        assert 100 < len(left) < 300
        assert sum(client.memory_usage(key) or 0 for key in client.keys("*")) < 1.3 * bound
        said = Producer("logs")
        for number in range(400):
            channel.record([said(State.PENDING, id=f"p{number}", call=CALL)])
        assert len(ids(channel)) < 300, "tasks that have not ended are bounded as well"


def test_what_is_counted_is_what_is_there(channel: RedisChannel, client: redis.Redis) -> None:
    def agrees() -> bool:
        channel.heartbeat("w1", 10)  # once a second, what was counted is written
        keys = [key for kind in ("task", "call") for key in client.keys(f"phloem:{{phloem}}:{kind}:*")]
        logs = [entry for key in client.keys("phloem:{phloem}:log:*") for entry in client.lrange(key, 0, -1)]
        there = sum(client.strlen(key) for key in keys) + sum(map(len, logs)) + 400 * sum(b":task:" in k for k in keys)
        return int(client.hget("phloem:{phloem}:meta", "bytes") or 0) == there

    fill(channel, 100)
    again = Producer("again")
    channel.record([again(State.PENDING, id="t0", run="r2", call=b"short", at=1863700000.0)])
    with closing(RedisChannel(Settings(redis_url=channel.settings.redis_url, retention_tasks=50))) as small:
        small.record([again(State.SUCCESS, id="t1", run="r3", at=1863700001.0)])
    wait_until(agrees, 60, "the counts agree")
