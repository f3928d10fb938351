"""Boards and their clients, over a fan-out that the test holds in its hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from phloem.record.record import ChannelError
from phloem.sharing.token import Share
from phloem_server.access.principal import ANYONE, Principal, bearer_of, onlooker
from phloem_server.live.board_hub import OVERLAP, TICK, Board, BoardHub, is_about_boards
from phloem_server.live.cursor import UNREAD_LIMIT
from phloem_server.live.protocol import Done, Picture, Refusal
from phloem_server.mirror.follower import Follower
from phloem_server.transport.fanout import Fanout
from tests.unit.server.live.stage import Clock
from tests.waiting import wait_until


class Sockets:
    """Which clients are in which room, and what each got; those in `full` take nothing."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[str]] = {}
        self.got: dict[str, list[Any]] = {}
        self.full: set[str] = set()
        self.unread: dict[str, int] = {}

    def join(self, sid: str, room: str) -> None:
        self.rooms.setdefault(room, []).append(sid)

    def leave(self, sid: str, room: str) -> None:
        self.rooms[room].remove(sid)

    def offer(self, event: str, message: Any, to: str) -> list[str]:
        assert event == "board"
        there = self.rooms.get(to, [to])
        for sid in there:
            if sid not in self.full:
                self.got.setdefault(sid, []).append(msgspec.json.decode(msgspec.json.encode(message))["board"])
        return [sid for sid in there if sid in self.full]

    def waiting(self, sid: str) -> int:
        return self.unread.get(sid, 0)

    def ready(self, sid: str) -> bool:
        return sid not in self.full


class Setup:
    def __init__(self, boards: dict[str, Board] | None = None) -> None:
        self.weather: Any = "sun"
        self.looked = self.painted = 0
        self.clock = Clock()
        self.sockets = Sockets()
        self.boards = BoardHub(
            boards or {"weather": Board(self.paint, self.look), "tides": Board(lambda: "low")},
            cast(Follower, SimpleNamespace(live=True)),
            cast(Fanout, self.sockets),
            self.clock,
        )
        self.meanwhile: Callable[[], None] = lambda: None
        for sid in ("ann", "bob"):
            self.boards.connect(sid)

    def look(self) -> None:
        self.looked += 1
        self.meanwhile()

    def paint(self) -> Any:
        self.painted += 1
        if isinstance(self.weather, Exception):
            raise self.weather
        return self.weather

    def tick(self) -> None:
        self.boards._tell("weather")


@pytest.fixture
def setup() -> Setup:
    return Setup()


def test_a_client_that_may_look_at_single_tasks_is_refused_boards() -> None:
    setup = Setup()
    setup.boards.connect("eve", onlooker(ANYONE))
    refusal = setup.boards.watch("eve", {"board": "weather"})
    assert isinstance(refusal, Refusal)
    assert refusal.code == "scope_exceeded"
    assert (setup.sockets.rooms, setup.looked) == ({}, 0)


def test_a_client_with_an_owner_or_a_token_for_some_tasks_is_refused_boards(setup: Setup) -> None:
    setup.boards.connect("eve", Principal.of_role("operator", "session", owner="acme"))
    setup.boards.connect("mallory", bearer_of(Share(root="a", actions=("see",), exp=1e12)))
    for sid in ("eve", "mallory"):
        refusal = setup.boards.watch(sid, {"board": "weather"})
        assert isinstance(refusal, Refusal)
        assert refusal.code == "scope_exceeded"
    assert (setup.sockets.rooms, setup.looked) == ({}, 0)


def test_a_client_that_comes_is_shown_the_board_after_it_was_looked_at(setup: Setup) -> None:
    answer = setup.boards.watch("ann", {"board": "weather"})
    assert isinstance(answer, Picture)
    assert (answer.watch, answer.live, setup.looked) == ("board:weather", True, 1)
    assert msgspec.json.decode(msgspec.json.encode(answer))["board"] == "sun"


