from __future__ import annotations

import time

import pytest

from phloem.model.state import State
from phloem_server.mirror.follower import Follower
from tests.unit.server.mirror.following import Producer, Scripted, eventually, rows


def test_redis_lost_and_found_is_told_and_what_happened_meanwhile_is_shown(
    follower: Follower, channel: Scripted, said: Producer
) -> None:
    told: list[bool] = []
    follower.on_status.add(lambda: told.append(follower.live))
    channel.away = True
    eventually(lambda: not follower.live)
    said("t1", State.STARTED)
    channel.away = False
    eventually(lambda: follower.live and "t1" in rows(follower))
    assert told == [False, True]


def test_what_keeps_redis_from_recording_is_told_until_it_was_not_seen_for_a_while(
    follower: Follower, channel: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.freshness.liveness.TROUBLE_SECONDS", 1.0)
    monkeypatch.setattr("phloem_server.mirror.follower.CHECK_EVERY", 0.05)
    told: list[str | None] = []
    eventually(lambda: follower.live)
    follower.on_status.add(lambda: told.append(follower.status.trouble))
    channel.full = "Redis is full."
    eventually(lambda: told == ["Redis is full."])
    assert follower.live
    channel.full = None
    eventually(lambda: told == ["Redis is full.", None])


def test_a_status_that_cannot_be_told_ends_neither_following_nor_keeping(
    follower: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.freshness.liveness.OLD_AFTER", 0.3)
    follower.on_status.add(lambda: next(iter(())))
    channel.still = True  # which is noticed where views are kept
    eventually(lambda: not follower.live)
    channel.still = False
    eventually(lambda: follower.live)
    channel.away = True  # and this where the record is followed
    eventually(lambda: not follower.live)
    channel.away = False
    said("t1", State.STARTED)
    eventually(lambda: follower.live and "t1" in rows(follower))
    channel.still = True
    eventually(lambda: not follower.live)
    channel.still = False


@pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
def test_a_redis_that_is_there_but_says_nothing_is_told_of_before_it_counts_as_lost(
    follower: Follower, channel: Scripted, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    monkeypatch.setattr("phloem_server.mirror.freshness.liveness.OLD_AFTER", 1.0 if defended else 3600.0)
    told: list[bool] = []
    follower.on_status.add(lambda: told.append(follower.live))
    channel.still = True
    try:
        if defended:
            eventually(lambda: not follower.live)
        else:
            time.sleep(1.5)
    finally:
        channel.still = False
    eventually(lambda: follower.live)
    assert told == ([False, True] if defended else [])
