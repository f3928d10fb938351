"""How many clients there are: which count where, and when the others are told."""

from __future__ import annotations

from phloem_server.live.presence import TELL_EVERY, Presence
from phloem_server.live.protocol import Watching


def test_each_view_counts_its_own_clients() -> None:
    presence = Presence(0.0)
    presence.connected = 3
    presence.enter("a")
    presence.enter("a")
    presence.enter("b")
    assert presence.of("a") == Watching(view=2, all=3)
    assert [presence.leave("a"), presence.leave("a"), presence.of("b")] == [False, True, Watching(view=1, all=3)]


def test_a_thousand_clients_that_come_and_go_are_told_once() -> None:
    presence = Presence(0.0)
    told = 0
    for number in range(1, 1001):
        presence.connected = number
        presence.enter("a")
        for key in presence.news(number * TELL_EVERY / 1000):
            presence.tell(key)
            told += 1
    assert told == 1


def test_what_was_told_is_not_told_again() -> None:
    presence = Presence(0.0)
    presence.connected = 1
    presence.enter("a")
    presence.of("a")
    assert list(presence.news(TELL_EVERY + 1)) == [], "the only client knows it from its answer"
    presence.connected = 2
    assert list(presence.news(2 * TELL_EVERY + 2)) == ["a"]
    presence.tell("a")
    assert list(presence.news(3 * TELL_EVERY + 3)) == []