def test_a_client_that_asks_again_and_again_has_nothing_painted_but_what_is_older_than_a_tick(setup: Setup) -> None:
    for _ in range(100):
        setup.boards.watch("ann", {"board": "weather"})
    assert (setup.looked, setup.painted) == (1, 1)
    setup.weather = "rain"
    setup.clock.now += TICK
    answer = setup.boards.watch("ann", {"board": "weather"})
    assert msgspec.json.decode(msgspec.json.encode(answer))["board"] == "rain"
    assert (setup.looked, setup.painted) == (2, 2)


def test_a_client_that_does_not_read_its_answers_gets_no_more_of_them(setup: Setup) -> None:
    setup.sockets.unread["ann"] = UNREAD_LIMIT - 1
    assert isinstance(setup.boards.watch("ann", {"board": "weather"}), Picture)
    setup.sockets.unread["ann"] = UNREAD_LIMIT
    refusal = setup.boards.watch("ann", {"board": "weather"})
    assert isinstance(refusal, Refusal)
    assert refusal.again


def test_a_change_is_told_once_to_the_clients_of_the_board_and_to_no_others(setup: Setup) -> None:
    setup.boards.watch("ann", {"board": "weather"})
    setup.boards.watch("bob", {"board": "tides"})
    setup.tick()
    setup.weather = "rain"
    setup.tick()
    setup.tick()
    assert setup.sockets.got == {"ann": ["sun", "rain"]}


def test_a_client_that_could_not_take_a_picture_gets_the_present_one_when_it_can(setup: Setup) -> None:
    setup.boards.watch("ann", {"board": "weather"})
    setup.tick()
    setup.sockets.full.add("ann")
    for setup.weather in ("rain", "snow"):
        setup.tick()
    setup.sockets.full.clear()
    setup.tick()
    setup.tick()
    assert setup.sockets.got == {"ann": ["sun", "snow"]}


def test_a_client_that_has_closed_the_board_is_told_nothing(setup: Setup) -> None:
    for sid in ("ann", "bob"):
        setup.boards.watch(sid, {"board": "weather"})
    assert isinstance(setup.boards.unwatch("ann", {"watch": "board:weather"}), Done)
    setup.tick()
    assert setup.sockets.got == {"bob": ["sun"]}
    assert isinstance(setup.boards.seen("ann", {"watch": "board:weather"}), Refusal)
    assert isinstance(setup.boards.seen("bob", {"watch": "board:weather"}), Done)


def test_what_keeps_a_board_from_being_looked_at_is_told_to_the_client_that_came(setup: Setup) -> None:
    def away() -> None:
        raise ChannelError("Redis does not answer")

    setup.meanwhile = away
    answer = setup.boards.watch("ann", {"board": "weather"})
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.again, answer.error) == ("record_unavailable", True, "Redis does not answer")
    assert setup.sockets.rooms == {}


def test_nothing_is_painted_while_the_board_has_no_clients(setup: Setup) -> None:
    setup.boards.watch("ann", {"board": "weather"})
    setup.boards.disconnect("ann")
    setup.weather = RuntimeError("it should not be painted")
    setup.tick()


def test_a_client_that_leaves_while_the_board_is_looked_at_is_none_of_its_clients(setup: Setup) -> None:
    setup.meanwhile = lambda: setup.boards.disconnect("ann")
    answer = setup.boards.watch("ann", {"board": "weather"})
    assert isinstance(answer, Refusal)
    assert answer.error == "This connection is closed."
    assert setup.sockets.rooms == {}
    setup.weather = RuntimeError("it should not be painted")
    setup.tick()


@pytest.mark.parametrize(
    "message", [{"board": "news"}, {"board": None}, {"board": ["weather"]}, {"board": "weather", "since": {}}]
)
def test_what_is_no_board_is_refused(setup: Setup, message: dict[str, Any]) -> None:
    assert isinstance(setup.boards.watch("ann", message), Refusal)
    setup.tick()
    assert setup.sockets.got == {}


