"""What somebody else writes under the record's keys, and publishes on its channel, costs no more than that."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import msgspec
import pytest
import redis

from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.record.record import Doubtful, Subscribed
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.mirror.follower import CHECK_EVERY, DOUBT_SECONDS, Follower
from tests.contract.telling import Producer, hear
from tests.waiting import wait_until

CHANNEL = "phloem:{phloem}:events"
TASK = "phloem:{phloem}:task:"


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def channel(redis_url: str) -> Iterator[RedisChannel]:
    with closing(RedisChannel(Settings(redis_url=redis_url))) as channel:
        yield channel


def _changed(kept: bytes, **fields: object) -> bytes:
    return msgspec.msgpack.encode({**msgspec.msgpack.decode(kept), **fields})


RUBBISH: dict[str, Callable[[redis.Redis, str, bytes], object]] = {
    "no MessagePack": lambda client, key, _: client.set(key, b"\xc1\xff rubbish"),
    "nothing": lambda client, key, _: client.set(key, b""),
    "a number": lambda client, key, _: client.set(key, msgspec.msgpack.encode(5)),
    "half of a task": lambda client, key, kept: client.set(key, kept[: len(kept) // 2]),
    "another task": lambda client, key, kept: client.set(key, _changed(kept, id="other")),
    "an empty map": lambda client, key, _: client.set(key, b"\x80"),
    "wrong types": lambda client, key, kept: client.set(key, _changed(kept, row=5, told=[1], offset="x")),
    "a row that is no JSON": lambda client, key, kept: client.set(key, _changed(kept, row={"percent": '{"'})),
    "a row that is another JSON": lambda client, key, kept: client.set(key, _changed(kept, row={"percent": '"x"'})),
    "a state that is none": lambda client, key, kept: client.set(key, _changed(kept, state="ON FIRE")),
    "megabytes": lambda client, key, _: client.set(key, b"\xdb\x00\xa0\x00\x00" + b"x" * 10_485_760),
    "a list": lambda client, key, _: (client.delete(key), client.rpush(key, "x")),
    "a hash": lambda client, key, _: (client.delete(key), client.hset(key, "x", "y")),
}


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_under_the_key_of_a_task_hides_that_task_and_is_told_once(
    channel: RedisChannel, client: redis.Redis, rubbish: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = Producer()
    channel.record([said(State.STARTED, id=f"t{number}") for number in range(5)])
    kept = client.get(f"{TASK}t2")
    assert isinstance(kept, bytes)
    RUBBISH[rubbish](client, f"{TASK}t2", kept)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            rows = {task.id for page in channel.changed(Position()) for task in page.tasks}
            assert rows == {"t0", "t1", "t3", "t4"}
            assert channel.task("t2") is None
        assert len(caplog.records) <= 2, "once for its row, once for itself"
    assert channel.record([said(State.SUCCESS, id="t3"), said(State.SUCCESS, id="t4")]).verdicts == ("ok", "ok")


@pytest.mark.parametrize("rubbish", ["no MessagePack", "a list", "half of a task", "a number"])
def test_a_task_whose_value_was_lost_is_recorded_again_by_its_next_event(
    channel: RedisChannel, client: redis.Redis, rubbish: str
) -> None:
    said = Producer()
    channel.record([said(State.STARTED)])
    RUBBISH[rubbish](client, f"{TASK}t1", b"")
    client.delete("phloem:{phloem}:log:t1")
    client.set("phloem:{phloem}:log:t1", "no list")
    assert channel.log("t1") == ()
    assert channel.record([said(State.SUCCESS)]).verdicts == ("begin",)
    task = channel.task("t1")
    assert task is not None
    assert task.state is State.SUCCESS
    assert [entry.message for entry in channel.log("t1")] == ["SUCCESS"]


def test_a_log_that_somebody_fills_is_read_and_extended_no_further_than_ours(
    channel: RedisChannel, client: redis.Redis
) -> None:
    said, log = Producer(), "phloem:{phloem}:log:t1"
    channel.record([said(State.STARTED)])
    for _ in range(100):
        client.rpush(log, *[b"rubbish"] * 1000)
    assert [entry.message for entry in channel.log("t1")] == ["STARTED"]
    channel.record([said(State.SUCCESS)])
    assert client.llen(log) <= 1000
    assert [entry.message for entry in channel.log("t1", limit=1000)][-1] == "SUCCESS"


def test_a_message_without_the_seal_of_the_record_is_doubtful(channel: RedisChannel, client: redis.Redis) -> None:
    said = Producer()
    with closing(channel.listen(idle=1)) as heard, client.pubsub() as spy:  # type: ignore[no-untyped-call]
        hear(heard, Subscribed)
        spy.subscribe(CHANNEL)
        wait_until(lambda: spy.get_message(timeout=1), 40, "it is confirmed")
        channel.record([said(State.STARTED)])
        true = hear(heard, Changes)
        published: bytes = wait_until(lambda: spy.get_message(timeout=1), 40, "the message")["data"]
        ahead = f'"to":{true.to}'.encode(), f'"to":{true.to + 1000}'.encode()
        for forged in (published.replace(*ahead), published.replace(b'{"seal"', b'{"x"'), published[:50], b""):
            client.publish(CHANNEL, forged)
            hear(heard, Doubtful)
        client.publish(CHANNEL, published)
        assert hear(heard, Changes) == true


def test_forged_messages_cost_nobody_the_view_and_make_nobody_read_the_record_for_each(
    channel: RedisChannel, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Producer()
    channel.record([said(State.STARTED, id=f"t{number}") for number in range(50)])
    reads, changed = [], channel.changed

    def counted(since: Position) -> Iterator[Changes]:
        reads.append(since)
        return changed(since)

    monkeypatch.setattr(channel, "changed", counted)
    follower = Follower(channel)
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        wait_until(lambda: follower.live, 40, "it follows")
        replaced, down = follower.mirror.replaced, []
        follower.on_status.add(lambda: down.append(follower.status.live))
        here, heard = follower.position, follower.counts.heard
        row = f'"tasks":[{{"id":"t1","state":"FAILURE","offset":{10**6},"first_offset":1}}],"drop":["t2"]'
        beginning = time.monotonic()
        reads.clear()
        for number in range(500):
            for epoch, start, end in ((here.epoch, here.offset, 10**6 + number), ("other", 0, 5), ("", 0, 0)):
                client.publish(CHANNEL, f'{{"epoch":"{epoch}","from":{start},"to":{end},{row},"reset":true}}')
        channel.record([said(State.SUCCESS, id="t3")])
        wait_until(lambda: follower.counts.heard > heard, 40, "what came after them is heard")
        seconds = time.monotonic() - beginning
        task = follower.index.get("t1")
        assert task is not None
        assert task.state is State.STARTED
        assert follower.index.get("t2") is not None
        assert (follower.mirror.replaced, down, follower.position.offset) == (replaced, [], 51)
        assert len(reads) <= 3 + seconds / DOUBT_SECONDS + seconds / CHECK_EVERY
    finally:
        follower.stop()
        thread.join()
