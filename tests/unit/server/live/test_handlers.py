"""Which handler answers a message, on whose behalf, and what becomes of a message that none should answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from phloem_server.access.errors import RateLimited
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal
from phloem_server.live import handlers
from phloem_server.live.protocol import TO_SERVER, Refusal
from phloem_server.web.environ import PEER, PRINCIPAL
from tests.unit.server.access.doorway import signed_in


class Server:
    """Keeps the handlers that are registered."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[..., Any]] = {}

    def on(self, name: str, handler: Callable[..., Any], namespace: str) -> None:
        assert namespace == "/"
        self.handlers[name] = handler


class NamedHub:
    """Answers each message with its own name and that of the message."""

    def __init__(self, name: str, calls: list[tuple[Any, ...]]) -> None:
        for each in ("connect", "disconnect", *TO_SERVER):
            setattr(self, each, partial(self._answer, each))
        self._name, self._calls = name, calls

    def _answer(self, message: str, *given: Any) -> str:
        self._calls.append((self._name, message, *given))
        return f"{self._name} {message}"


class Setup:
    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.cut: list[str] = []
        self.flooded: set[str] = set()
        self.counted: list[str] = []
        self.server = Server()
        hub: Any = NamedHub("views", self.calls)
        boards: Any = NamedHub("boards", self.calls)
        fanout: Any = SimpleNamespace(flooded=self.flooded.__contains__)
        server: Any = self.server
        self.hub = hub
        self.ended: set[Principal] = set()
        self.refused: list[tuple[dict[str, Any], str, str]] = []
        handlers.register(
            server, hub, boards, fanout, self.cut.append, self.count, self.admits, self.refuse, self.limit
        )

    def admits(self, principal: Principal) -> bool:
        return principal not in self.ended

    def refuse(self, caller: Mapping[str, Any], name: str, code: str) -> None:
        self.refused.append((dict(caller), name, code))

    def limit(self, caller: Mapping[str, Any], name: str) -> None:
        if caller.get(PEER) == "limited":
            raise RateLimited("Wait.")

    def count(self, name: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        def handle(*arguments: Any) -> Any:
            self.counted.append(name)
            return handler(*arguments)

        return handle

    def send(self, name: str, *arguments: Any, sid: str = "ann") -> Any:
        known = self.server.handlers.get(name)
        return known(sid, *arguments) if known else self.server.handlers["*"](name, sid, *arguments)


@pytest.fixture
def setup() -> Setup:
    return Setup()


@pytest.mark.parametrize(
    ("name", "message", "answer"),
    [
        ("watch", {"view": {}}, "views watch"),
        ("watch", {"board": "now"}, "boards watch"),
        ("seen", {"watch": "task:1", "offset": 1}, "views seen"),
        ("seen", {"watch": "board:now", "offset": 1}, "boards seen"),
        ("unwatch", {"watch": "task:1"}, "views unwatch"),
        ("unwatch", {"watch": "board:now"}, "boards unwatch"),
    ],
)
def test_a_message_is_answered_by_the_hub_that_it_is_about(
    setup: Setup, name: str, message: dict[str, Any], answer: str
) -> None:
    assert setup.send(name, message) == answer
    assert (setup.calls, setup.counted) == ([(*answer.split(), "ann", message)], [name])


@pytest.mark.parametrize("principal", [ANYONE, PASSWORD_HOLDER])
def test_a_connection_acts_on_behalf_of_the_principal_that_the_door_recognised(
    setup: Setup, principal: Principal
) -> None:
    setup.send("connect", {PRINCIPAL: principal})
    assert setup.calls == [("boards", "connect", "ann", principal), ("views", "connect", "ann", principal)]


def test_a_connection_that_passed_no_door_is_not_let_in(setup: Setup) -> None:
    with pytest.raises(KeyError):
        setup.send("connect", {})
    assert setup.calls == []


def test_both_hubs_hear_that_a_connection_ended(setup: Setup) -> None:
    setup.send("disconnect", "transport close")
    assert setup.calls == [("boards", "disconnect", "ann"), ("views", "disconnect", "ann")]


def test_it_is_told_of_whom_a_message_was_refused_as_long_as_they_are_connected(setup: Setup) -> None:
    setup.send("watch")
    setup.send("connect", {PRINCIPAL: ANYONE, PEER: "192.0.2.7", "PATH_INFO": "/"})
    setup.send("watch")
    setup.send("disconnect", "transport close")
    setup.send("watch")
    assert setup.refused == [({PRINCIPAL: ANYONE, PEER: "192.0.2.7"}, "watch", "message_invalid")]


def test_a_message_beyond_a_limit_is_refused_for_a_moment(setup: Setup) -> None:
    setup.send("connect", {PRINCIPAL: ANYONE, PEER: "limited"})
    setup.calls.clear()
    refusal = setup.send("watch", {"view": {}})
    assert (refusal.code, refusal.again, refusal.error) == ("rate_limited", True, "Wait.")
    assert setup.calls == []
    assert [code for _, _, code in setup.refused] == ["rate_limited"]


@pytest.mark.parametrize("arguments", [(), ({}, {})])
def test_a_message_without_its_one_argument_is_refused(setup: Setup, arguments: tuple[Any, ...]) -> None:
    refusal = setup.send("watch", *arguments)
    assert isinstance(refusal, Refusal)
    assert (refusal.error, refusal.code) == (
        f"watch came with {len(arguments)} values; expected one object.",
        "message_invalid",
    )
    assert setup.calls == []


def test_a_message_of_another_name_is_refused_and_counted_as_other(setup: Setup) -> None:
    refusal = setup.send("x" * 1000, {})
    assert isinstance(refusal, Refusal)
    assert refusal.error == f"There is no message {'x' * 80!r}; expected one of watch, seen, unwatch."
    assert (refusal.code, setup.counted) == ("message_unknown", ["other"])


@pytest.mark.parametrize("name", ["watch", "other"])
def test_a_client_that_only_requests_and_reads_nothing_is_cut(setup: Setup, name: str) -> None:
    setup.flooded.add("ann")
    assert setup.send(name, {"view": {}}) is None
    assert (setup.cut, setup.calls, setup.counted) == (["ann"], [], [])


def test_a_message_that_cannot_be_handled_is_answered_and_logged(
    setup: Setup, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    del setup.counted[:]
    setup.count = lambda name, handler: handler  # type: ignore[method-assign]

    def fail(*_: Any) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(setup.hub, "watch", fail)
    server: Any = setup.server
    fanout: Any = SimpleNamespace(flooded=lambda _: False)
    handlers.register(server, setup.hub, setup.hub, fanout, setup.cut.append)
    with caplog.at_level(logging.ERROR):
        refusal = setup.send("watch", {"view": {}})
    assert isinstance(refusal, Refusal)
    assert refusal.error == "The server could not handle this message; its log says why."
    assert (refusal.code, refusal.again) == ("internal_error", False)
    assert "a mistake" in caplog.text


def test_a_client_whose_session_ended_since_the_door_let_it_in_is_not_connected(setup: Setup) -> None:
    environ = {PRINCIPAL: signed_in("1")}
    assert setup.server.handlers["connect"]("ann", environ) is True
    setup.calls.clear()
    setup.ended.add(signed_in("1"))
    assert setup.server.handlers["connect"]("bob", environ) is False
    assert setup.calls == []
