"""People who may sign in with a name: in Redis and in memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.stores import users as limits
from phloem.record.stores.users import LastAdmin, User
from phloem.settings import Settings

ANN = User(name="ann", role="operator", hash="$argon2id$1", created_at=1.0, changed_at=1.0)


def renamed(name: str) -> User:
    return msgspec.structs.replace(ANN, name=name)


def admin(name: str) -> User:
    return msgspec.structs.replace(ANN, name=name, role="admin")


def demoted(user: User) -> User:
    return msgspec.structs.replace(user, role="viewer")


def test_a_user_is_kept_under_its_name_until_it_is_removed(channel: Channel) -> None:
    zoe = User(name="Zoë", role="viewer", owner="acme", hash="$argon2id$2", created_at=2.0, changed_at=3.0)
    assert [channel.users.add(zoe), channel.users.add(ANN)] == [True, True]
    assert list(channel.users.all().items()) == [("Zoë", zoe), ("ann", ANN)]
    assert [channel.users.remove(each) for each in ("ann", "ann", "nobody")] == [True, False, False]
    assert channel.users.all() == {"Zoë": zoe}


def test_there_is_one_user_of_a_name_and_names_differ_by_case(channel: Channel) -> None:
    assert channel.users.add(ANN)
    assert not channel.users.add(msgspec.structs.replace(ANN, role="admin"))
    assert channel.users.all() == {"ann": ANN}
    assert channel.users.add(renamed("Ann"))


def test_there_are_no_more_users_than_the_limit(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "USERS_LIMIT", 2)
    assert [channel.users.add(renamed(each)) for each in ("a", "b", "c")] == [True, True, False]
    assert list(channel.users.all()) == ["a", "b"]


def test_a_change_is_made_of_what_is_kept(channel: Channel) -> None:
    channel.users.add(ANN)
    changed = channel.users.change("ann", lambda user: msgspec.structs.replace(user, role="admin", changed_at=9.0))
    assert changed == msgspec.structs.replace(ANN, role="admin", changed_at=9.0)
    assert channel.users.all() == {"ann": changed}
    assert channel.users.change("nobody", lambda user: user) is None


def test_of_two_changes_at_once_neither_is_lost_and_what_was_removed_stays_so(redis_url: str) -> None:
    here, there = (RedisChannel(Settings(redis_url=redis_url)).users for _ in range(2))
    here.add(ANN)
    meanwhile = [lambda: there.change("ann", lambda user: msgspec.structs.replace(user, owner="acme"))]

    def promote(user: User) -> User:
        if meanwhile:
            meanwhile.pop()()
        return msgspec.structs.replace(user, role="admin")

    assert here.change("ann", promote) == msgspec.structs.replace(ANN, role="admin", owner="acme")

    def too_late(user: User) -> User:
        there.remove("ann", last=True)
        return user

    assert here.change("ann", too_late) is None
    assert here.all() == {}


def test_the_only_admin_stays_one_unless_the_last_may_go(channel: Channel) -> None:
    channel.users.add(admin("bob"))
    channel.users.add(ANN)
    with pytest.raises(LastAdmin, match="'bob' is the only admin"):
        channel.users.remove("bob")
    with pytest.raises(LastAdmin, match="'bob' is the only admin"):
        channel.users.change("bob", demoted)
    assert channel.users.all() == {"ann": ANN, "bob": admin("bob")}
    channel.users.add(admin("eve"))
    assert channel.users.change("bob", demoted) is not None
    assert channel.users.remove("eve", last=True)


def test_an_admin_who_is_changed_as_the_other_one_is_removed_stays_one(channel: Channel) -> None:
    channel.users.add(admin("ann"))
    channel.users.add(admin("bob"))

    def late(user: User) -> User:
        channel.users.remove("bob")
        return demoted(user)

    with pytest.raises(LastAdmin):
        channel.users.change("ann", late)
    assert channel.users.all() == {"ann": admin("ann")}


def test_of_two_admins_who_are_removed_at_once_one_stays(channel: Channel) -> None:
    start = threading.Barrier(2, timeout=10)

    def removed(name: str) -> bool:
        start.wait()
        try:
            return channel.users.remove(name)
        except LastAdmin:
            return False

    with ThreadPoolExecutor(2) as both:
        for _ in range(20):
            for name in ("ann", "bob"):
                channel.users.add(admin(name))
            assert sorted(both.map(removed, ("ann", "bob"))) == [False, True]
            assert len(channel.users.all()) == 1


def test_who_is_to_stay_is_looked_at_again_as_the_other_one_is_removed(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = (RedisChannel(Settings(redis_url=redis_url)).users for _ in range(2))
    here.add(admin("ann"))
    here.add(admin("bob"))
    read = redis.Redis.hgetall

    def overtaken(*arguments: Any) -> object:
        found = read(*arguments)
        monkeypatch.setattr(redis.Redis, "hgetall", read)
        there.remove("bob")
        return found

    monkeypatch.setattr(redis.Redis, "hgetall", overtaken)
    with pytest.raises(LastAdmin):
        here.remove("ann")
    assert redis.Redis.hgetall is read, "all were read"
    assert list(here.all()) == ["ann"]


def test_what_cannot_be_read_is_a_user_by_name_alone(redis_url: str) -> None:
    whole = msgspec.json.encode(ANN)
    torn = [b"{", b'{"name":"x"}', b"\xff", whole.replace(b"operator", b"owner of all"), whole]
    with redis.Redis.from_url(redis_url) as client:
        client.hset("phloem:{phloem}:users", mapping={f"torn {place}": each for place, each in enumerate(torn)})
        client.hset("phloem:{phloem}:users", mapping={b"\xff": whole})
    kept = RedisChannel(Settings(redis_url=redis_url)).users
    assert kept.all() == {**{f"torn {place}": None for place in range(5)}, "\ufffd": None}
    assert kept.change("torn 0", lambda user: user) is None
    assert not kept.add(renamed("torn 0"))
    assert kept.remove("torn 0")
