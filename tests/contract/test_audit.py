"""The audit as the record keeps it: in Redis and in memory."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.audit import AuditStore, End, Keep, Link
from phloem.settings import Settings

ALL = Keep(0, 1000)


def links(*numbers: int) -> list[Link]:
    return [Link(number=each, text=f"text {each}", hash=f"hash{each}", key="key") for each in numbers]


def end(number: int) -> End:
    return End(number, f"hash{number}") if number else End()


def numbers(found: Sequence[Link]) -> list[int]:
    return [link.number for link in found]


@pytest.fixture
def audit(channel: Channel) -> AuditStore:
    """An audit with five entries."""
    assert channel.audit.append(End(), links(1, 2, 3, 4, 5), ALL) == end(5)
    return channel.audit


def test_it_begins_empty(channel: Channel) -> None:
    assert channel.audit.ends() == (End(), End())
    assert channel.audit.newest("", 10) == channel.audit.following("", 10) == ()
    assert channel.audit.append(End(), [], ALL) == End()


def test_entries_are_kept_as_they_came_and_paged_in_both_directions(audit: AuditStore) -> None:
    newest = audit.newest("", 2)
    assert [(link.number, link.text, link.hash, link.key) for link in newest] == [
        (5, "text 5", "hash5", "key"),
        (4, "text 4", "hash4", "key"),
    ]
    assert numbers(audit.newest(newest[-1].id, 10)) == [3, 2, 1]
    oldest = audit.following("", 2)
    assert numbers(oldest) == [1, 2]
    assert numbers(audit.following(oldest[-1].id, 10)) == [3, 4, 5]
    assert audit.ends() == (End(), end(5))


def test_only_who_knows_the_end_of_the_chain_appends_to_it(audit: AuditStore) -> None:
    assert audit.append(end(4), links(5), ALL) == end(5)
    assert audit.append(End(5, "another hash"), links(6), ALL) == end(5)
    assert numbers(audit.following("", 10)) == [1, 2, 3, 4, 5]
    assert audit.append(end(5), links(6), ALL) == end(6)


def test_beyond_so_many_the_oldest_are_removed_and_the_last_of_those_is_remembered(audit: AuditStore) -> None:
    audit.append(end(5), links(6), Keep(0, 4))
    assert numbers(audit.following("", 10)) == [3, 4, 5, 6]
    assert audit.ends() == (end(2), end(6))
    audit.append(end(6), [], Keep(0, 3))
    assert numbers(audit.following("", 10)) == [4, 5, 6]
    assert audit.ends() == (end(3), end(6))


def test_what_is_too_old_is_removed_and_the_chain_goes_on(audit: AuditStore) -> None:
    audit.append(end(5), [], Keep(time.time() + 60, 1000))
    assert audit.following("", 10) == ()
    assert audit.ends() == (end(5), end(5))
    assert audit.append(end(5), links(6), ALL) == end(6)


def test_readers_keep_where_they_are(audit: AuditStore) -> None:
    assert audit.position("syslog") == ""
    audit.move("syslog", "17-0")
    assert audit.position("syslog") == "17-0"
    assert audit.position("webhook") == ""


def test_where_the_end_was_lost_the_last_entry_tells_it(redis_url: str) -> None:
    audit = RedisChannel(Settings(redis_url=redis_url)).audit
    audit.append(End(), links(1, 2), ALL)
    with redis.Redis.from_url(redis_url) as client:
        client.delete("phloem:{phloem}:audit:chain")
    assert audit.append(End(), links(1), ALL) == end(2)
    assert audit.append(end(2), links(3), ALL) == end(3)


def test_what_somebody_else_wrote_there_is_read_as_nothing_and_followed_by_a_new_chain(redis_url: str) -> None:
    audit = RedisChannel(Settings(redis_url=redis_url)).audit
    with redis.Redis.from_url(redis_url) as client:
        client.xadd("phloem:{phloem}:audit", {"number": "many", "text": b"\xff"})
        client.hset("phloem:{phloem}:audit:chain", mapping={"number": "many", "hash": b"\xff"})
    assert [(link.number, link.text, link.hash) for link in audit.newest("", 10)] == [(0, "\ufffd", "")]
    assert audit.ends() == (End(), End(0, "\ufffd"))
    assert audit.append(End(0, "\ufffd"), links(1), ALL) == End()
    assert audit.append(End(), links(1, 2), Keep(0, 1)) == end(2)
    assert numbers(audit.following("", 10)) == [2]
