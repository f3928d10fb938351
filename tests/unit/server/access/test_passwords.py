"""Guessing is slowed down, and shuts no client out."""

from __future__ import annotations

from phloem_server.access.passwords import WRONG_AT_ONCE, GuessThrottle
from tests.unit.server.access.doorway import Doorway


def test_the_right_password_is_never_held_up_by_wrong_ones(locked_door: Doorway) -> None:
    for _ in range(100):
        locked_door.ask(headers={"Authorization": "Bearer wrong"})
        locked_door.sign_in("wrong")
    locked_door.slept.clear()
    assert locked_door.sign_in().status_code == 303
    assert locked_door.slept == []


def test_wrong_passwords_beyond_a_number_are_refused_without_waiting() -> None:
    throttle: GuessThrottle
    results: list[bool] = []
    depth = 0

    def one_more(_: float) -> None:
        nonlocal depth
        depth += 1
        if depth <= WRONG_AT_ONCE:
            results.append(throttle.delay())

    throttle = GuessThrottle(one_more)
    assert throttle.delay()
    assert results == [False] + [True] * (WRONG_AT_ONCE - 1)
    assert throttle.delay()
