"""Bounds of the record: the work of one call, what is kept of one task, and events that a full server refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import redis

from phloem.model.changes import Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import ChannelError, ChannelRefused
from phloem.record.redis_record import RedisChannel
from phloem.reporting.recorder import Recorder
from phloem.settings import Settings
from tests.processes import Redis, running_redis
from tests.waiting import wait_until

MANY = 4500
"""More tasks than Lua can pass on in one call."""


@pytest.fixture
def channel(redis_url: str) -> RedisChannel:
    return RedisChannel(Settings(redis_url=redis_url))


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis that a test may misconfigure."""
    with running_redis() as server:
        yield server


def begin(number: int, lease: str) -> Event:
    return Event(id=f"t{number}", at=1.0, source=lease, seq=1, run="r1", state=State.STARTED, lease=lease)


def rows(channel: RedisChannel) -> tuple[list[int], dict[str, Task]]:
    """The offsets of all tasks, and the tasks."""
    found: dict[str, Task] = {}
    for page in channel.changed(Position()):
        found.update({task.id: task for task in page.tasks})
    return sorted(task.offset for task in found.values()), found


@pytest.mark.parametrize("ends", [True, False], ids=["says goodbye", "vanishes"])
def test_when_a_worker_ends_all_of_its_thousands_of_tasks_become_lost(channel: RedisChannel, ends: bool) -> None:
    for start in range(0, MANY, 100):
        channel.record([begin(number, "w1") for number in range(start, start + 100)])
    client = redis.Redis.from_url(channel.settings.redis_url)
    longest = 0
    with client.pubsub() as pubsub:  # type: ignore[no-untyped-call]
        pubsub.subscribe("phloem:{phloem}:events")
        wait_until(lambda: pubsub.get_message(timeout=1), 40, "it is confirmed")
        if ends:
            channel.heartbeat("w1", 0)
        else:
            client.zadd("phloem:{phloem}:leases", {"w1": 1})
        wait_until(lambda: all(task.state is State.LOST for task in rows(channel)[1].values()), 60, "all are LOST")
        while message := pubsub.get_message(timeout=0.2):
            if message["type"] == "message":
                longest = max(longest, len(message["data"]))
    offsets, found = rows(channel)
    assert len(found) == MANY
    assert offsets == sorted(set(offsets))
    assert not client.exists("phloem:{phloem}:lease:w1")
    assert 0 < longest < 200_000
    client.close()


def test_the_tasks_of_many_workers_that_vanish_at_once_become_lost_call_by_call(channel: RedisChannel) -> None:
    for lease in range(60):
        channel.record([begin(lease * 20 + number, f"w{lease}") for number in range(20)])
    with redis.Redis.from_url(channel.settings.redis_url) as client:
        client.zadd("phloem:{phloem}:leases", {f"w{lease}": 1 for lease in range(60)})
        wait_until(lambda: all(task.state is State.LOST for task in rows(channel)[1].values()), 20, "all are LOST")
        assert client.keys("phloem:{phloem}:lease:*") == []
        assert client.zcard("phloem:{phloem}:leases") == 0


def test_a_task_that_is_retried_without_end_stays_small(channel: RedisChannel) -> None:
    for start in range(0, 3000, 50):
        channel.record(
            [
                Event(
                    id="t1",
                    at=float(attempt),
                    source=f"child{attempt}",
                    seq=1,
                    run=f"run{attempt:020}",
                    attempt=attempt,
                    state=State.RETRY,
                )
                for attempt in range(start, start + 50)
            ]
        )
    with redis.Redis.from_url(channel.settings.redis_url) as client:
        assert client.strlen("phloem:{phloem}:task:t1") < 5000
    late = Event(id="t1", at=1.0, source="late", seq=1, run=f"run{2990:020}", attempt=3001, state=State.SUCCESS)
    assert channel.record([late]).verdicts == ("zombie",)


def test_an_event_of_a_removed_task_comes_too_late_unless_the_task_was_sent_again(redis_url: str) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url, retention_tasks=1))

    def verdict(
        task_id: str, state: State | None, at: float, seq: int, run: str = "r1", *, begins: bool = False
    ) -> str:
        event = Event(id=task_id, at=at, source="p", seq=seq, run=run, state=state, begins=begins)
        return channel.record([event]).verdicts[0]

    verdict("t1", State.SUCCESS, 10.0, 1)
    verdict("t2", State.SUCCESS, 11.0, 1)
    assert channel.task("t1") is None
    assert verdict("t1", State.PENDING, 8.0, 2) == "zombie"
    assert verdict("t1", State.RECEIVED, 9.0, 3, begins=True) == "zombie"
    assert verdict("t1", State.STARTED, 9.0, 4) == "zombie"
    assert channel.task("t1") is None
    assert verdict("t1", State.PENDING, 20.0, 5, run="r2") == "begin"
    assert channel.task("t1") is not None


def _full(client: redis.Redis) -> Callable[[], object]:
    client.config_set("maxmemory", 1)
    return lambda: client.config_set("maxmemory", 0)


def _replica(client: redis.Redis) -> Callable[[], object]:
    client.replicaof("127.0.0.1", 1)
    return lambda: client.replicaof("NO", "ONE")


@pytest.mark.parametrize("fault", [_full, _replica], ids=["is full", "is a replica"])
def test_no_event_is_given_up_while_the_server(
    fault: Callable[[redis.Redis], Callable[[], object]], own_redis: Redis
) -> None:
    channel = RedisChannel(Settings(redis_url=own_redis.url))
    with redis.Redis.from_url(own_redis.url) as client:
        channel.record([])  # the functions are there
        mend = fault(client)
        with pytest.raises(ChannelError) as refusal:
            channel.record([begin(0, "w1")])
        assert not isinstance(refusal.value, ChannelRefused)
        recorder = Recorder(lambda: channel)
        recorder.report(begin(1, "w1"))
        assert not recorder.flush(0.2)
        mend()
        wait_until(lambda: recorder.flush(0.2), 60, "it is recorded")
        assert recorder.lost == 0
        assert channel.task("t1") is not None
        recorder.close()
