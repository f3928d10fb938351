from __future__ import annotations

import time

import pytest

import phloem
from phloem.progress.log_lines import LINES_WAITING
from phloem.progress.run import Run
from tests.unit.worker.progress.sampling import look
from tests.unit.worker.progress.test_steps import Unspeakable


def test_a_flood_of_lines_is_cut_and_says_so(run: Run) -> None:
    for number in range(LINES_WAITING + 7):
        phloem.log(f"line {number}")
    lines = look(run).log
    assert len(lines) == LINES_WAITING + 1
    assert lines[-1].message == "… 7 more lines were left out"


def test_what_is_said_after_the_end_goes_nowhere(run: Run) -> None:
    phloem.log("before")
    run.end()
    phloem.log("after")
    with phloem.step("too late"):
        pass
    lines = run.lines.take(1.0)
    assert [line.message for line in lines if line.message == "after"] == []


def test_a_long_message_is_cut_and_a_strange_one_is_shown_for_what_it_is(run: Run) -> None:
    phloem.log("x" * 10_000_000)
    event = look(run)
    assert len(event.message or "") < 2000
    assert len(event.log[0].message) < 5000
    phloem.log("<b>\n\ud800")
    assert look(run).message == "<b>\n?"
    phloem.log(Unspeakable())
    assert look(run).message == "<Unspeakable that cannot be shown>"


def test_a_flood_that_lasts_is_cut_to_a_hundred_lines_a_second_and_told_once_a_second(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    told = notes = 0
    for _ in range(200):  # ten seconds of a thousand lines each, looked at 20 times a second
        now += 0.05
        for _ in range(50):
            phloem.log("again")
        lines = look(run, now).log
        notes += sum("left out" in line.message for line in lines)
        told += sum(line.message == "again" for line in lines)
    assert 1400 <= told <= 1500
    assert 9 <= notes <= 11
