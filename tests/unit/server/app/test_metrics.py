"""The figures at /metrics: which there are, what moves them, and what they do not tell."""

from __future__ import annotations

import math
from typing import Any

import engineio.socket
import pytest
from flask import Flask
from flask_socketio import SocketIO
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client
from werkzeug.wrappers import Response

from phloem.model.changes import Changes
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import Heard, Subscribed
from phloem.testing import MemoryChannel
from phloem_server.app.metrics import Metrics
from phloem_server.live.cursor import BEHIND_AFTER, BLOCKED_LIMIT
from phloem_server.live.protocol import Done, Json, Refusal
from phloem_server.mirror.follower import Follower
from phloem_server.transport.capacity import Admission
from phloem_server.transport.engineio.packet import NAMESPACE
from phloem_server.transport.fanout import Fanout
from phloem_server.transport.handshakes import Handshakes
from tests.unit.server.live.stage import Clients


class House:
    """A follower that is moved by hand, its clients, a fan-out to sessions without a socket, and the figures of all."""

    def __init__(self) -> None:
        self.channel = MemoryChannel()
        self.follower = Follower(self.channel)
        self.socketio = SocketIO(Flask("house"), async_mode="threading", json=Json)
        self.fanout = Fanout(self.socketio)
        self.clients = Clients(self.follower, self.fanout)
        self.hub = self.clients.hub
        self.admission = Admission(
            lambda *_: [], 10, lambda: 10, Handshakes(9, count=lambda: 0, opening=list, end=print)
        )
        self.metrics = Metrics(self.follower, self.hub, self.fanout, self.admission)
        self.seq = 0

    def say(self, task_id: str, state: State, **facts: Any) -> None:
        self.seq += 1
        self.channel.record([Event(id=task_id, at=1.0, source="p", seq=self.seq, run="r1", state=state, **facts)])

    def connect(self, number: int = 1) -> str:
        """A client that reads nothing; its sid."""
        engine = self.socketio.server.eio
        session = engineio.socket.Socket(engine, f"session{number}")
        engine.sockets[session.sid] = session
        sid = str(self.socketio.server.manager.connect(session.sid, NAMESPACE))
        self.hub.connect(sid)
        return sid

    @property
    def text(self) -> str:
        return self.metrics.page().get_data(as_text=True)

    def __getitem__(self, name: str) -> float:
        """One figure, by its name with its labels."""
        found = {
            sample.name + "".join(f"{{{label}={value}}}" for label, value in sample.labels.items()): sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
        }
        return found[name]


@pytest.fixture
def house() -> House:
    return House()


def test_tasks_are_counted_by_their_states(house: House) -> None:
    house.say("t1", State.STARTED)
    house.say("t2", State.STARTED)
    house.say("t2", State.SUCCESS)
    house.follower.catch_up()
    counted = {state: house[f"phloem_tasks{{state={state}}}"] for state in State}
    assert {state: number for state, number in counted.items() if number} == {State.STARTED: 1, State.SUCCESS: 1}


