from __future__ import annotations

from phloem_server.pace import LONGEST, TICK, Pace


def test_a_tick_is_short_while_telling_everybody_costs_little() -> None:
    assert Pace().told(took=0.001, lag=0.01) == TICK


def test_a_tick_grows_at_once_with_what_telling_everybody_takes() -> None:
    assert Pace().told(took=0.2, lag=0.0) == 0.4


def test_a_tick_grows_with_the_lag_so_that_it_can_be_made_up_for() -> None:
    assert Pace().told(took=0.001, lag=0.6) == 0.3


def test_a_tick_never_grows_beyond_what_can_still_be_called_live() -> None:
    assert Pace().told(took=60.0, lag=60.0) == LONGEST


def test_a_tick_shrinks_by_and_by_and_to_what_it_was() -> None:
    pace = Pace()
    pace.told(took=0.2, lag=0.0)
    ticks = [pace.told(took=0.0, lag=0.0) for _ in range(5)]
    assert ticks == sorted(ticks, reverse=True)
    assert ticks[0] > TICK
    assert ticks[-1] == TICK
