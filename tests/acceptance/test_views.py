"""What can be asked for, the same over HTTP and as a live view, in a real record."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.commands.watch.wire import SocketClient
from phloem_server.live.tick import QUICK
from tests.api import Api
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until


class Producer:
    """Says of tasks what a worker would."""

    def __init__(self, url: str) -> None:
        self._channel = RedisChannel(Settings(redis_url=url, namespace="test"))
        self._seq = 0

    def event(self, task_id: str, state: State, **facts: Any) -> Event:
        self._seq += 1
        return Event(id=task_id, at=time.time(), source="test", seq=self._seq, run=task_id, state=state, **facts)

    def say(self, task_id: str, state: State, **facts: Any) -> None:
        self.together(self.event(task_id, state, **facts))

    def together(self, *events: Event) -> None:
        self._channel.record(events)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Redis and web with a record of their own, in which there are no tasks but those that are said here."""
    with Stack(tmp_path_factory.mktemp("views"), parts=("redis", "web")) as running:
        yield running


@pytest.fixture(scope="module")
def producer(stack: Stack) -> Producer:
    stack.ensure("redis")
    producer = Producer(stack.redis.url)
    now, say = time.time(), producer.say
    say("a1", State.SUCCESS, name="mail.send", queue="mail", args='["Ann"]', created_at=now - 9000, root_id="a1")
    say("a2", State.FAILURE, name="mail.sort", queue="mail", created_at=now - 50, root_id="a1", parent_id="a1")
    say("a3", State.STARTED, name="images.crop", queue="media", worker="w1", created_at=now - 9000, group_id="g")
    say("a4", State.PENDING, name="images.turn", queue="media", message="Anna's cat", group_id="g")
    say("a5", State.STARTED, name="report", queue="default", worker="w2", created_at=now, root_id="a5")
    stack.ensure("web")
    api = Api(stack.url)
    wait_until(lambda: api.get("/tasks").json()["totals"]["STARTED"] == 2, 60, "all are known")
    return producer


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("", {}, "a5 a4 a3 a2 a1"),
    ("state=STARTED&state=FAILURE", {"state": ["STARTED", "FAILURE"]}, "a5 a3 a2"),
    ("name=mail.send", {"name": "mail.send"}, "a1"),
    ("name=mail.*", {"name": "mail.*"}, "a2 a1"),
    ("name=*s.*r*", {"name": "*s.*r*"}, "a4 a3"),
    ("queue=media&worker=w1", {"queue": "media", "worker": "w1"}, "a3"),
    ("root_id=a1", {"root_id": "a1"}, "a2 a1"),
    ("parent_id=a1", {"parent_id": "a1"}, "a2"),
    ("group_id=g&not.state=PENDING", {"group_id": "g", "not": {"state": ["PENDING"]}}, "a3"),
    ("q=ANN", {"q": "ANN"}, "a4 a1"),
    ("q=ann&not.q=cat", {"q": "ann", "not": {"q": ["cat"]}}, "a1"),
    ("not.name=mail.*&not.name=report", {"not": {"name": ["mail.*", "report"]}}, "a4 a3"),
    ("not.queue=media", {"not": {"queue": "media"}}, "a5 a2 a1"),
    ("within=3600", {"within": 3600}, "a5 a2"),
    ("older=3600", {"older": 3600}, "a3 a1"),
    ("limit=2", {"limit": 2}, "a5 a4"),
]


@pytest.mark.parametrize(("search", "view", "expected"), CASES, ids=[search or "all" for search, _, _ in CASES])
def test_a_query_finds_the_same_over_http_and_as_a_view(
    stack: Stack, producer: Producer, search: str, view: dict[str, Any], expected: str
) -> None:
    page = Api(stack.url).get(f"/tasks?{search}").json()
    with Viewer(stack.url, view=view) as viewer:
        shown = sorted(viewer.rows.values(), key=lambda row: -row["first_offset"])
        totals = dict(viewer.totals)
    assert [task["id"] for task in page["tasks"]] == [row["id"] for row in shown] == expected.split()
    assert page["totals"] == totals


