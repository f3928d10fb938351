"""The percentage of the whole says how far the task is now, and falls only where the task says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import phloem
from phloem.progress.run import Run
from phloem.progress.steps import OpenStep
from phloem.tqdm import tqdm
from tests.unit.worker.progress.sampling import look_at_percent, new_run


def test_a_total_that_grows_lowers_it(run: Run) -> None:
    with phloem.step("Crawling", total=1) as step:
        step.advance()
        assert look_at_percent(run) == 100
        step.total = 50
        assert look_at_percent(run) == 2
        step.total = None
        assert look_at_percent(run) is None
        step.total = 4
        assert look_at_percent(run) == 25


@pytest.mark.parametrize(("start_over", "stands_at"), [(lambda step: step.set(0), 0), (lambda step: step.set(30), 30)])
def test_a_step_that_is_set_back_lowers_it(run: Run, start_over: Any, stands_at: float) -> None:
    with phloem.step("Uploading", total=100) as step:
        step.set(80)
        assert look_at_percent(run) == 80
        start_over(step)
        assert look_at_percent(run) == stands_at


def test_a_bar_that_is_reset_for_each_epoch_starts_again_each_time(run: Run) -> None:
    bar = tqdm(total=4)
    percents = []
    for _ in range(2):
        bar.reset()
        for _ in range(4):
            bar.update()
            percents.append(look_at_percent(run))
    assert percents == [25, 50, 75, 100] * 2
    bar.reset(total=10)
    assert look_at_percent(run) == 0


def test_a_part_that_starts_over_takes_back_what_it_counted(run: Run) -> None:
    with phloem.step("Files", total=4) as files, phloem.step("Uploading", total=100) as file:
        file.set(80)
        assert look_at_percent(run) == 20
        file.set(0)
        assert look_at_percent(run) == 0
        file.set(100)
        files.advance()
        assert look_at_percent(run) == 25
        file.set(40)
        assert look_at_percent(run) == 35


def test_a_part_that_is_reset_for_each_unit_counts_in_each(run: Run) -> None:
    with phloem.step("Epochs", total=2) as epochs, phloem.step("Batches", total=2) as batches:
        percents = []
        for _ in range(2):
            batches.set(0)
            look_at_percent(run)
            for _ in range(2):
                batches.advance()
                percents.append(look_at_percent(run))
            epochs.advance()
    assert percents == [25, 50, 75, 100]


def test_parts_that_take_turns_within_a_unit_do_not_lower_it(run: Run) -> None:
    with phloem.step("Files", total=2):
        percents = []
        for name in ("Fetching", "Storing"):
            with phloem.step(name, total=2) as part:
                for _ in range(2):
                    part.advance()
                    percents.append(look_at_percent(run))
    assert percents == [25, 50, 50, 50]


def test_parts_side_by_side_go_on_counting_when_one_of_them_has_ended(run: Run) -> None:
    with phloem.step("Files", total=4) as files:
        parts = [OpenStep(run, files, f"File {number}", 10, "") for number in range(4)]
        for part in parts:
            part.set(5)
        assert look_at_percent(run) == 50
        parts[0].set(10)
        parts[0].finish()
        files.advance()
        assert look_at_percent(run) == 62.5


def test_what_nothing_was_taken_back_from_does_not_fall(run: Run) -> None:
    with phloem.step("Files", total=2):
        with phloem.step("File", total=2) as part:
            part.advance(2)
            assert look_at_percent(run) == 50
        aside = OpenStep(run, None, "Beside the files", 7, "")
        assert look_at_percent(run) == 50
        aside.total = 9
        assert look_at_percent(run) == 50


def percents_of_three_in_a_row(run: Run) -> list[float | None]:
    percents = []
    for number in range(3):
        with phloem.step(f"Step {number}", total=2) as step:
            for _ in range(2):
                step.advance()
                percents.append(look_at_percent(run))
    percents.append(look_at_percent(run))
    return percents


def test_of_steps_one_after_the_other_nobody_knows_the_whole_from_the_second_on(run: Run) -> None:
    assert percents_of_three_in_a_row(run) == [50, 100, None, 100, None, 100, 100]


def test_steps_one_after_the_other_within_one_are_one_whole(run: Run) -> None:
    with phloem.step("All", total=3) as whole:
        for _ in range(3):
            with phloem.step("Part", total=2) as step:
                step.advance()
            whole.advance()
            assert look_at_percent(run) is not None
        assert look_at_percent(run) == 100


def test_bars_one_after_the_other_that_do_not_stay_count_as_well(run: Run) -> None:
    percents = []
    for _ in range(2):
        for number in tqdm(range(4), leave=False):
            if number:
                percents.append(look_at_percent(run))
    assert percents == [25, 50, 75, None, None, None]


def test_a_complete_bar_that_is_not_closed_is_before_the_next_one(run: Run) -> None:
    first, second = tqdm(total=2), tqdm(total=2)
    first.update(2)
    second.update()
    assert look_at_percent(run) is None
    first.total = 4
    assert look_at_percent(run) == 50


@pytest.mark.parametrize("total", [None, 3])
def test_a_step_that_never_had_a_percentage_does_not_hide_that_of_the_next(run: Run, total: float | None) -> None:
    with phloem.step("Connecting", total=total) as first:
        look_at_percent(run)
        first.current += 3 if total is None else 0
    with phloem.step("Sending", total=4) as step:
        step.advance()
        assert look_at_percent(run) == 25


def test_a_step_that_is_done_stands_where_it_counted_to(run: Run) -> None:
    with phloem.step("Telling", total=3):
        pass
    assert look_at_percent(run) == 0


@pytest.mark.parametrize(
    ("total", "count", "done", "succeeded", "percent"),
    [
        (3, 0, True, True, 0),
        (3, 3, True, True, 100),
        (None, 2, True, True, 100),
        (4, 1, False, True, 25),
        (4, 4, False, True, 100),
        (None, 2, True, False, None),
    ],
)
def test_where_a_task_succeeds_what_is_done_is_the_whole(
    run: Run, total: float | None, count: float, done: bool, succeeded: bool, percent: float | None
) -> None:
    step = phloem.step("Telling", total=total)
    step.advance(count)
    step.finish(done=done)
    run.sample(1.0)
    run.end(succeeded=succeeded)
    assert look_at_percent(run) == percent


@pytest.mark.parametrize(
    ("current", "total", "percent"),
    [
        (5, 0, None),
        (5, -1, None),
        (5, float("nan"), None),
        (5, float("inf"), None),
        (5, "many", None),
        (-5, 10, 0),
        (float("nan"), 10, 0),
        (float("inf"), 10, 0),
        (15, 10, 100),
        (1e308, 1e-308, 100),
        (10**30, 10**31, 10),
        (99_999_999, 100_000_000, 99.99),
        (1 / 3, 1, 33.33),
        (0.1 + 0.2, 0.3, 100),
    ],
)
def test_of_any_numbers_it_is_between_0_and_100_or_unknown(
    run: Run, current: float, total: float, percent: float | None
) -> None:
    with phloem.step(total=total) as step:
        step.set(current)
        assert look_at_percent(run) == percent


def test_the_count_and_the_percentage_of_one_report_are_of_one_moment(run: Run) -> None:
    class Moving(OpenStep):
        def figures(self) -> tuple[float, float | None]:
            self.current += 1
            return self.current, 100

    Moving(run, None, "", 100, "")
    for _ in range(3):
        phloem.log("look again")
        event = run.sample(1.0)
        assert event is not None
        assert event.steps is not None
        assert event.percent == event.steps[0].current


MOVES = st.lists(st.sampled_from(["advance whole", "advance part", "open", "finish"]), max_size=30)


@given(st.integers(1, 5), MOVES)
def test_it_never_falls_while_the_task_takes_nothing_back(total: int, moves: list[str]) -> None:
    run = new_run()
    whole = OpenStep(run, None, "Whole", total, "")
    parts: list[OpenStep] = []
    told: list[float] = []
    for move in moves:
        if move == "advance whole":
            whole.advance()
        elif move == "open":
            parts.append(OpenStep(run, whole, "Part", 2, ""))
        elif parts and move == "advance part":
            parts[-1].advance()
        elif parts and move == "finish":
            parts.pop(0).finish()
        run.outline.look()
        percent = run.outline.percent()
        assert percent is not None
        told.append(percent)
    assert told == sorted(told)
    assert all(0 <= percent <= 100 for percent in told)


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(1, 10))))
def test_of_a_single_step_it_is_what_was_counted_last(figures: list[tuple[int, int]]) -> None:
    run = new_run()
    step = OpenStep(run, None, "Step", None, "")
    for current, total in figures:
        step.current, step.total = current, total
        run.outline.look()
        assert run.outline.percent() == round(min(100.0, 100 * current / total), 2)
