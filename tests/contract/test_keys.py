"""The keys of a namespace: in Redis and in memory."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.redis_stores.keys import RedisKeys
from phloem.settings import Settings


def test_a_name_has_one_key_and_another_name_another(channel: Channel) -> None:
    key = channel.keys.get("shares")
    assert len(key) == 43
    assert channel.keys.get("shares") == key
    assert channel.keys.get("cookies") != key


def test_processes_of_a_namespace_share_a_key_and_other_namespaces_have_others(redis_url: str) -> None:
    here, there, elsewhere = (
        RedisChannel(Settings(redis_url=redis_url, namespace=name)) for name in ("one", "one", "two")
    )
    with closing(here), closing(there), closing(elsewhere):
        key = here.keys.get("shares")
        assert there.keys.get("shares") == key
        assert elsewhere.keys.get("shares") != key


class Late:
    """A client of Redis that finds no key, as another process makes it just after."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def hget(self, *_: str) -> None:
        """Nothing."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)


def test_of_two_processes_that_both_make_a_key_the_first_ones_stays(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        first = RedisKeys(client, "", "test:keys").get("shares")
        late: Any = Late(client)
        assert RedisKeys(late, "", "test:keys").get("shares") == first


def test_another_key_takes_the_place_of_one_for_good(channel: Channel) -> None:
    before, other = channel.keys.get("shares"), channel.keys.get("cookies")
    key = channel.keys.renew("shares")
    assert len(key) == 43
    assert key != before
    assert (channel.keys.get("shares"), channel.keys.get("cookies")) == (key, other)