def test_older_pages_are_views_too_and_live(stack: Stack, producer: Producer) -> None:
    client = SocketClient()
    client.connect(stack.url, transports=["websocket"], retry=True)
    try:
        first = client.call("watch", {"view": {"limit": 2}})
        second = client.call("watch", {"view": {"limit": 2, "before": first["next"]}})
        third = client.call("watch", {"view": {"limit": 2, "before": second["next"]}})
        assert [[row["id"] for row in each["tasks"]] for each in (first, second, third)] == [
            ["a5", "a4"],
            ["a3", "a2"],
            ["a1"],
        ]
        assert third["next"] is None
    finally:
        client.disconnect()
    with Viewer(stack.url, view={"limit": 2, "before": first["next"]}) as viewer:
        producer.say("a3", State.PROGRESS, percent=50.0)
        wait_until(lambda: viewer.rows["a3"]["percent"] == 50.0, 60, "an older row moves")
        assert set(viewer.rows) == {"a3", "a2"}


def test_a_row_leaves_a_view_when_its_time_has_passed_though_nothing_changed(stack: Stack, producer: Producer) -> None:
    task_id = secrets.token_hex(4)
    view = {"within": 3, "q": task_id}
    with Viewer(stack.url, view=view) as viewer, Viewer(stack.url, view={"older": 3, "q": task_id}) as other:
        producer.say(task_id, State.SUCCESS, name="short", created_at=time.time())
        wait_until(lambda: task_id in viewer.rows, 60, "it is young")
        wait_until(lambda: task_id not in viewer.rows, 60, "it has left")
        wait_until(lambda: task_id in other.rows, 60, "and come where older ones are")
        assert (viewer.totals["SUCCESS"], other.totals["SUCCESS"]) == (0, 1)
        assert viewer.misfits == other.misfits == []


def test_a_task_that_began_and_ended_within_a_tick_is_shown_as_ended_and_its_log_has_both(
    stack: Stack, producer: Producer
) -> None:
    task_id = secrets.token_hex(4)
    with Viewer(stack.url, view={"q": task_id}) as viewer, Viewer(stack.url, task=task_id) as page:
        producer.together(producer.event(task_id, State.STARTED), producer.event(task_id, State.SUCCESS))
        wait_until(lambda: viewer.states(task_id) and page.states(task_id), 20, "it is shown")
        assert viewer.states(task_id) == ["SUCCESS"]
        wait_until(lambda: len(page.log) == 2, 20, "the log is there")
        assert [entry["message"] for entry in page.log.values()] == ["STARTED", "SUCCESS"]


def test_every_frame_says_how_old_it_is_and_when_to_expect_the_next(stack: Stack, producer: Producer) -> None:
    frames: list[dict[str, Any]] = []
    client = SocketClient()
    client.on("frame", frames.append)
    client.connect(stack.url, transports=["websocket"], retry=True)
    try:
        client.call("watch", {"view": {}})
        producer.say(secrets.token_hex(4), State.STARTED)
        wait_until(lambda: frames, 60, "a frame comes")
        assert frames[0]["lag"] >= 0
        assert frames[0]["tick"] >= QUICK
        assert frames[0]["searching"] is False
    finally:
        client.disconnect()


def test_viewers_are_told_that_redis_stands_still_and_that_it_goes_on(stack: Stack, producer: Producer) -> None:
    told: list[bool] = []
    client = SocketClient()
    client.on("status", lambda status: told.append(status["live"]))
    client.connect(stack.url, transports=["websocket"], retry=True)
    try:
        wait_until(lambda: told[-1:] == [True], 60, "all is well")
        os.kill(stack.redis.pid, signal.SIGSTOP)
        try:
            wait_until(lambda: told[-1] is False, 60, "what is shown may be old")
        finally:
            os.kill(stack.redis.pid, signal.SIGCONT)
        wait_until(lambda: told[-1] is True, 60, "it is not any more")
    finally:
        client.disconnect()
