"""How far a client is: what makes it fall behind, and what it gets then."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from phloem_server.live.cursor import BEHIND_AFTER, BEHIND_TICK, BLOCKED_LIMIT, SILENT_LIMIT, Cursor, Due


def cursor(flushed: int = 10, **facts: Any) -> Cursor:
    view: Any = SimpleNamespace(flushed=flushed)
    return Cursor(**{"view": view, "told": 5, "sent_at": 0.0, **facts})


def test_a_client_falls_behind_when_it_has_not_confirmed_a_frame_for_too_long() -> None:
    it = cursor()
    fell = [it.pass_by(since, now) for since, now in ((5, 0.0), (6, BEHIND_AFTER - 0.1), (7, BEHIND_AFTER))]
    assert (fell, it.behind, it.told) == ([False, False, True], True, 7)


def test_a_client_that_confirms_does_not_fall_behind() -> None:
    it = cursor()
    for now in range(100):
        assert not it.pass_by(10, float(now))
        assert not it.confirm(10, float(now))
    assert not it.behind


def test_a_client_behind_is_told_from_where_the_view_begins_again() -> None:
    it = cursor(behind=True, told=9)
    assert not it.pass_by(7, 0.0)
    assert it.told == 7


@pytest.mark.parametrize(("offset", "catches_up"), [(8, False), (9, True)])
def test_a_client_behind_catches_up_once_it_has_confirmed_all_that_it_was_sent(offset: int, catches_up: bool) -> None:
    assert cursor(behind=True, told=9).confirm(offset, 1.0) is catches_up


@pytest.mark.parametrize(
    ("facts", "now", "ready", "due"),
    [
        ({}, BEHIND_TICK - 0.1, True, Due.NOTHING),
        ({}, BEHIND_TICK, True, Due.FRAME),
        ({"told": 10}, BEHIND_TICK, True, Due.NOTHING),
        ({}, SILENT_LIMIT, True, Due.RESYNC),
        ({"given_up": True}, SILENT_LIMIT, True, Due.NOTHING),
        ({"given_up": True}, 2 * SILENT_LIMIT, True, Due.CUT),
        ({"blocked_since": 0.0}, BLOCKED_LIMIT, True, Due.CATCH_UP),
        ({"blocked_since": 0.0}, BLOCKED_LIMIT - 0.1, False, Due.NOTHING),
        ({"blocked_since": 0.0}, BLOCKED_LIMIT, False, Due.CUT),
    ],
)
def test_what_is_due_to_a_client_behind(facts: dict[str, Any], now: float, ready: bool, due: Due) -> None:
    assert cursor(behind=True, **facts).due(now, lambda: ready) is due
