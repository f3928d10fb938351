"""A crowd that guesses the password of one account: held up, told in the audit, and no hindrance for its user.

A hundred thousand guesses, or as many as PHLOEM_GUESSES says.
"""

from __future__ import annotations

import os
from collections import Counter

from phloem.testing.access import MemoryGuesses
from phloem_server.access.audit.entry import Entry
from phloem_server.access.audit.refusals import BEGUN_PER_HOUR, Refusals
from phloem_server.access.errors import TooManyAttempts
from phloem_server.access.people.guesses.throttle import LONGEST_PAUSE_SECONDS, Throttle
from tests.unit.server.access.audit.entries import refused

GUESSES = int(os.environ.get("PHLOEM_GUESSES", "100000"))
SECONDS = 600
ADDRESSES = 1000
HOME = "192.0.2.7"
"""From where the user of the account has signed in before."""


def test_a_crowd_is_held_up_and_told_of_while_the_user_signs_in() -> None:
    now = 1_000_000.0
    throttle = Throttle(MemoryGuesses(lambda: now), lambda: now)
    refusals = Refusals()
    told: list[Entry] = []
    compared: Counter[int] = Counter()

    def right() -> bool:
        return True

    def wrong() -> bool:
        compared[int(now)] += 1
        return False

    assert throttle.check_account(HOME, "ann", right)
    for number in range(GUESSES):
        now = 1_000_000.0 + number * SECONDS / GUESSES
        address = f"10.0.{number % ADDRESSES // 250}.{number % 250}"
        try:
            assert not throttle.check_account(address, "ann", wrong)
            code = "sign_in_refused"
        except TooManyAttempts:
            code = "too_many_attempts"
        entry = refusals.take(refused(now, address=address, code=code))
        told += [] if entry is None else [entry]
        if number % (GUESSES // 20) == 0:
            told += refusals.due(now)
            assert throttle.check_account(HOME, "ann", right)
    told += refusals.all()
    assert max(compared.values()) <= 20
    assert sum(compared.values()) <= 10 + SECONDS / LONGEST_PAUSE_SECONDS + 6
    assert sum(entry.count for entry in told) == GUESSES
    assert len(told) < 6 * BEGUN_PER_HOUR


def test_a_user_who_comes_from_nowhere_known_gets_in_once_the_crowd_pauses() -> None:
    now = 0.0
    throttle = Throttle(MemoryGuesses(lambda: now), lambda: now)
    for number in range(1000):
        now = number / 10
        try:
            throttle.check_account(f"10.0.0.{number % 250}", "ann", lambda: False)
        except TooManyAttempts:
            continue
    now += LONGEST_PAUSE_SECONDS
    assert throttle.check_account("198.51.100.1", "ann", lambda: True)
