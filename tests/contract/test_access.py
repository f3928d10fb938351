"""Sessions: in Redis and in memory."""

from __future__ import annotations

import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.stores import access as limits
from phloem.record.stores.access import Identity, Session
from phloem.settings import Settings


def test_a_session_is_kept_until_it_is_ended(channel: Channel) -> None:
    ann = Session(started_at=2.0, address="192.0.2.1", agent="a browser")
    channel.sessions.begin("ann", ann, 0.0)
    channel.sessions.begin("bob", Session(started_at=1.0), 0.0)
    assert list(channel.sessions.all()) == ["bob", "ann"]
    assert channel.sessions.all()["ann"] == ann
    channel.sessions.end(["bob", "nobody"])
    channel.sessions.end([])
    assert channel.sessions.ids() == {"ann"}
    assert channel.sessions.get(["ann", "bob"]) == {"ann": ann}
    assert channel.sessions.get([]) == {}


def test_a_session_says_who_signed_in_and_when_it_was_last_used(channel: Channel) -> None:
    ann = Identity(kind="user", name="Zoë", role="viewer", owner="acme", changed_at=0.1 + 0.2)
    channel.sessions.begin("ann", Session(started_at=1.0, identity=ann), 0.0)
    assert channel.sessions.all()["ann"].identity == ann
    assert channel.sessions.seen() == {}
    channel.sessions.saw({"ann": 7.25, "nobody": 7.25})
    channel.sessions.saw({"ann": 6.0})
    channel.sessions.saw({})
    assert channel.sessions.seen() == {"ann": 7.25}
    channel.sessions.end(["ann"])
    channel.sessions.saw({"ann": 9.0})
    assert channel.sessions.seen() == {}


def test_a_new_one_ends_those_that_are_too_old_and_too_many(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SESSIONS_LIMIT", 3)
    for number in range(6):
        channel.sessions.begin(str(number), Session(started_at=float(number)), 0.0)
    assert channel.sessions.ids() == {"3", "4", "5"}
    channel.sessions.begin("6", Session(started_at=6.0), 5.0)
    assert channel.sessions.ids() == {"5", "6"}


def test_what_somebody_wrote_in_its_place_is_the_first_to_end(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset("phloem:{phloem}:sessions", mapping={b"\xff": "1", "torn": "{"})
    kept = RedisChannel(Settings(redis_url=redis_url)).sessions
    assert len(kept.all()) == 2
    kept.begin("ann", Session(started_at=9.0), 5.0)
    assert "torn" not in kept.ids()
    assert kept.get(["ann"])


def test_what_cannot_be_read_is_nobodys_session(redis_url: str) -> None:
    of_another_version = b'{"started_at":1.0,"identity":{"role":"owner of all"}}'
    of_an_earlier_one = b'{"started_at":1.0,"address":"","agent":""}'
    with redis.Redis.from_url(redis_url) as client:
        held = {"torn": b"{", "new": of_another_version, "old": of_an_earlier_one}
        client.hset("phloem:{phloem}:sessions", mapping=held)
        client.hset("phloem:{phloem}:sessions-seen", "old", "soon")
    kept = RedisChannel(Settings(redis_url=redis_url)).sessions
    assert kept.get(["torn", "new", "old"]) == {"old": Session(started_at=1.0)}
    assert kept.seen() == {"old": 0.0}