@pytest.mark.parametrize("message", [None, 1, "board", [], {}, {"view": {}}, {"watch": "task:1"}, {"watch": 7}])
def test_messages_about_views_are_not_about_boards(message: Any) -> None:
    assert not is_about_boards(message)


class Tide:
    """A board that has parts: what the tide was, hour by hour, and how often its parts began anew."""

    def __init__(self) -> None:
        self.hours: list[str] = ["low"]
        self.begun = 0

    def part(self, known: bool) -> list[str]:
        self.begun += known
        return self.hours[-1:]


@pytest.fixture
def tide() -> Tide:
    return Tide()


@pytest.fixture
def tides(tide: Tide) -> Setup:
    """A setup of that board alone."""
    return Setup({"weather": Board(lambda: tide.hours, part=tide.part)})


def test_a_client_that_comes_gets_the_whole_and_then_parts(tides: Setup, tide: Tide) -> None:
    answer = tides.boards.watch("ann", {"board": "weather"})
    assert msgspec.json.decode(msgspec.json.encode(answer))["board"] == ["low"]
    assert "part" not in msgspec.json.decode(msgspec.json.encode(answer))
    for hour in ("high", "low", "high"):
        tides.clock.now += 1
        tide.hours.append(hour)
        tides.tick()
    assert tides.sockets.got == {"ann": [["high"], ["low"], ["high"]]}
    assert tide.begun == 1


def test_a_client_that_missed_a_part_gets_the_whole(tides: Setup, tide: Tide) -> None:
    for sid in ("ann", "bob"):
        tides.boards.watch(sid, {"board": "weather"})
    tides.sockets.full.add("ann")
    tide.hours.append("high")
    tides.tick()
    tides.sockets.full.clear()
    tide.hours.append("higher")
    tides.clock.now += 1
    tides.tick()
    tides.tick()
    assert tides.sockets.got == {"ann": [["higher"], ["low", "high", "higher"]], "bob": [["high"], ["higher"]]}


def test_after_a_pause_in_which_a_part_could_be_missing_all_get_the_whole(tides: Setup, tide: Tide) -> None:
    tides.boards.watch("ann", {"board": "weather"})
    tide.hours += ["high", "low"]
    tides.clock.now += OVERLAP
    tides.tick()
    assert tides.sockets.got == {"ann": [["low", "high", "low"]]}
    assert tide.begun == 2


def test_a_client_that_comes_after_all_have_left_is_painted_the_present(tides: Setup, tide: Tide) -> None:
    tides.boards.watch("ann", {"board": "weather"})
    tides.boards.disconnect("ann")
    tides.clock.now += OVERLAP - TICK / 2
    tides.boards._paint("weather")
    tides.clock.now += TICK / 2
    tide.hours.append("high")
    answer = tides.boards.watch("bob", {"board": "weather"})
    assert msgspec.json.decode(msgspec.json.encode(answer))["board"] == ["low", "high"]


def test_pictures_are_sent_by_a_thread_that_waits_for_clients_until_it_is_stopped(setup: Setup) -> None:
    thread = threading.Thread(target=setup.boards.run)
    thread.start()
    setup.boards.watch("ann", {"board": "weather"})
    wait_until(lambda: setup.sockets.got.get("ann"), 60, "a picture is sent")
    setup.boards.stop()
    thread.join(5)
    assert not thread.is_alive()
    idle = threading.Thread(target=setup.boards.run)
    idle.start()
    idle.join(5)
    assert not idle.is_alive()


def test_a_board_that_cannot_be_painted_does_not_silence_the_others(setup: Setup) -> None:
    setup.boards.watch("ann", {"board": "weather"})
    setup.boards.watch("bob", {"board": "tides"})
    setup.weather = RuntimeError("clouds")
    setup.boards.tick()
    assert setup.sockets.got == {"bob": ["low"]}
