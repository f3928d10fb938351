from __future__ import annotations

import random

import pytest

from phloem_server.mirror.statistics import run_times as runtimes
from phloem_server.mirror.statistics.run_times import LONGEST, SHORTEST, Tally

PERCENTS = (50, 95, 99)


def tally(*runs: float | None, failed: int = 0) -> Tally:
    found = Tally()
    for ran in runs:
        found.add(runtimes.cell(False, ran))
    for _ in range(failed):
        found.add(runtimes.cell(True, 1.0))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_percentiles_are_true_within_five_percent(seed: int) -> None:
    chance = random.Random(seed)
    runs = sorted(chance.lognormvariate(0, 2) for _ in range(1000))
    exact = [runs[len(runs) * percent // 100 - 1] for percent in PERCENTS]
    assert tally(*runs).percentiles(PERCENTS) == pytest.approx(exact, rel=0.051)


def test_of_one_run_every_percentile_is_that_run() -> None:
    assert tally(2.0).percentiles(PERCENTS) == pytest.approx([2.0] * 3, rel=0.05)


def test_what_failed_or_has_no_known_run_time_counts_but_tells_nothing_of_run_times() -> None:
    found = tally(None, failed=2)
    assert (found.count, found.failed, found.percentiles(PERCENTS)) == (3, 2, [None] * 3)


@pytest.mark.parametrize(
    ("ran", "told"), [(-5.0, SHORTEST), (0.0, SHORTEST), (SHORTEST / 9, SHORTEST), (LONGEST * 99, LONGEST)]
)
def test_runs_beyond_the_scale_count_with_its_ends(ran: float, told: float) -> None:
    assert tally(ran).percentiles((50,)) == pytest.approx([told], rel=0.15)


def test_what_another_tally_counted_can_be_taken_out() -> None:
    both, one = tally(1.0, 100.0, failed=1), tally(100.0, failed=1)
    both.subtract(one)
    assert (both.count, both.failed) == (1, 0)
    assert both.percentiles((99,)) == pytest.approx([1.0], rel=0.05)
