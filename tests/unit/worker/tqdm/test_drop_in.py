from __future__ import annotations

import asyncio
import importlib
import inspect
import io
import sys
from collections.abc import AsyncIterator

import pytest

import phloem
from phloem.model.task import Step
from phloem.progress.outline import STEPS_SHOWN
from phloem.progress.run import Run
from phloem.tqdm import tqdm, trange

original = importlib.import_module("tqdm")


def steps(run: Run) -> list[Step]:
    return [step.snapshot(1.0) for step in run.outline.steps()]


def test_it_takes_what_tqdm_takes_in_the_same_order_and_with_the_same_defaults() -> None:
    theirs = inspect.signature(original.tqdm.__init__).parameters
    ours = inspect.signature(tqdm.__init__).parameters
    named = [name for name, each in theirs.items() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    assert [name for name in ours if name in theirs and name != "kwargs"][: len(named)] == named
    assert {name: ours[name].default for name in named} == {name: theirs[name].default for name in named}


def test_it_has_what_tqdm_has() -> None:
    public = {name for name in dir(original.tqdm) if not name.startswith("_")}
    assert (public | {"_instances", "_comparable"}) - set(dir(tqdm)) == set()
    bar = original.tqdm([1], file=io.StringIO())
    attributes = {name for name in vars(bar) if not name.startswith("_")}
    assert attributes - set(dir(tqdm([1]))) == set()
    assert set(bar.format_dict) == set(tqdm([1]).format_dict)
    bar.close()


def test_outside_a_task_it_iterates_and_draws_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(tqdm([1, 2, 3], desc="Counting")) == [1, 2, 3]
    bar = tqdm(total=10)
    bar.update(4)
    assert (bar.n, bar.total) == (4, 10)
    bar.close()
    assert capfd.readouterr() == ("", "")


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
    bar.set_description(8)  # type: ignore[arg-type]
    bar.set_description_str(9)  # type: ignore[arg-type]
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


def test_not_to_be_drawn_without_a_terminal_does_not_keep_it_from_reporting(run: Run) -> None:
    output = io.StringIO()
    assert list(tqdm([1, 2], disable=None, file=output)) == [1, 2]
    assert (steps(run)[0].current, output.getvalue()) == (2, "")


def test_an_argument_that_tqdm_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError, match="tqdm has no argument totla"):
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
    with pytest.raises(TypeError):
        len(tqdm(iter([1])))
    with pytest.raises(TypeError, match="moved by update"):
        list(tqdm(total=3))


def test_bars_of_both_kinds_compare_by_their_place() -> None:
    ours, theirs = tqdm(total=1, position=1), original.tqdm(total=1, position=2, file=io.StringIO())
    assert not isinstance(ours, original.tqdm)
    assert (ours == theirs, theirs == ours) == (False, False)
    assert (ours < theirs, ours <= theirs, theirs > ours, sorted([theirs, ours])) == (True, True, True, [ours, theirs])
    assert ours <= tqdm(total=1, position=3)
    assert tqdm(total=1, position=2) == theirs
    assert tqdm(total=1) != tqdm(total=1)
    theirs.close()


def test_bars_that_are_open_are_known_until_they_are_closed() -> None:
    known = set(tqdm._instances)
    left, whole, none = tqdm(total=1), tqdm([1]), tqdm(total=1, disable=True)
    assert set(tqdm._instances) - known == {left, whole}
    list(whole)
    for bar in set(tqdm._instances) - known:
        bar.close()
    assert set(tqdm._instances) == known
    assert (left.disable, none.disable) == (True, True)


def test_bars_under_a_step_that_are_never_closed_do_not_pile_up(run: Run) -> None:
    with phloem.step("All", total=1000) as whole:
        bars = [tqdm(total=2) for _ in range(3 * STEPS_SHOWN)]
        for bar in bars:
            bar.update()
        assert len(whole.parts) <= STEPS_SHOWN
        assert {part.key for part in whole.parts} == {step.key for step in steps(run)} - {"1"}


def test_a_text_stands_in_for_a_bar_where_it_is_drawn() -> None:
    output = io.StringIO()
    with tqdm(total=1, file=output) as bar:
        bar.sp("instead")
        bar.moveto(2)
    tqdm.status_printer(output)("beside")
    assert "\rinstead" in output.getvalue()
    assert "\n\n" in output.getvalue()
    assert output.getvalue().endswith("\rbeside")
    undrawn = tqdm(total=1)
    undrawn.sp("nowhere")
    undrawn.moveto(2)


def test_a_line_is_written_where_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    output = io.StringIO()
    tqdm.write("hello", file=output, end="!")
    tqdm.write("there")
    assert (output.getvalue(), capsys.readouterr().out) == ("hello!", "there\n")


def test_pandas_is_refused_in_a_sentence() -> None:
    with pytest.raises(NotImplementedError, match="pandas"):
        tqdm.pandas()


@pytest.mark.parametrize("number", [0, 1, 9.994, 9.995, 99.94, 99.95, 999.4, 999.5, 1234, 1e6, 123456789, -5000, 1e30])
def test_numbers_are_written_as_tqdm_writes_them(number: float) -> None:
    assert tqdm.format_sizeof(number, "B", 1024) == original.tqdm.format_sizeof(number, "B", 1024)
    assert tqdm.format_num(number) == original.tqdm.format_num(number)
    assert tqdm.format_interval(number) == original.tqdm.format_interval(number)


def test_it_draws_when_a_file_is_given_and_reports_all_the_same(run: Run) -> None:
    output = io.StringIO()
    with tqdm(total=4, desc="Drawn", file=output, mininterval=0, ascii=True) as bar:
        bar.update(2)
        bar.set_postfix(x=1)
        bar.total = 8
        bar.refresh()
    assert "Drawn:  50%" in output.getvalue()
    assert "2/8" in output.getvalue()
    assert "x=1" in output.getvalue()
    assert (steps(run)[0].current, steps(run)[0].total) == (2, 8)


def test_a_loop_that_is_drawn_ends_complete_on_both_sides(run: Run) -> None:
    output = io.StringIO()
    assert list(tqdm(range(5), file=output)) == [0, 1, 2, 3, 4]
    assert "5/5" in output.getvalue()
    assert (steps(run)[0].current, steps(run)[0].done) == (5, True)


def test_a_loop_that_is_drawn_and_left_early_is_over_on_both_sides(run: Run) -> None:
    output = io.StringIO()
    for number in tqdm(range(5), file=output):
        if number == 3:
            break
    assert "3/5" in output.getvalue()
    assert output.getvalue().endswith("\n")
    assert (steps(run)[0].current, steps(run)[0].done) == (3, False)


def test_the_environment_asks_for_drawing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PHLOEM_TQDM_DRAW", "1")
    list(tqdm([1, 2]))
    assert "2/2" in capsys.readouterr().err
    list(tqdm([1, 2], draw=False))
    assert capsys.readouterr().err == ""


def test_drawing_without_tqdm_is_refused_in_a_sentence_and_all_else_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match="pip install tqdm"):
        tqdm(total=3, draw=True)
    with tqdm(total=2000, desc="Plain", unit="B", unit_scale=True) as bar:
        bar.update(1000)
        assert str(bar).startswith("Plain:  50% 1.00kB/2.00kB [00:00, ".replace("kB", "k"))
        tqdm.write("", file=io.StringIO())
    list(tqdm([1, 2]))


def test_a_bar_is_described_by_tqdm_where_there_is_one() -> None:
    assert str(tqdm(total=4, desc="Bar", initial=1, ascii=True)).startswith("Bar:  25%|")
