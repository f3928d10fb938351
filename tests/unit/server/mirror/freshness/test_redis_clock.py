from __future__ import annotations

import pytest

from phloem_server.mirror.freshness.redis_clock import Lag


def test_the_lag_is_the_time_since_redis_published_by_one_and_the_same_clock() -> None:
    lag = Lag()
    lag.hear(published=100.0, now=100.25)
    assert lag.seconds == 0.25


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 0.5])
def test_a_clock_that_differs_is_no_lag(ahead: float) -> None:
    lag = Lag()
    lag.compare(asked=10.0, answered=10.002, at=10.001 + ahead)
    lag.hear(published=20.0 + ahead, now=20.25)
    assert lag.seconds == pytest.approx(0.25)


def test_the_quickest_answer_says_best_how_the_clocks_differ() -> None:
    lag = Lag()
    lag.compare(asked=10.0, answered=10.002, at=110.001)
    lag.compare(asked=11.0, answered=15.0, at=114.999)  # which waited for its answer, not on its way there
    lag.hear(published=120.0, now=20.0)
    assert lag.seconds == pytest.approx(0.0)


def test_a_lag_is_never_negative() -> None:
    lag = Lag()
    lag.hear(published=100.0, now=99.0)
    assert lag.seconds == 0.0
