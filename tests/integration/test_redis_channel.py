"""What only a real Redis can show: restarts, retention, lost functions, servers that cannot serve."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.log import left_out
from phloem.model.state import State
from phloem.model.task import LOG_LIMIT_ENTRIES, Error, Line
from phloem.record.connections.options import CONNECTIONS_LIMIT
from phloem.record.connections.server import ServerConnections
from phloem.record.record import ChannelError, ChannelRefused, Subscribed
from phloem.record.redis_record import RedisChannel
from phloem.settings import LEASE_SECONDS, RedisUrl, Settings
from tests.contract.telling import hear
from tests.old_redis import old_redis
from tests.processes import Redis, free_port
from tests.waiting import wait_until


class Producer:
    def __init__(self) -> None:
        self.seq = 0

    def __call__(self, state: State, task_id: str = "t1", run: str | None = "r1", **facts: object) -> Event:
        self.seq += 1
        return Event(id=task_id, at=1.0, source="p", seq=self.seq, run=run, state=state, **facts)  # type: ignore[arg-type]


def read(channel: RedisChannel, since: Position | None = None) -> tuple[Position, dict[str, State], set[str], bool]:
    """The position at the end, the rows by id, what was dropped, and whether it started anew."""
    rows: dict[str, State] = {}
    drop: set[str] = set()
    reset = False
    for page in channel.changed(since or Position()):
        rows.update({task.id: task.state for task in page.tasks})
        drop.update(page.drop)
        reset = reset or page.reset
        position = Position(epoch=page.epoch, offset=page.to)
    return position, rows, drop, reset


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis that a test may end."""
    server = Redis(tmp_path).start()
    yield server
    server.stop()


def test_a_restart_of_redis_starts_a_new_epoch_and_keeps_the_tasks(own_redis: Redis) -> None:
    channel, said = RedisChannel(Settings(redis_url=own_redis.url)), Producer()
    channel.record([said(State.STARTED)])
    before, rows, _, _ = read(channel)
    own_redis.restart()
    wait_until(lambda: _answers(channel), 40, "Redis answers again")
    after, rows, _, reset = read(channel, before)
    assert (reset, after.epoch != before.epoch, rows) == (True, True, {"t1": State.STARTED})
    assert channel.record([said(State.SUCCESS)]).verdicts == ("ok",)
    assert read(channel, after)[1] == {"t1": State.SUCCESS}


def test_without_a_restart_the_epoch_stays(redis_url: str) -> None:
    said = Producer()
    RedisChannel(Settings(redis_url=redis_url)).record([said(State.STARTED)])
    before = read(RedisChannel(Settings(redis_url=redis_url)))[0]
    after, rows, _, reset = read(RedisChannel(Settings(redis_url=redis_url)), before)
    assert (after, rows, reset) == (before, {}, False)


