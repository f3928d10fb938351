"""Workers that have leases, as the record tells of them: in Redis and in memory."""

from __future__ import annotations

import time

import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.redis_stores.workers import RedisWorkers
from phloem.record.stores.workers import GONE_KEPT_SECONDS, WorkerFacts
from phloem.settings import Settings

ANN = WorkerFacts(name="ann@here", pid=7, since=5.0, pool="prefork", slots=2, queues=("default", "mail"))
FOREVER = 10**6


def test_a_worker_is_known_for_as_long_as_its_lease_lasts_and_then_as_gone(channel: Channel) -> None:
    channel.heartbeat("a", FOREVER)
    channel.workers.introduce("a", ANN)
    [known] = channel.workers.all()
    assert (known.facts, known.ended_at) == (ANN, None)
    channel.heartbeat("a", 0)
    [gone] = channel.workers.all()
    assert gone.facts == ANN
    assert gone.ended_at is not None
    assert gone.said_goodbye


def test_the_lease_of_a_process_without_a_worker_is_none_of_a_worker(channel: Channel) -> None:
    channel.heartbeat("a", FOREVER)
    assert channel.workers.all() == ()
    channel.heartbeat("a", 0)
    assert channel.workers.all() == ()


def test_one_that_is_not_heard_of_has_vanished(redis_url: str) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    channel.heartbeat("a", FOREVER)
    channel.workers.introduce("a", ANN)
    with redis.Redis.from_url(redis_url) as client:
        client.zadd("phloem:{phloem}:leases", {"a": 1})
        channel.heartbeat("b", FOREVER)
        [gone] = channel.workers.all()
        assert (gone.ended_at is not None, gone.said_goodbye) == (True, False)
        later = RedisWorkers(client, "here", "phloem:{phloem}:", lambda: (gone.ended_at or 0.0) + GONE_KEPT_SECONDS + 1)
        assert later.all() == ()
        later.introduce("b", ANN)
        assert client.hkeys("phloem:{phloem}:workers") == [b"b"]
        assert client.hkeys("phloem:{phloem}:departed") == []


def test_what_somebody_wrote_in_its_place_is_no_worker(redis_url: str) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    channel.heartbeat("a", FOREVER)
    with redis.Redis.from_url(redis_url) as client:
        client.hset("phloem:{phloem}:workers", mapping={"a": "{", "b": "1"})
        client.hset("phloem:{phloem}:departed", "b", "nonsense")
    assert channel.workers.all() == ()


def test_a_worker_tells_by_how_much_its_clock_differs_from_that_of_redis(redis_url: str) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    with redis.Redis.from_url(redis_url) as client:
        ahead = RedisWorkers(client, "here", "phloem:{phloem}:", lambda: time.time() + 30)
        channel.heartbeat("a", FOREVER)
        ahead.introduce("a", ANN)
    [known] = channel.workers.all()
    assert known.facts == ANN
    assert known.clock_ahead == pytest.approx(30, abs=1)
