"""Wrong tries, as several web processes count them together, in memory and in Redis."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
import redis

from phloem.record.redis_stores.guesses import RedisGuesses
from phloem.record.stores.guesses import Guesses, Pauses
from phloem.testing.access import MemoryGuesses
from tests.waiting import wait_until

PAUSES = Pauses(free=2, longest_seconds=30, kept_seconds=60)
SECOND = Pauses(free=3, longest_seconds=1, kept_seconds=1, since_first=True)
ANN, BOB = {"ann": PAUSES}, {"bob": PAUSES}

Process = Callable[[], Guesses]


@pytest.fixture(params=["memory", "redis"])
def process(request: pytest.FixtureRequest) -> Process:
    """Gives the counts of a web process."""
    if request.param == "memory":
        guesses = MemoryGuesses()
        return lambda: guesses
    client = redis.Redis.from_url(request.getfixturevalue("redis_url"))
    return lambda: RedisGuesses(client, "", "test:")


def test_processes_count_together_and_the_next_try_waits_longer_after_each(process: Process) -> None:
    here, there = process(), process()
    assert [here.count(ANN, {}), there.waits(ANN), there.count(ANN, {})] == [0, 0, 0]
    assert 0 < here.waits(ANN) <= 1
    for longest in (2, 4, 8, 16, 30, 30):
        assert there.count({}, ANN) == 0
        waits = here.waits(ANN)
        assert longest - 1 < waits <= longest
    assert 0 < there.waits(BOB | ANN) <= waits


def test_a_try_that_has_to_wait_is_counted_under_none_of_its_names(process: Process) -> None:
    here = process()
    for _ in range(10):
        here.count({}, ANN)
    for _ in range(5):
        assert here.count(ANN, BOB) > 0
    assert here.waits(BOB) == 0


def test_a_try_counts_also_under_names_that_hold_it_up_no_more(process: Process) -> None:
    here = process()
    for _ in range(3):
        assert here.count(ANN if here.waits(ANN) == 0 else {}, BOB) == 0
    assert min(here.waits(ANN), here.waits(BOB)) > 0


def test_after_its_pause_the_next_try_is_made(process: Process) -> None:
    here = process()
    for _ in range(PAUSES.free):
        here.count({}, ANN)
    wait_until(lambda: here.waits(ANN) == 0, 60, "its second is over")


def test_what_is_counted_since_the_first_begins_anew_however_often_it_was_tried(process: Process) -> None:
    here = process()
    counts = {"all": SECOND}
    while here.count(counts, {}) == 0:
        pass
    wait_until(lambda: here.waits(counts) == 0, 60, "its second is over")
    assert [here.count(counts, {}), here.count(counts, {})] == [0, 0]


def test_what_is_kept_is_forgotten_in_time_and_names_nobody(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    guesses = RedisGuesses(client, "", "test:")
    for name, pauses in (("account correct horse", PAUSES), ("all", msgspec.structs.replace(SECOND, kept_seconds=50))):
        guesses.count({}, {name: pauses})
        [key] = client.scan_iter()
        assert 0 < client.ttl(key) <= pauses.kept_seconds
        assert "horse" not in f"{key!r} {client.hgetall(key)}"
        client.persist(key)
        guesses.count({}, {name: pauses})
        assert (client.ttl(key) > 0) is not pauses.since_first
        client.delete(key)
