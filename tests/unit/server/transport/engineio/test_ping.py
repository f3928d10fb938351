"""One greenlet pings all sessions."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from phloem_server.transport.engineio.ping import Pinger
from tests.unit.server.transport.engineio.green import Engine, wait_until


class Session:
    """A session that ends at its last ping of so many."""

    def __init__(self, name: str, pinged: list[str], lives: int = 1) -> None:
        self._name, self._pinged, self._lives = name, pinged, lives

    def ping(self) -> bool:
        self._pinged.append(self._name)
        self._lives -= 1
        return self._lives > 0


class Tasks(Engine):
    """Counts the greenlets that run."""

    def __init__(self) -> None:
        super().__init__()
        self.running = 0

    def start_background_task(self, work: Callable[..., Any], *arguments: Any) -> Any:
        def run() -> None:
            self.running += 1
            work(*arguments)
            self.running -= 1

        return super().start_background_task(run)


def test_one_greenlet_pings_all_sessions_in_turn_and_ends_with_the_last() -> None:
    engine, pinged = Tasks(), list[str]()
    pinger = Pinger(engine)
    for name in ("a", "b", "c"):
        engine.sockets[name] = Session(name, pinged, lives=2)
        pinger.add(name)
    pinger.add("unknown")
    wait_until(lambda: engine.running == 1)
    wait_until(lambda: engine.running == 0)
    assert pinged == ["a", "b", "c", "a", "b", "c"]
    pinger.add("a")
    wait_until(lambda: pinged[6:] == ["a"])


def test_a_session_that_cannot_be_pinged_is_cut_and_the_others_are_pinged(caplog: pytest.LogCaptureFixture) -> None:
    engine, pinged, cut = Tasks(), list[str](), list[str]()
    pinger = Pinger(engine)

    def broken() -> bool:
        raise RuntimeError("a bug")

    engine.sockets["broken"] = SimpleNamespace(ping=broken, cut=lambda: cut.append("broken"))
    engine.sockets["other"] = Session("other", pinged)
    for times in (1, 2):
        for sid in engine.sockets:
            pinger.add(sid)
        wait_until(lambda times=times: len(pinged) == times and not engine.running)  # type: ignore[misc]
    assert (pinged, cut) == (["other", "other"], ["broken", "broken"])
    assert caplog.text.count("could not be pinged") == 2


def test_a_pinger_that_is_stopped_ends_at_once_and_begins_no_more() -> None:
    engine, pinged = Tasks(), list[str]()
    engine.ping_interval = 100
    engine.sockets["a"] = Session("a", pinged)
    pinger = Pinger(engine)
    pinger.add("a")
    wait_until(lambda: engine.running == 1)
    pinger.stop()
    wait_until(lambda: engine.running == 0)
    pinger.add("a")
    engine.sleep(0)
    assert (engine.running, pinged) == (0, [])


def test_other_greenlets_have_a_turn_while_many_sessions_are_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.ping.BURST_PINGS", 10)
    engine, pinged = Tasks(), list[str]()
    engine.ping_interval = 0
    pinger = Pinger(engine)
    for number in range(25):
        engine.sockets[str(number)] = Session(str(number), pinged)
        pinger.add(str(number))
    seen: list[int] = []
    engine.sleep(0)
    seen.append(len(pinged))
    wait_until(lambda: not engine.running)
    assert seen == [10]
    assert len(pinged) == 25