def test_the_age_of_what_is_shown_is_that_of_the_last_check(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert math.isnan(house["phloem_relay_check_age_seconds"])
    assert house["phloem_relay_live"] == 0
    clock = [100.0]
    monkeypatch.setattr("phloem_server.mirror.follower.time.monotonic", lambda: clock[0])
    house.say("t1", State.STARTED)
    house.follower.catch_up()
    clock[0] += 3
    assert house["phloem_relay_check_age_seconds"] == 3
    assert (house["phloem_relay_live"], house["phloem_relay_offset"]) == (1, 1)
    house.follower.catch_up()
    assert house["phloem_relay_check_age_seconds"] == 0
    assert (house["phloem_relay_checks_total"], house["phloem_relay_catch_ups_total"]) == (2, 1)


def test_a_message_that_does_not_follow_the_last_is_a_gap(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def listen(idle: float) -> Heard:
        yield Subscribed()
        epoch = house.follower.position.epoch
        house.say("t1", State.STARTED)
        yield Changes(epoch=epoch, from_=0, to=1, tasks=())
        house.say("t1", State.PROGRESS)
        house.say("t1", State.SUCCESS)
        yield Changes(epoch=epoch, from_=2, to=3, tasks=())

    monkeypatch.setattr(house.channel, "listen", listen)
    house.follower.follow()
    names = ("messages", "gaps", "catch_ups")
    # The first reading is a catch-up as well: it finds the epoch.
    assert [house[f"phloem_relay_{name}_total"] for name in names] == [2, 1, 2]


def test_clients_are_counted_as_they_stand(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.follower.catch_up()
    ann, bob = house.connect(1), house.connect(2)
    for sid in (ann, bob):
        house.hub.watch(sid, {"view": {}})
    house.hub.watch(bob, {"view": {"limit": 5}})
    assert [house[f"phloem_{name}"] for name in ("viewers", "views", "viewers_behind")] == [2, 2, 0]
    for state in (State.STARTED, State.SUCCESS):
        house.say("t1", state)
        house.follower.catch_up()
        house.clients.delivery.flush()
        house.clients.clock.now += BEHIND_AFTER
    assert house["phloem_viewers_behind"] == 2
    house.hub.disconnect(bob)
    assert [house[f"phloem_{name}"] for name in ("viewers", "views", "viewers_behind")] == [1, 1, 1]


def test_a_client_that_is_blocked_for_long_is_cut_and_counted_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.fanout, "ready", lambda _: False)
    cuts: list[str] = []
    monkeypatch.setattr(house.fanout, "cut", cuts.append)
    house.follower.catch_up()
    ann = house.connect()
    monkeypatch.setattr(house.fanout, "offer", lambda *_, **__: [ann])
    house.hub.watch(ann, {"view": {}})
    house.say("t1", State.STARTED)
    house.follower.catch_up()
    house.clients.delivery.flush()
    assert (house["phloem_viewers_blocked"], house["phloem_viewers_cut_total"]) == (1, 0)
    house.clients.clock.now += BLOCKED_LIMIT
    for _ in range(3):
        house.clients.delivery.flush()
    assert (len(cuts), house["phloem_viewers_cut_total"]) == (3, 1)
    house.hub.disconnect(ann)
    assert (house["phloem_viewers_blocked"], house["phloem_viewers_cut_total"]) == (0, 1)


@pytest.mark.parametrize("direct", [False, True])
def test_messages_are_counted_for_each_client_with_their_size(house: House, direct: bool) -> None:
    house.fanout.direct = direct  # clients without a WebSocket take the library's queue in either case
    for number in range(3):
        house.fanout.join(house.connect(number), "room")
    house.fanout.send("resync", {"ä": 1}, {"ä": 2}, to="room")
    assert house.fanout.offer("frame", {"n": 1}, to="room") == []
    assert house["phloem_sent_total{message=resync}"] == 6
    assert house["phloem_sent_total{message=frame}"] == 3
    assert house["phloem_sent_bytes_total{message=resync}"] == 6 * len('XX42["resync",{"ä":1}]'.encode())
    assert house["phloem_sent_bytes_total{message=frame}"] == 3 * len(b'XX42["frame",{"n":1}]')


def test_a_client_that_gets_nothing_is_not_counted(house: House) -> None:
    house.fanout.direct = True
    sid = house.connect()
    for number in range(20):
        passed_over = house.fanout.offer("frame", {"n": number}, to=sid)
    assert passed_over == [sid]
    session = house.socketio.server.eio.sockets["session1"]
    assert house["phloem_sent_total{message=frame}"] == session.queue.qsize() - 1  # the status came first


def test_answers_to_watch_are_timed_and_refusals_counted(house: House) -> None:
    answers: list[Any] = [Done(), Refusal(error="no")]
    for name in ("watch", "seen", "other"):
        handler = house.metrics.answering(name, iter(answers).__next__)
        assert [handler(), handler()] == answers
    assert house["phloem_watch_seconds_count"] == 2
    assert [house[f"phloem_refused_total{{message={name}}}"] for name in ("watch", "seen", "unwatch", "other")] == [
        1,
        1,
        0,
        1,
    ]


def test_requests_are_counted_by_class_of_status_and_those_of_socket_io_are_not(house: House) -> None:
    def inside(environ: Any, start_response: Any) -> Any:
        return Response(status=int(environ["QUERY_STRING"]))(environ, start_response)

    client = Client(house.metrics.serving(inside))
    for path, status in (("/", 200), ("/", 202), ("/x", 404), ("/", 503), ("/socket.io/", 200)):
        assert client.get(path, query_string=str(status)).status_code == status
    counts = [house[f"phloem_http_request_seconds_count{{status={name}}}"] for name in ("2xx", "3xx", "4xx", "5xx")]
    assert counts == [2, 0, 1, 1]


def test_nothing_of_a_task_is_told_but_that_there_is_one(house: House) -> None:
    house.say("an-id", State.STARTED, name="a-name", queue="a-queue", worker="a-worker", message="a-message")
    house.follower.catch_up()
    house.hub.watch(house.connect(), {"task": "an-id"})
    assert 'phloem_tasks{state="STARTED"} 1.0' in house.text
    assert not [word for word in ("an-id", "a-name", "a-queue", "a-worker", "a-message") if word in house.text]


def test_two_applications_have_figures_of_their_own(house: House) -> None:
    other = House()
    other.connect()
    assert (house["phloem_viewers"], other["phloem_viewers"]) == (0, 1)


def test_prometheus_is_told_which_format_it_is(house: House) -> None:
    answer = house.metrics.page()
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
