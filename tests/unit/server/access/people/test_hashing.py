"""Hashes of users' passwords: which, how long, and how many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from phloem_server.access.people.hashing import HASH_BYTES, LANES, MEMORY_KIB, NOBODYS, PASSES, SALT_BYTES, Hashing
from tests.unit.server.access.doorway import Quick


def test_a_hash_is_that_of_its_password_alone_with_a_salt_of_its_own_and_the_parameters_of_owasp() -> None:
    hashing = Hashing()
    first, second = hashing.hash("öffne dich"), hashing.hash("öffne dich")
    assert first != second
    assert [
        hashing.matches(first, each) for each in ("öffne dich", "o\u0308ffne dich", "offne dich", "", "\ud800")
    ] == [
        True,
        True,
        False,
        False,
        False,
    ]
    for made in (first, NOBODYS):
        found = extract_parameters(made)
        assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (
            Type.ID,
            MEMORY_KIB,
            PASSES,
            LANES,
        )
        assert (found.salt_len, found.hash_len) == (SALT_BYTES, HASH_BYTES)
        assert not hashing.is_outdated(made)
    assert (MEMORY_KIB, PASSES, LANES) == (19456, 2, 1)


def test_a_hash_with_other_parameters_still_counts_and_is_outdated() -> None:
    old = PasswordHasher(1, 8, 1).hash("open sesame")
    hashing = Hashing()
    assert hashing.matches(old, "open sesame")
    assert hashing.is_outdated(old)


@pytest.mark.parametrize("torn", ["", "$argon2id$", "$2b$12$abc", "plain"])
def test_what_is_no_hash_is_that_of_no_password(torn: str) -> None:
    assert not Hashing().matches(torn, torn)


def test_without_a_user_as_much_is_compared_and_nothing_is_right() -> None:
    quick = Quick()
    hashing = Hashing(quick, lambda work: work())
    assert hashing.matches("hash of word", "word")
    assert not hashing.matches("hash of word", "other")
    assert not hashing.matches(None, "word")
    assert quick.compared == [("hash of word", b"word"), ("hash of word", b"other"), (NOBODYS, b"word")]


def test_one_is_compared_at_a_time_however_many_ask() -> None:
    at_work, most = 0, 0
    go = threading.Event()

    def run(work: Callable[[], object]) -> object:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        go.wait(0.01)
        found = work()
        at_work -= 1
        return found

    hashing = Hashing(Quick(), run)
    threads = [threading.Thread(target=hashing.matches, args=(None, "word")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