def test_a_database_that_was_emptied_starts_a_new_epoch(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    channel.record([said(State.STARTED), said(State.STARTED, "t2")])
    before = read(channel)[0]
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    channel.record([said(State.SUCCESS, "t3")])
    _, rows, _, reset = read(channel, before)
    assert (reset, rows) == (True, {"t3": State.SUCCESS})


def test_functions_that_were_flushed_are_loaded_again(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    channel.record([said(State.STARTED)])
    with redis.Redis.from_url(redis_url) as client:
        client.function_flush()
    assert channel.record([said(State.SUCCESS)]).verdicts == ("ok",)


def test_many_processes_can_load_the_functions_at_once(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.function_flush()
    failures: list[BaseException] = []

    def record(number: int) -> None:
        try:
            RedisChannel(Settings(redis_url=redis_url)).record(
                [Event(id=f"t{number}", at=1.0, source=str(number), seq=1, state=State.PENDING)]
            )
        except ChannelError as error:
            failures.append(error)

    threads = [threading.Thread(target=record, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(read(RedisChannel(Settings(redis_url=redis_url)))[1]) == 10


@pytest.mark.parametrize(
    "sent", [b"", b"null", b'{"epoch":"', b'{"\xc3\x28"}', b"[" * 60_000, b'{"epoch":1,"from":0,"to":1}']
)
def test_what_somebody_else_publishes_is_passed_over(redis_url: str, sent: bytes) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    heard = channel.listen(idle=1)
    hear(heard, Subscribed)
    with redis.Redis.from_url(redis_url) as client:
        assert client.publish("phloem:{phloem}:events", sent) == 1
    channel.record([said(State.STARTED, "t1")])
    assert [task.id for task in hear(heard, Changes).tasks] == ["t1"]
    heard.close()


def test_the_oldest_finished_tasks_go_first_and_readers_are_told(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url, retention_tasks=3)), Producer()
    channel.record([said(State.STARTED, "runs")])
    for number in range(3):
        channel.record([said(State.SUCCESS, f"t{number}")])
    position, rows, _, _ = read(channel)
    assert set(rows) == {"runs", "t0", "t1", "t2"}
    heard = channel.listen(idle=1)
    hear(heard, Subscribed)
    channel.record([said(State.SUCCESS, "t3")])
    assert hear(heard, Changes).drop == ("t0",)
    heard.close()
    assert read(channel, position)[1:] == ({"t3": State.SUCCESS}, {"t0"}, False)
    assert channel.task("t0") is None
    assert channel.log("t0") == ()


def test_a_task_that_still_runs_is_never_removed(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url, retention_tasks=1)), Producer()
    channel.record([said(State.STARTED, f"t{number}") for number in range(5)])
    assert len(read(channel)[1]) == 5


def test_a_reader_that_missed_more_removals_than_are_remembered_starts_anew(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url, retention_tasks=1)), Producer()
    channel.record([said(State.SUCCESS, "t")])
    position = read(channel)[0]
    for batch in range(120):
        channel.record([said(State.SUCCESS, f"t{batch}-{number}") for number in range(100)])
    after, rows, _, reset = read(channel, position)
    assert reset
    assert set(rows) == {"t119-99"}
    assert read(channel, after)[3] is False


def test_what_waits_between_tries_keeps_its_log_short(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    lines = tuple(Line(at=1.0, level="info", message=f"line {number}") for number in range(500))
    for _ in range(4):
        channel.record([said(State.PROGRESS, log=lines)])
    log = channel.log("t1", limit=10_000)
    assert len(log) <= LOG_LIMIT_ENTRIES
    assert (log[1].message, log[-1].message) == ("line 0", "line 499")
    assert [entry.message for entry in log if entry.kind == "gap"] == [left_out(2001 - len(log) + 1)]


def test_what_a_worker_ran_that_is_not_heard_of_is_lost_and_readers_are_told(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    channel.record([said(State.STARTED, lease="w1"), said(State.RECEIVED, "t2", run="r2", begins=True, lease="w1")])
    position = read(channel)[0]
    heard = channel.listen(idle=1)
    hear(heard, Subscribed)
    channel.heartbeat("w1", 1)
    wait_until(lambda: read(channel, position)[1] == {"t1": State.LOST, "t2": State.PENDING}, 60, "it is gone")
    assert {task.id for task in hear(heard, Changes).tasks} == {"t1", "t2"}
    heard.close()
    task = channel.task("t1")
    assert task is not None
    assert task.error is not None
    assert "vanished" in task.error.message
    channel.record([said(State.STARTED, run="again", lease="w2")])
    assert read(channel)[1]["t1"] is State.STARTED


def vanished(channel: RedisChannel, lease: str) -> None:
    """Once this worker was not heard of for too long."""
    channel.heartbeat(lease, 1)
    with redis.Redis.from_url(channel.settings.redis_url) as client:

        def is_gone() -> bool:
            read(channel)  # any reader brings it about
            return client.zscore("phloem:{phloem}:leases", lease) is None

        wait_until(is_gone, 60, "it is gone")


def test_what_a_worker_had_not_begun_that_is_not_heard_of_waits_for_another(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    busy = Error(type="Busy", message="not now")
    channel.record([said(State.STARTED, lease="w1"), said(State.RETRY, error=busy)])
    held: dict[str, Any] = {"lease": "w1", "worker": "w1@host", "begins": True}
    channel.record(
        [
            said(State.RETRY, run="r2", attempt=2, retries=1, eta=9.0, **held),
            said(State.RECEIVED, "t2", run="r3", eta=9.0, **held),
        ]
    )
    vanished(channel, "w1")
    assert read(channel)[1] == {"t1": State.RETRY, "t2": State.PENDING}
    again = channel.task("t1")
    assert again is not None
    assert (again.worker, again.run, again.eta, again.retries, again.error) == (None, None, 9.0, 1, busy)
    assert channel.record([said(State.RECEIVED, "t2", run="r4", begins=True, lease="w2")]).verdicts == ("begin",)


@pytest.mark.parametrize("state", [State.STARTED, State.SUCCESS])
def test_a_worker_that_was_only_cut_off_begins_what_it_had(redis_url: str, state: State) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    channel.record([said(State.RECEIVED, begins=True, lease="w1")])
    vanished(channel, "w1")
    channel.heartbeat("w1", LEASE_SECONDS)
    channel.record([said(state, lease="w1")])
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.run, task.error) == (state, "r1", None)


def test_a_redis_that_stood_still_takes_nobody_for_gone(own_redis: Redis) -> None:
    lease = 2
    channel, said = RedisChannel(Settings(redis_url=own_redis.url, lease_seconds=lease)), Producer()
    channel.record([said(State.STARTED, lease="w1")])
    channel.heartbeat("w1", 1)
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        select.select([], [], [], lease + 0.5)  # the fault itself: no heartbeat arrives for this long
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    assert read(channel)[1] == {"t1": State.STARTED}


def test_a_worker_that_was_silent_before_redis_went_is_not_waited_for_once_more(own_redis: Redis) -> None:
    channel, said = RedisChannel(Settings(redis_url=own_redis.url)), Producer()
    channel.record([said(State.STARTED, lease="w1"), said(State.STARTED, "t2", lease="w2")])
    channel.heartbeat("w1", 1)  # nothing was heard of it for nine seconds
    channel.heartbeat("w2", LEASE_SECONDS)
    own_redis.restart()
    wait_until(lambda: read(channel)[1]["t1"] is State.LOST, LEASE_SECONDS / 2, "the silent one's task is lost")
    assert read(channel)[1]["t2"] is State.STARTED


def test_the_original_arguments_are_kept_with_the_task_and_go_with_it(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url, retention_tasks=1)), Producer()
    channel.record([said(State.SUCCESS, call=bytes(range(256)))])
    assert channel.call("t1") == bytes(range(256))
    channel.record([said(State.SUCCESS, "t2")])
    assert channel.call("t1") is None


def test_foreign_messages_on_the_channel_are_passed_over(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    heard = channel.listen(idle=1)
    hear(heard, Subscribed)
    with redis.Redis.from_url(redis_url) as client:
        for message in (b"", b"hello", b"{}", b"\xff\xfe", b'{"epoch": 1}', b"[" * 10_000):
            client.publish("phloem:{phloem}:events", message)
    channel.record([said(State.STARTED)])
    assert hear(heard, Changes).to == 1
    heard.close()


def test_while_nobody_listens_messages_only_say_where_the_record_is(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    channel.record([said(State.RECEIVED)])  # heard by nobody
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as pubsub:
        pubsub.subscribe("phloem:{phloem}:events")
        wait_until(lambda: pubsub.get_message(timeout=1), 40, "it is confirmed")
        heard = []
        for state in (State.STARTED, State.SUCCESS):
            channel.record([said(state)])
            message = wait_until(lambda: pubsub.get_message(timeout=1), 40, "it is heard")
            heard.append(msgspec.json.decode(message["data"], type=Changes))
    first, second = heard
    assert (first.from_, first.to, first.tasks) == (2, 2, ())  # a reader takes it for a gap
    assert (second.from_, second.to, [task.state for task in second.tasks]) == (2, 3, ["SUCCESS"])


def test_who_begins_to_listen_hears_all_from_the_first_message_on(redis_url: str) -> None:
    channel, said = RedisChannel(Settings(redis_url=redis_url)), Producer()
    channel.record([said(State.RECEIVED)])  # heard by nobody
    heard = channel.listen(idle=1)
    hear(heard, Subscribed)
    channel.record([said(State.STARTED)])
    assert [task.state for task in hear(heard, Changes).tasks] == ["STARTED"]
    heard.close()


def test_a_process_has_so_many_connections_and_no_more(redis_url: str) -> None:
    connections = ServerConnections(RedisUrl.parse(redis_url), "here", limit=3, wait_seconds=0.1)
    channel = RedisChannel(Settings(), connections)
    channel.record([Producer()(State.STARTED)])
    with closing(channel.listen(0.01)) as one:
        hear(one, Subscribed)
        with closing(channel.listen(0.01)) as another:
            hear(another, Subscribed)
            with pytest.raises(ChannelError, match="does not answer: No connection"):
                channel.task("t1")
            channel.record([Producer()(State.PROGRESS)])  # over the one that is kept
        assert channel.task("t1") is not None


FORKS = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from phloem.record.redis_record import RedisChannel
from phloem.model.event import Event, State
from phloem.settings import Settings
channel = RedisChannel(Settings(redis_url=sys.argv[1]))
channel.record([Event(id="t1", at=1.0, source="p", seq=1, run="r1", state=State.STARTED)])
def ask_all():
    with ThreadPoolExecutor(100) as threads:
        assert None not in list(threads.map(channel.task, ["t1"] * 1000))
ask_all()
child = os.fork()
ask_all()
if child:
    assert os.waitpid(child, 0)[1] == 0
    channel.close()
"""


def test_those_who_ask_at_once_take_turns_also_in_a_forked_child(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as server:
        before = server.info()["total_connections_received"]
        done = subprocess.run([sys.executable, "-c", FORKS, redis_url], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert server.info()["total_connections_received"] - before <= 2 * CONNECTIONS_LIMIT


def test_a_channel_that_was_closed_has_no_connection_and_opens_another_when_it_is_used(redis_url: str) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    with redis.Redis.from_url(redis_url) as server:
        before = server.info("clients")["connected_clients"]
        for _ in range(2):
            channel.record([Producer()(State.STARTED)])
            assert channel.task("t1") is not None
            assert server.info("clients")["connected_clients"] > before
            channel.close()
            wait_until(lambda: server.info("clients")["connected_clients"] <= before, 60, "its connections are closed")


def test_namespaces_do_not_see_each_other(redis_url: str) -> None:
    one = RedisChannel(Settings(redis_url=redis_url, namespace="one"))
    two = RedisChannel(Settings(redis_url=redis_url, namespace="two"))
    one.record([Producer()(State.STARTED)])
    assert read(two)[1] == {}


def test_a_redis_that_is_away_is_named_without_its_password() -> None:
    channel = RedisChannel(Settings(redis_url=f"redis://user:geheim@127.0.0.1:{free_port()}/0"))
    with pytest.raises(ChannelError) as failure:
        channel.check()
    assert "does not answer" in str(failure.value)
    assert "geheim" not in str(failure.value)


@pytest.mark.parametrize(("version", "greets"), [("6.2.14", True), ("unknown", False)])
def test_a_redis_older_than_7_is_refused_in_a_sentence(version: str, greets: bool) -> None:
    said = f"is version {version}; Phloem needs Redis 7 or newer"
    with old_redis(version, greets=greets) as url, pytest.raises(ChannelRefused, match=said):
        RedisChannel(Settings(redis_url=url)).check()


def test_a_redis_that_asks_nobody_for_a_password_is_told_from_others(redis_url: str) -> None:
    assert RedisChannel(Settings(redis_url=redis_url)).is_open()
    with redis.Redis.from_url(redis_url) as client:
        client.acl_setuser("reader", enabled=True, passwords=["+word"], commands=["+get"], keys=["*"])
        client.config_set("requirepass", "word")
        try:
            with_password = redis_url.replace("//", "//default:word@")
            assert not RedisChannel(Settings(redis_url=with_password)).is_open()
            assert not RedisChannel(Settings(redis_url=redis_url.replace("//", "//reader:word@"))).is_open()
        finally:
            client.config_set("requirepass", "")
            client.acl_deluser("reader")


def test_the_embedded_redis_passes_the_check(redis_url: str) -> None:
    assert RedisChannel(Settings(redis_url=redis_url)).check() is None


def test_a_redis_that_may_evict_is_warned_of(own_redis: Redis) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
    assert "may evict tasks" in (RedisChannel(Settings(redis_url=own_redis.url)).check() or "")


def _answers(channel: RedisChannel) -> bool:
    try:
        channel.check()
    except ChannelError:
        return False
    return True


def test_what_becomes_known_at_once_has_times_that_count_nothing_of_other_owners(redis_url: str) -> None:
    producer, channel = Producer(), RedisChannel(Settings(redis_url=redis_url))
    told = [("ann", "a"), *[("bob", "b")] * 20, ("ann", "c"), ("cid", "a"), ("ann", None)]
    channel.record(
        [
            producer(State.PENDING, f"t{number}", None, owner=owner, root_id=root)
            for number, (owner, root) in enumerate(told)
        ]
    )
    known = {task.id: round((task.known_at or 0) * 1e6) for page in channel.changed(Position()) for task in page.tasks}
    mine = [known[f"t{number}"] - known["t0"] for number, (owner, _) in enumerate(told) if owner == "ann"]
    assert mine == [0, 1, 2]
    assert known["t22"] - known["t0"] == 1  # the same workflow
    assert known["t20"] - known["t1"] == 19
    channel.record([producer(State.PENDING, "later", None, owner="ann")])
    later = channel.task("later")
    assert later is not None
    assert round((later.known_at or 0) * 1e6) > max(known.values())
