"""Where a bar is drawn, and that one which is not drawn touches nothing that others share."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from tqdm import tqdm as original

from phloem.model.task import Step
from phloem.progress.run import Run
from phloem.tqdm import tqdm


def steps(run: Run) -> list[Step]:
    return [step.snapshot(1.0) for step in run.outline.look()]


@pytest.fixture(autouse=True)
def undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHLOEM_TQDM_DRAW", raising=False)
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.mark.parametrize(
    ("in_task", "setting", "draw", "drawn"),
    [
        (True, "", None, False),
        (True, "1", None, True),
        (True, "0", None, False),
        (True, "", True, True),
        (True, "1", False, False),
        (False, "", None, True),
        (False, "0", None, False),
        (False, "0", True, True),
        (False, "", False, False),
    ],
)
def test_a_bar_is_drawn_outside_tasks_and_in_them_where_that_is_asked_for(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    in_task: bool,
    setting: str,
    draw: bool | None,
    drawn: bool,
) -> None:
    monkeypatch.setenv("PHLOEM_TQDM_DRAW", setting)
    if in_task:
        request.getfixturevalue("run")
    assert list(tqdm([1, 2], draw=draw)) == [1, 2]
    assert ("2/2" in capsys.readouterr().err) is drawn


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


@pytest.mark.parametrize("early", [False, True])
def test_a_loop_that_is_drawn_ends_on_both_sides(run: Run, early: bool) -> None:
    output = io.StringIO()
    for number in tqdm(range(5), file=output):
        if early and number == 3:
            break
    assert ("3/5" if early else "5/5") in output.getvalue()
    assert output.getvalue().endswith("\n")
    assert (steps(run)[0].current, steps(run)[0].done) == ((3, False) if early else (5, True))


def test_not_to_be_drawn_without_a_terminal_does_not_keep_it_from_reporting(run: Run) -> None:
    output = io.StringIO()
    assert list(tqdm([1, 2], disable=None, file=output)) == [1, 2]
    assert (steps(run)[0].current, output.getvalue()) == (2, "")


def test_what_acts_on_the_terminal_does_nothing_where_a_bar_is_not_drawn(
    run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    with tqdm(total=1) as bar:
        bar.sp("nowhere")
        bar.moveto(2)
        bar.clear()
        bar.refresh()
        bar.display("nowhere")
        bar.set_description("nowhere")
    assert capfd.readouterr() == ("", "")


def test_a_subclass_that_displays_itself_does_so_and_nothing_is_drawn(
    run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    class Elsewhere(tqdm[int]):
        shown: list[tuple[Any, Any]] = []  # noqa: RUF012  # of this test alone
        closed = 0

        def display(self, msg: str | None = None, pos: int | None = None) -> Any:
            self.shown.append((self.format_dict["n"], self.format_dict["total"]))
            return super().display(msg, pos)

        def close(self) -> None:
            type(self).closed += 1
            super().close()

    assert list(Elsewhere(range(3), mininterval=0, miniters=1)) == [0, 1, 2]
    assert Elsewhere.shown == [(0, 3), (1, 3), (2, 3), (3, 3), (3, 3)]
    assert Elsewhere.closed
    assert (steps(run)[0].current, steps(run)[0].done) == (3, True)
    assert capfd.readouterr() == ("", "")


def open_a_bar(**options: Any) -> None:
    with tqdm(total=2, **options) as bar:
        bar.update()
        bar.set_postfix(x=1)
        bar.refresh()


@pytest.mark.parametrize("drawn", [False, True])
def test_a_bar_that_is_not_drawn_does_not_wait_for_the_lock_of_those_that_are(run: Run, drawn: bool) -> None:
    lock = original.get_lock()
    with lock:
        thread = threading.Thread(target=open_a_bar, kwargs={"file": io.StringIO() if drawn else None}, daemon=True)
        thread.start()
        thread.join(0.2 if drawn else 5)
        assert thread.is_alive() is drawn
    thread.join(5)
    assert not thread.is_alive()


def test_a_bar_that_is_not_drawn_starts_no_thread_and_takes_no_place(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tqdm, "monitor_interval", 10)
    monkeypatch.setattr(tqdm, "monitor", None)
    threads = set(threading.enumerate())
    output = io.StringIO()
    with tqdm(total=1), tqdm(total=1, file=output) as drawn:
        assert drawn.pos == 0
        assert [thread.name for thread in set(threading.enumerate()) - threads] == ["tqdm_monitor"]
        tqdm.monitor.exit()
    with tqdm(total=1):
        assert set(threading.enumerate()) - threads == set()


def test_a_bar_that_nobody_holds_closes_itself(run: Run) -> None:
    bar = tqdm(total=4)
    bar.update(3)
    del bar
    gc.collect()
    (step,) = run.outline.steps()
    assert (step.closed, steps(run)[0].current, steps(run)[0].done) == (True, 3, False)


@pytest.mark.parametrize(
    ("environment", "shown"),
    [({"TQDM_DESC": "Given", "TQDM_UNIT": "row"}, "Given row False 2"), ({"TQDM_DISABLE": "1"}, "- - True 0")],
)
def test_the_environment_gives_defaults_as_it_does_to_tqdm(environment: dict[str, str], shown: str) -> None:
    code = (
        "from phloem.tqdm import tqdm; bar = tqdm(total=3, draw=False); bar.update(2); "
        "print(bar.desc or '-', getattr(bar, 'unit', '-'), bar.disable, bar.n)"
    )
    assert output_of(code, **environment) == f"{shown}\n"


def output_of(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_text_stands_in_for_a_bar_where_it_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    output = io.StringIO()
    with tqdm(total=1, file=output) as bar:
        bar.sp("instead")
        bar.moveto(2)
    assert "\rinstead" in output.getvalue()
    assert "\n\n" in output.getvalue()
    tqdm.write("hello", file=output, end="!")
    tqdm.write("there")
    assert output.getvalue().endswith("hello!")
    assert capsys.readouterr().out == "there\n"
