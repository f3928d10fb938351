"""A Redis that is another server after a failover, and a slot that moves: the record goes on there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis.crc import key_slot

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import ChannelError, ChannelRefused, Recorded, Subscribed
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.contract.telling import hear
from tests.processes import free_port
from tests.redis_servers import WATCHFUL, Cluster, Server, Watched, running
from tests.waiting import wait_until

SLOT = key_slot(b"phloem:{phloem}:meta")


class Producer:
    """Events of one source; each is sent until it is recorded, as recorders do."""

    def __init__(self, channel: RedisChannel) -> None:
        self.channel = channel
        self.seq = 0

    def event(self, task_id: str) -> Event:
        self.seq += 1
        return Event(id=task_id, at=1.0, source="p", seq=self.seq, run="r1", state=State.STARTED)

    def record(self, task_id: str) -> Recorded:
        event = self.event(task_id)

        def recorded() -> Recorded | None:
            try:
                return self.channel.record([event])
            except ChannelRefused:
                raise
            except ChannelError:
                return None

        found = wait_until(recorded, 60, f"{task_id} is recorded")
        assert found is not None
        return found


def tasks(channel: RedisChannel) -> set[str]:
    return {task.id for page in channel.changed(Position()) for task in page.tasks}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    servers = Watched(tmp_path, WATCHFUL)
    with running(servers):
        yield servers


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    servers = Cluster(tmp_path, SLOT, WATCHFUL)
    with running(servers):
        yield servers


def test_the_record_goes_on_at_the_master_that_sentinels_choose(watched: Watched) -> None:
    channel = RedisChannel(Settings(redis_url=watched.url))
    said = Producer(channel)
    first = said.record("t1").epoch
    assert channel.check() is None
    with closing(channel.listen(0.05)) as heard:
        hear(heard, Subscribed)
        watched.fail_over()
        with pytest.raises(ChannelError):  # a subscription never goes on by itself
            list(heard)
    assert said.record("t2").epoch != first
    with closing(channel.listen(0.05)) as heard:
        hear(heard, Subscribed)
        said.record("t3")
        hear(heard, Changes)
    assert tasks(channel) == {"t1", "t2", "t3"}


def test_a_master_that_was_replaced_but_lives_on_is_left_within_a_second_or_two(watched: Watched) -> None:
    channel = RedisChannel(Settings(redis_url=watched.url))
    said = Producer(channel)
    first = said.record("t1").epoch
    assert channel.task("t2") is None
    watched.switch()
    wait_until(lambda: said.record("t2").epoch != first, 3, "the new master is written to")
    wait_until(lambda: channel.task("t2") is not None, 10, "it is read as well")


def test_sentinels_that_know_no_such_master_are_named(watched: Watched) -> None:
    channel = RedisChannel(Settings(redis_url=watched.url.replace("=main", "=other")))
    with pytest.raises(ChannelError, match="no Sentinel knows a master other that is up"):
        channel.check()


def test_a_slot_that_moves_key_by_key_takes_no_events_until_it_is_there(cluster: Cluster) -> None:
    channel = RedisChannel(Settings(redis_url=cluster.url))
    said = Producer(channel)
    for number in range(20):
        said.record(f"t{number}")
    with closing(channel.listen(0.05)) as heard:
        hear(heard, Subscribed)
        source, target = cluster.begin_moving(SLOT)
        cluster.move_keys(SLOT, source, target, count=10)
        for task_id in ("t3", "another"):
            with pytest.raises(ChannelError, match="moves to another node") as refusal:
                channel.record([said.event(task_id)])
            assert not isinstance(refusal.value, ChannelRefused)
        cluster.end_moving(SLOT, source, target)
        with pytest.raises(ChannelError):
            list(heard)
    said.record("t20")
    assert tasks(channel) == {f"t{number}" for number in range(21)}
    assert cluster.owner(SLOT) is target


def test_the_record_goes_on_at_the_replica_of_a_node_that_died(cluster: Cluster) -> None:
    channel = RedisChannel(Settings(redis_url=cluster.url))
    said = Producer(channel)
    said.record("t1")
    dead, [replica] = cluster.owner(SLOT), cluster.replicas
    wait_until(lambda: replica.info("slave_repl_offset") == dead.info("master_repl_offset"), 40, "it is replicated")
    cluster.fail_over(SLOT)
    said.record("t2")
    assert tasks(channel) == {"t1", "t2"}
    assert cluster.owner(SLOT) is not dead


def test_a_node_of_a_cluster_that_is_named_as_if_it_were_alone_is_refused(cluster: Cluster) -> None:
    channel = RedisChannel(Settings(redis_url=cluster.other(cluster.owner(SLOT)).url))
    with pytest.raises(ChannelRefused, match=r"is a node of a cluster: PHLOEM_REDIS_URL .* redis\+cluster://"):
        channel.record([Producer(channel).event("t1")])


def test_a_cluster_of_which_no_node_answers_is_away_and_not_wrong() -> None:
    channel = RedisChannel(Settings(redis_url=f"redis+cluster://127.0.0.1:{free_port()}"))
    with pytest.raises(ChannelError, match="no node of the cluster has slot") as away:
        channel.task("t1")
    assert not isinstance(away.value, ChannelRefused)


def test_a_socket_is_a_way_to_redis_in_either_spelling(tmp_path: Path) -> None:
    path = tmp_path / "s"
    server = Server(tmp_path / "data", "--unixsocket", str(path))
    try:
        server.start()
        Producer(RedisChannel(Settings(redis_url=f"unix://{path}?db=3"))).record("t1")
        assert tasks(RedisChannel(Settings(redis_url=f"redis+socket://{path}?virtual_host=3"))) == {"t1"}
        assert tasks(RedisChannel(Settings(redis_url=server.url.replace("redis:", "valkey:")))) == set()
    finally:
        server.kill()
