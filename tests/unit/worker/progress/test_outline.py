from __future__ import annotations

import contextlib
import contextvars

import phloem
from phloem.progress.outline import STEPS_SHOWN
from phloem.progress.run import Run
from tests.unit.worker.progress.sampling import look, steps


def test_steps_within_steps_are_their_parts(run: Run) -> None:
    with phloem.step("All", total=2), phloem.step("First", total=4) as first:
        first.advance()
        assert {key: step.description for key, step in steps(run).items()} == {
            "1": "All",
            "1.1": "First",
        }
    with phloem.step("Other"):
        assert set(steps(run)) == {"1", "1.1", "2"}


def test_the_percentage_counts_the_part_in_work_once(run: Run) -> None:
    percents = []
    for _ in phloem.track(range(2)):
        with phloem.step(total=2) as part:
            for _ in range(2):
                part.advance()
                percents.append(look(run).percent)
    assert percents == [25, 50, 75, 100]


def test_the_percentage_does_not_go_back_while_its_step_lasts(run: Run) -> None:
    with phloem.step(total=2) as whole:
        for _ in range(2):
            with phloem.step(total=1) as part:
                part.advance()
                assert look(run).percent == 50
        whole.advance()
        phloem.log("one more look")
        assert look(run).percent == 50


def test_thousands_of_steps_are_told_as_the_latest_hundred(run: Run) -> None:
    for number in range(1000):
        with phloem.step(f"File {number}"):
            pass
    told = steps(run)
    assert len(told) == STEPS_SHOWN
    assert told["1000"].description == "File 999"


def test_of_several_steps_at_once_the_first_is_the_whole(run: Run) -> None:
    whole = phloem.step("All files", total=4)
    part = phloem.step("This file", total=100)
    whole.advance()
    part.advance(90)
    assert look(run).percent == 25
    assert set(run_keys(run)) == {"1", "2"}


def run_keys(run: Run) -> list[str]:
    return [step.key for step in run.outline.steps()]


def test_parts_side_by_side_count_together(run: Run) -> None:
    with phloem.step(total=2):
        for _ in range(2):
            with contextlib.suppress(ValueError):
                contextvars.copy_context().run(half_a_part)
        assert look(run).percent == 50


def half_a_part() -> None:
    phloem.step(total=2).advance()


def test_two_loops_in_step_do_not_become_parts_of_what_comes_later(run: Run) -> None:
    first, second = phloem.track([1, 2], "first"), phloem.track([1, 2, 3], "second")
    assert list(zip(first, second, strict=False)) == [(1, 1), (2, 2)]
    with phloem.step("After"):
        found = {step.description: step.key for step in steps(run).values()}
    assert found["After"] == "2"
