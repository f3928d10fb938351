from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

import phloem
from phloem.progress import current
from phloem.progress.run import Run
from phloem.redaction import Veil
from tests.unit.worker.progress.sampling import look, look_at_percent, new_run, run_again, steps


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -3, None, "many"])
def test_a_number_that_makes_no_sense_counts_as_none(run: Run, nonsense: float) -> None:
    with phloem.step(total=nonsense) as step:
        step.set(nonsense)
        told = steps(run)["1"]
    assert (told.current, told.total, told.rate, told.eta) == (0, None, None, None)


def test_rate_and_time_left_follow_the_count(run: Run) -> None:
    with phloem.step(total=100) as step:
        steps(run, 0.0)
        step.set(10)
        told = steps(run, 1.0)["1"]
        assert (told.rate, told.eta) == (10, 9)


def test_a_step_may_be_described_and_its_total_may_come_later_and_change(run: Run) -> None:
    with phloem.step("Reading") as step:
        step.advance(5)
        assert look(run).percent is None
        step.total = 10
        step.describe("Reading, page 2")
        event = look(run)
        assert (event.percent, event.message, (event.steps or ())[0].description) == (
            50,
            "Reading, page 2",
            "Reading, page 2",
        )
        step.total = 20
        step.advance()
        assert steps(run)["1"].total == 20


def test_a_step_without_a_total_is_done_when_it_is_left_and_says_nothing_of_the_whole(run: Run) -> None:
    with phloem.step("Waiting"):
        assert look(run).percent is None
    step = steps(run)["1"]
    assert (step.done, step.total) == (True, None)
    assert look_at_percent(run) is None


def test_a_step_that_was_left_undone_has_no_rate_and_no_time_left(run: Run) -> None:
    step = phloem.step(total=10)
    steps(run, 0.0)
    step.set(5)
    assert steps(run, 1.0)["1"].eta == 1
    step.finish(done=False)
    phloem.log("look")
    left = steps(run, 2.0)["1"]
    assert (left.rate, left.eta, left.done, left.current) == (None, None, False, 5)


def test_a_step_is_over_once(run: Run) -> None:
    with pytest.raises(KeyError), phloem.step("Reading") as step:
        raise KeyError
    step.finish()
    assert not steps(run)["1"].done


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__

    def __float__(self) -> float:
        raise RuntimeError("no")


@pytest.mark.parametrize("nonsense", [Unspeakable(), 10**400, float("-inf"), object(), b"3", [], {}])
def test_nothing_that_a_step_is_given_breaks_who_looks_at_it(run: Run, nonsense: Any) -> None:
    with phloem.step(nonsense, total=nonsense, unit=nonsense) as step:
        step.set(nonsense)
        step.describe(nonsense)
        assert (steps(run)["1"].current, steps(run_again(run))["1"].total) == (0, None)


def test_a_step_keeps_its_name_while_what_it_says_changes(run: Run) -> None:
    with phloem.step("Uploading") as step, phloem.step() as nameless:
        assert [each.name for each in steps(run).values()] == [msgspec.UNSET] * 2
        step.describe("part 2")
        nameless.describe("Packing")
        assert [(each.name, each.description) for each in steps(run).values()] == [
            ("Uploading", "part 2"),
            (msgspec.UNSET, "Packing"),
        ]
        nameless.describe("box 7")
        assert steps(run)["1.1"].name == "Packing"


def test_a_step_that_is_described_twice_before_it_is_looked_at_is_called_by_the_first(run: Run) -> None:
    with phloem.step() as nameless:
        nameless.describe("Packing")
        nameless.describe("box 7")
        told = steps(run)["1"]
    assert (told.name, told.description) == ("Packing", "box 7")


def test_a_step_says_when_it_began_and_ended(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    step = phloem.step("Uploading", total=3)
    told = steps(run)["1"]
    assert (told.started_at, told.finished_at) == (1000.0, None)
    now = 1004.5
    step.finish(done=False)
    now = 1009.0
    step.finish()
    told = steps(run)["1"]
    assert (told.started_at, told.finished_at, told.done) == (1000.0, 1004.5, False)


def test_a_step_that_is_left_open_ends_undone_with_its_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    step = phloem.step("Uploading", total=3)
    step.advance()
    assert steps(run)["1"].finished_at is None
    now = 1004.5
    run.end()
    told = steps(run)["1"]
    assert (told.finished_at is None, told.done, told.rate, told.eta) == (False, False, None, None)


def test_names_of_steps_are_bounded_and_hide_secrets() -> None:
    run = new_run()
    run._veil = Veil(("hunter22",))
    current.enter(run)
    try:
        with phloem.step("with hunter22 " + "<b>\u202e" * 30_000) as step:
            step.describe("by now")
            name = steps(run)["1"].name
    finally:
        current.leave()
    assert isinstance(name, str)
    assert name.startswith("with [redacted] <b>")
    assert len(name.encode()) < 1100
