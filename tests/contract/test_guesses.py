"""Wrong tries, as several web processes count them together, in memory and in Redis."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from phloem.record.redis_stores.guesses import RedisGuesses
from phloem.record.stores.guesses import Guesses, Pauses
from phloem.testing.access import MemoryGuesses
from tests.waiting import wait_until

PAUSES = Pauses(free=2, longest_seconds=30, kept_seconds=60)

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
    assert [here.begin(["ann"], PAUSES), there.begin(["ann"], PAUSES)] == [0, 0]
    assert here.begin(["ann"], PAUSES) <= 1
    for longest in (2, 4, 8, 16, 30, 30):
        there.count(["ann"], PAUSES)
        waits = here.begin(["ann"], PAUSES)
        assert waits <= longest
    assert waits > 16
    assert 0 < there.begin(["bob", "ann"], PAUSES) <= waits


def test_a_try_that_has_to_wait_is_counted_under_none_of_its_names(process: Process) -> None:
    here = process()
    for _ in range(10):
        here.count(["ann"], PAUSES)
    for _ in range(5):
        assert here.begin(["bob", "ann"], PAUSES) > 0
    assert here.begin(["bob"], PAUSES) == 0


def test_after_its_pause_the_next_try_is_made(process: Process) -> None:
    here = process()
    for _ in range(PAUSES.free):
        here.count(["ann"], PAUSES)
    wait_until(lambda: here.begin(["ann"], PAUSES) == 0, 20, "its second is over")


def test_one_that_was_right_is_taken_back_with_its_pause(process: Process) -> None:
    here, there = process(), process()
    for _ in range(3):
        assert here.begin(["ann"], PAUSES) == 0
        assert here.begin(["ann"], PAUSES) == 0
        there.take_back(["ann"])
        there.take_back(["ann"])
    there.take_back(["nobody"])
    assert here.begin(["nobody"], PAUSES) == 0


def test_what_is_kept_is_forgotten_in_time_and_names_nobody(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    RedisGuesses(client, "", "test:").count(["account correct horse"], PAUSES)
    [key] = client.scan_iter()
    assert 0 < client.ttl(key) <= PAUSES.kept_seconds
    assert "horse" not in f"{key!r} {client.hgetall(key)}"
