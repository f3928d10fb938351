from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phloem.progress.rate import Pace, count, goal, number, percent, seconds_left

FLOATS = st.floats(allow_nan=True, allow_infinity=True)
COUNTS = st.floats(min_value=0, allow_infinity=False, allow_nan=False)
TIMES = st.floats(min_value=0, max_value=1e10)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, 3),
        (3.0, 3),
        (2.5, 2.5),
        (True, 1),
        (Decimal("2.5"), 2.5),
        (Fraction(1, 4), 0.25),
        (-1, 0),
        (0, 0),
        (math.nan, 0),
        (math.inf, 0),
        (10**400, 0),
        (10**30, 1e30),
        ("3", 0),
        (b"3", 0),
        (None, 0),
        ([], 0),
        (1j, 0),
    ],
)
def test_a_count_is_a_finite_number_that_is_not_negative(value: Any, shown: float) -> None:
    assert count(value) == shown


def test_a_number_that_fails_when_it_is_looked_at_is_none() -> None:
    class Broken:
        def __float__(self) -> float:
            raise ZeroDivisionError

    assert (number(Broken()), count(Broken()), goal(Broken())) == (None, 0, None)


@given(st.one_of(FLOATS, st.integers(), st.none(), st.text(), st.decimals(), st.booleans()))
def test_whatever_is_counted_can_be_shown(value: Any) -> None:
    assert 0 <= count(value) < math.inf
    total = goal(value)
    assert total is None or 0 < total < math.inf


@given(FLOATS, FLOATS)
def test_a_percentage_is_between_0_and_100(current: float, total: float) -> None:
    found = percent(count(current), goal(total))
    assert found is None or 0 <= found <= 100


def test_a_percentage_of_enormous_numbers_is_right() -> None:
    assert percent(1e308, 1.6e308) == pytest.approx(62.5)


@given(st.lists(st.tuples(COUNTS, TIMES), min_size=1, max_size=30))
def test_a_rate_is_finite_and_positive_or_unknown_whatever_comes_in_whatever_order(
    looks: list[tuple[float, float]],
) -> None:
    (current, at), *later = looks
    pace = Pace(since=at, at=at, current=current)
    for current, at in later:
        pace = pace.seen(current, at)
        assert pace.rate is None or 0 < pace.rate < math.inf
        left = seconds_left(pace.current, 1e308, pace.rate)
        assert left is None or 0 <= left < math.inf


@given(st.floats(min_value=0.01, max_value=1e6), st.lists(st.floats(min_value=0.01, max_value=10), max_size=50))
def test_a_steady_pace_is_found_however_often_one_looks(rate: float, pauses: list[float]) -> None:
    now = 0.0
    pace = Pace(since=0, at=0, current=0)
    for pause in pauses:
        now += pause
        pace = pace.seen(rate * now, now)
        assert pace.rate == pytest.approx(rate, rel=1e-6)


def test_a_change_of_pace_is_followed_within_seconds() -> None:
    pace = Pace(since=0, at=0, current=0)
    for look in range(1, 1201):  # a minute at 100 a second
        pace = pace.seen(look * 5, look / 20)
    for look in range(1, 241):  # twelve seconds at 10 a second
        pace = pace.seen(6000 + look / 2, 60 + look / 20)
    assert pace.rate == pytest.approx(10, rel=0.5)


def test_a_count_that_goes_back_starts_the_rate_anew() -> None:
    pace = Pace(since=0, at=0, current=0).seen(100, 1).seen(5, 2)
    assert (pace.rate, pace.since) == (None, 2)


@pytest.mark.parametrize(
    ("current", "total", "rate", "left"),
    [(5, 10, 2.5, 2), (15, 10, 1, 0), (5, None, 1, None), (5, 10, None, None), (0, 1e308, 5e-324, None)],
)
def test_time_left(current: float, total: float | None, rate: float | None, left: float | None) -> None:
    assert seconds_left(current, total, rate) == left
