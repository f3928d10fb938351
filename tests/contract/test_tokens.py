"""Tokens that the server made, and those that were revoked: in Redis and in memory."""

from __future__ import annotations

import math

import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.tokens import Token
from phloem.settings import Settings

CI = Token(id="ci", name="ci", role="operator", made_at=2.0, made_by="ann", expires_at=100.0)
BAR = Token(id="bar", task="4f2a", actions=("see",), origin="https://shop.example", made_at=1.0, expires_at=50.0)


def test_what_is_known_of_a_token_is_kept_until_it_expires(channel: Channel) -> None:
    channel.tokens.keep(CI, 10.0)
    channel.tokens.keep(BAR, 10.0)
    assert channel.tokens.all() == {"bar": BAR, "ci": CI}
    assert list(channel.tokens.all()) == ["bar", "ci"]
    channel.tokens.keep(Token(id="new", role="viewer", made_at=50.0, expires_at=60.0), 50.0)
    assert list(channel.tokens.all()) == ["ci", "new"]


def test_a_token_that_is_revoked_is_not_listed_any_more_and_known_as_such_until_it_expires(channel: Channel) -> None:
    channel.tokens.keep(BAR, 10.0)
    channel.tokens.revoke("bar", 50.0, 10.0)
    channel.tokens.revoke("of an application", math.inf, 10.0)
    assert channel.tokens.all() == {}
    assert channel.tokens.revoked() == {"bar", "of an application"}
    channel.tokens.revoke("another", 90.0, 50.0)
    assert channel.tokens.revoked() == {"of an application", "another"}


def test_what_has_expired_is_forgotten_when_asked(channel: Channel) -> None:
    channel.tokens.keep(CI, 10.0)
    channel.tokens.keep(BAR, 10.0)
    channel.tokens.revoke("short", 50.0, 10.0)
    channel.tokens.revoke("long", 100.0, 10.0)
    channel.tokens.forget(50.0)
    assert channel.tokens.all() == {"ci": CI}
    assert channel.tokens.revoked() == {"long"}


@pytest.mark.parametrize("until", [80.0, 60.0, math.inf])
def test_a_token_that_is_revoked_twice_stays_so_until_the_later_of_both(channel: Channel, until: float) -> None:
    channel.tokens.revoke("bar", 70.0, 10.0)
    channel.tokens.revoke("bar", until, 10.0)
    later = max(70.0, until)
    channel.tokens.forget(min(later, 1000.0) - 1.0)
    assert channel.tokens.revoked() == {"bar"}
    channel.tokens.revoke("bar", 20.0, 10.0)
    channel.tokens.forget(min(later, 1000.0))
    assert channel.tokens.revoked() == (frozenset() if later < math.inf else {"bar"})


def test_with_another_key_all_are_forgotten(channel: Channel) -> None:
    channel.tokens.keep(CI, 10.0)
    channel.tokens.revoke("bar", 50.0, 10.0)
    channel.tokens.clear()
    assert (channel.tokens.all(), channel.tokens.revoked()) == ({}, frozenset())


def test_what_somebody_wrote_in_their_place_is_forgotten_and_revokes_what_it_names(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset("phloem:{phloem}:tokens", mapping={b"\xff": "1", "torn": "{"})
        client.hset("phloem:{phloem}:tokens:revoked", "bar", "soon")
    kept = RedisChannel(Settings(redis_url=redis_url)).tokens
    assert len(kept.all()) == 2
    kept.keep(CI, 10.0)
    assert "torn" not in kept.all()
    kept.revoke("ci", 100.0, 1000.0)
    kept.revoke("bar", 100.0, 1000.0)
    assert kept.revoked() == {"bar"}
