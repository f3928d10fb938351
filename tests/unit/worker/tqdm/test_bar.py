from __future__ import annotations

import asyncio
import importlib
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

import phloem
from phloem.model.task import Step
from phloem.progress.outline import STEPS_SHOWN
from phloem.progress.run import Run
from phloem.tqdm import tqdm, trange

original = importlib.import_module("tqdm")


def steps(run: Run) -> list[Step]:
    return [step.snapshot(1.0) for step in run.outline.look()]


def test_a_loop_is_a_step_and_loops_inside_it_are_its_parts(run: Run) -> None:
    for _ in tqdm(["a", "b"], "Files", unit="file"):
        for _ in trange(3, desc="Rows", leave=True):
            pass
    assert [(s.key, s.description, s.current, s.total, s.unit, s.done) for s in steps(run)] == [
        ("1", "Files", 2, 2, "file", True),
        ("1.1", "Rows", 3, 3, "it", True),
        ("1.2", "Rows", 3, 3, "it", True),
    ]


def test_a_loop_that_is_not_to_stay_leaves_the_outline(run: Run) -> None:
    for _ in tqdm(range(2)):
        for _ in tqdm(range(3), leave=False):
            assert len(steps(run)) == 2
    assert [s.key for s in steps(run)] == ["1"]


def test_a_loop_that_is_left_early_is_not_done(run: Run) -> None:
    for number in tqdm(range(10)):
        if number == 3:
            break
    with phloem.step("After"):
        before, after = steps(run)
    assert (before.current, before.done, after.key) == (3, False, "2")


def test_an_asynchronous_loop_counts(run: Run) -> None:
    async def pages() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> None:
        assert [page async for page in tqdm(pages(), total=2)] == [1, 2]

    asyncio.run(main())
    assert (steps(run)[0].current, steps(run)[0].done) == (2, True)


def test_a_bar_that_is_moved_by_hand(run: Run) -> None:
    with tqdm(total=100, initial=10, unit="B", unit_scale=True, unit_divisor=1024) as bar:
        bar.update(40)
        bar.update(-5)
        bar.n += 5
        assert [(s.current, s.total, s.unit, s.done) for s in steps(run)] == [(50, 100, "B", False)]
        bar.total = 200
        bar.update()
        with phloem.step("part"):
            pass
        assert [(s.key, s.current, s.total) for s in steps(run)] == [("1", 51, 200), ("1.1", 0, None)]
        bar.reset(total=7)
        bar.update(7)
    assert (steps(run)[0].current, steps(run)[0].done) == (7, True)


def test_several_bars_moved_by_hand_stand_side_by_side(run: Run) -> None:
    bars = [tqdm(total=2, position=position, desc=f"bar {position}") for position in range(3)]
    for bar in bars:
        bar.update()
        bar.close()
    assert [(s.key, s.description, s.current, s.done) for s in steps(run)] == [
        ("1", "bar 0", 1, False),
        ("2", "bar 1", 1, False),
        ("3", "bar 2", 1, False),
    ]


def test_an_exception_leaves_the_bar_undone(run: Run) -> None:
    def fail() -> None:
        with tqdm() as bar:
            bar.update(3)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (steps(run)[0].current, steps(run)[0].done) == (3, False)


def test_description_and_postfix_are_what_it_says(run: Run) -> None:
    bar = tqdm(total=3, desc="Training", postfix={"loss": 0.123456})
    assert steps(run)[0].description == "Training, loss=0.123"
    bar.set_description("Epoch 2")
    bar.set_postfix(zeta="a ", alpha=12345678, refresh=False)
    assert (bar.desc, bar.postfix) == ("Epoch 2: ", "alpha=1.23e+7, zeta=a")
    bar.set_description_str("Epoch 3")
    bar.set_postfix_str("good")
    assert (bar.desc, run.message) == ("Epoch 3", "Epoch 3, good")
    bar.set_description()
    assert steps(run)[0].description == "good"


def test_a_description_may_be_anything(run: Run) -> None:
    bar = tqdm(total=1, desc=7)
    bar.set_description(8)
    bar.set_description_str(9)
    assert steps(run)[0].description == "9"


