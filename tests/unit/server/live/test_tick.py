from __future__ import annotations

import pytest

from phloem_server.live.tick import LONGEST, QUICK, USUAL, Tick


def test_a_tick_is_short_while_telling_everybody_costs_little() -> None:
    assert Tick().adapt(took=0.001, lag=0.01) == QUICK


@pytest.mark.parametrize(("took", "tick"), [(0.0025, QUICK), (0.004, 0.04), (0.005, USUAL), (0.025, USUAL)])
def test_a_tick_leaves_most_of_the_time_to_others_until_it_is_as_long_as_is_usual(took: float, tick: float) -> None:
    assert Tick().adapt(took=took, lag=0.0) == pytest.approx(tick)


def test_a_tick_grows_at_once_with_what_telling_everybody_takes() -> None:
    assert Tick().adapt(took=0.2, lag=0.0) == 0.4


def test_a_tick_grows_with_the_lag_so_that_it_can_be_made_up_for() -> None:
    assert Tick().adapt(took=0.001, lag=0.6) == 0.3


def test_a_tick_never_grows_beyond_what_can_still_be_called_live() -> None:
    assert Tick().adapt(took=60.0, lag=60.0) == LONGEST


def test_a_tick_shrinks_by_and_by_and_to_what_it_was() -> None:
    tick = Tick()
    tick.adapt(took=0.2, lag=0.0)
    ticks = [tick.adapt(took=0.0, lag=0.0) for _ in range(6)]
    assert ticks == sorted(ticks, reverse=True)
    assert ticks[0] > USUAL
    assert ticks[-1] == QUICK
