"""Searches that people share: in Redis and in memory."""

from __future__ import annotations

import msgspec
import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.stores import views as limits
from phloem.record.stores.views import SharedView
from phloem.settings import Settings

FAILED = SharedView(name="Failed", search="state:failed", by="ann", changed_at=1.0)


def named(name: str) -> SharedView:
    return msgspec.structs.replace(FAILED, name=name)


def test_a_view_is_kept_under_its_name_until_it_is_removed(channel: Channel) -> None:
    assert channel.views.all() == ()
    assert [channel.views.save(each) for each in (FAILED, named("שלום"), named("A"))] == ["saved"] * 3
    assert [view.name for view in channel.views.all()] == ["A", "Failed", "שלום"]
    assert [channel.views.remove(each) for each in ("A", "A", "nobody's")] == [True, False, False]
    assert channel.views.all() == (FAILED, named("שלום"))


def test_the_last_of_a_name_is_kept_also_where_there_are_as_many_as_may_be(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "VIEWS_LIMIT", 2)
    assert [channel.views.save(named(each)) for each in ("a", "b", "c")] == ["saved", "saved", "full"]
    again = msgspec.structs.replace(named("a"), search="other")
    assert channel.views.save(again) == "taken"
    assert channel.views.all() == (named("a"), named("b"))
    assert channel.views.save(again, replace=True) == "saved"
    assert channel.views.all() == (again, named("b"))


def test_what_cannot_be_read_is_left_out(redis_url: str) -> None:
    settings = Settings(redis_url=redis_url, namespace="test")
    channel = RedisChannel(settings)
    channel.views.save(FAILED)
    with redis.Redis.from_url(redis_url) as client:
        client.hset("phloem:{test}:views", "odd", b"\xff{")
    assert channel.views.all() == (FAILED,)
    channel.close()