def test_a_scale_shows_more_than_is_counted(run: Run) -> None:
    bar = tqdm(total=10, unit="B", unit_scale=512)
    bar.update(5)
    assert [(s.current, s.total) for s in steps(run)] == [(2560, 5120)]
    assert (bar.n, bar.total) == (5, 10)


def test_a_bar_that_is_disabled_reports_nothing_and_counts_nothing(run: Run) -> None:
    bar = tqdm([1, 2], disable=True, whatever=1)
    assert list(bar) == [1, 2]
    assert bar.update() is None
    assert (bar.n, steps(run)) == (0, [])


def test_an_argument_that_tqdm_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError, match="totla"):
        tqdm(totla=3)


def test_a_stream_is_counted_as_it_is_read_and_written(run: Run) -> None:
    with tqdm.wrapattr(io.BytesIO(b"x" * 100), "read", total=100) as stream:
        assert len(stream.read(60)) == 60
        assert stream.tell() == 60
    output = io.BytesIO()
    with tqdm.wrapattr(output, "write", desc="Saving", bytes=False) as stream:
        stream.write(b"12345")
    assert output.getvalue() == b"12345"
    assert [(s.current, s.total, s.unit, s.done) for s in steps(run)] == [
        (60, 100, "B", False),
        (5, 5, "it", True),
    ]


def test_a_bar_stands_for_its_iterable() -> None:
    bar = tqdm([1, 2, 3])
    assert (len(bar), bool(bar), 2 in bar, list(reversed(bar))) == (3, True, True, [3, 2, 1])
    assert (len(tqdm(total=5)), bool(tqdm(total=0)), bool(tqdm([]))) == (5, False, False)
    with pytest.raises(TypeError):
        bool(tqdm())
    with pytest.raises(TypeError, match="moved by update"):
        list(tqdm(total=3))


def test_bars_of_both_kinds_compare_by_their_place() -> None:
    ours, theirs = tqdm(total=1, position=1), original.tqdm(total=1, position=2, file=io.StringIO())
    assert isinstance(ours, original.tqdm)
    assert (ours == theirs, theirs == ours) == (False, False)
    assert (ours < theirs, ours <= theirs, theirs > ours, sorted([theirs, ours])) == (True, True, True, [ours, theirs])
    assert ours <= tqdm(total=1, position=3)
    assert tqdm(total=1, position=2) == theirs
    assert tqdm(total=1) != tqdm(total=1)
    theirs.close()


def test_bars_under_a_step_that_are_never_closed_do_not_pile_up(run: Run) -> None:
    with phloem.step("All", total=1000) as whole:
        bars = [tqdm(total=2) for _ in range(3 * STEPS_SHOWN)]
        for bar in bars:
            bar.update()
        assert len(whole.parts) <= STEPS_SHOWN
        assert {part.key for part in whole.parts} == {step.key for step in steps(run)} - {"1"}


@pytest.mark.parametrize(
    ("postfix", "shown"),
    [("good", "Bar, good"), (3, "Bar, 3"), ({"loss": 0.5}, "Bar, loss=0.5"), (["Batch", {"value": 0}], "Bar")],
)
def test_a_postfix_may_be_anything_and_is_shown_where_it_is_text(run: Run, postfix: Any, shown: str) -> None:
    bar = tqdm(total=1, desc="Bar", postfix=postfix, bar_format="{desc} {postfix}")
    assert steps(run)[0].description == shown
    assert bar.postfix == ("loss=0.5" if isinstance(postfix, dict) else postfix)


def test_what_is_set_on_a_bar_is_what_its_step_shows(run: Run) -> None:
    bar = tqdm(total=10)
    bar.n, bar.total, bar.unit, bar.unit_scale, bar.desc = 3, 6, "B", 2, "Set"
    assert [(s.description, s.current, s.total, s.unit) for s in steps(run)] == [("Set", 6, 12, "B")]
    bar.total = float("inf")
    assert steps(run)[0].total is None
