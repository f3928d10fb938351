from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import phloem
from phloem.progress import current
from phloem.progress.log_lines import LINES_WAITING, Lines
from phloem.progress.run import Run
from phloem.redaction import REDACTED, Veil
from phloem.redaction.fields import FIELDS_LIMIT, NAME_LIMIT_BYTES, VALUE_LIMIT_BYTES
from tests.unit.worker.progress.sampling import look, new_run
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


def test_in_a_burst_warnings_and_errors_survive(run: Run) -> None:
    for number in range(10 * LINES_WAITING):
        phloem.log(f"line {number}")
    for level in ("warning", "error", "critical"):
        phloem.log(f"a {level}", level=level)
    lines = look(run).log
    assert [line.message for line in lines[-4:-1]] == ["a warning", "a error", "a critical"]
    assert lines[-1].message == f"… {9 * LINES_WAITING} more lines were left out"


def test_a_burst_of_errors_is_cut_as_well(run: Run) -> None:
    for _ in range(2 * LINES_WAITING):
        phloem.log("again", level="error")
    assert len(look(run).log) == LINES_WAITING + 1


def test_what_was_printed_comes_before_what_is_logged_after_it(run: Run) -> None:
    run.write("\rRows: 100%\n", "warning")
    phloem.log("all rows are there")
    assert [line.message for line in look(run).log] == ["Rows: 100%", "all rows are there"]


def elsewhere(do: Callable[[], None]) -> None:
    """Does it in another thread."""
    thread = threading.Thread(target=do)
    thread.start()
    thread.join()


def test_a_line_that_several_threads_draw_is_one() -> None:
    lines = Lines()
    lines.write("Working 0%", "info", 1.0)
    elsewhere(lambda: lines.write("\r\x1b[2KWorking 50%", "info", 2.0))
    lines.write("\r\x1b[2KWorking 100%", "info", 3.0)
    lines.write("\nafter\n", "info", 4.0)
    assert [line.message for line in lines.take(5.0, last=True)] == ["Working 100%", "after"]


def test_threads_that_print_pieces_share_no_line() -> None:
    lines = Lines()
    lines.write("one, ", "info", 1.0)
    elsewhere(lambda: lines.write("another\n", "info", 2.0))
    elsewhere(lambda: lines.write("\n", "info", 3.0))
    lines.write("two\n", "info", 4.0)
    assert [line.message for line in lines.take(5.0, last=True)] == ["another", "one, two"]


def test_a_bar_that_is_left_comes_before_what_is_printed_then() -> None:
    lines = Lines()
    lines.write("\r 50%\r100%\n", "warning", 1.0)
    lines.write("done\n", "info", 1.1)
    assert [line.message for line in lines.take(1.2)] == ["100%", "done"]


def test_a_line_belongs_to_the_step_that_it_is_said_or_printed_within(run: Run) -> None:
    phloem.log("before")
    with phloem.step("All"):
        phloem.log("within")
        with phloem.step("Part"):
            run.write("printed\nnot yet", "info")
        run.write(" through\n", "info")
    run.write("after\n", "info")
    told = [(line.message, line.step) for line in run.lines.take(time.time(), last=True)]
    assert told == [
        ("before", None),
        ("within", "1"),
        ("printed", "1.1"),
        ("not yet through", "1"),
        ("after", None),
    ]


def test_a_line_has_fields_with_one_value_each(run: Run) -> None:
    phloem.log("Sent", order=17, share=0.5, last=True, to=None, big=10**30, odd=float("nan"), many=["a", {"b": 1}])
    [line] = look(run).log
    assert line.fields == {
        "order": 17,
        "share": 0.5,
        "last": True,
        "to": None,
        "big": str(10**30),
        "odd": "nan",
        "many": '["a",{"b":1}]',
    }
    phloem.log("plain")
    assert [line.fields for line in look(run).log] == [None]


def test_a_field_may_be_named_message(run: Run) -> None:
    phloem.log("Sent", message="Hello")
    [line] = look(run).log
    assert (line.message, line.fields) == ("Sent", {"message": "Hello"})


def test_fields_are_bounded_in_number_and_in_length_and_strange_ones_are_shown_for_what_they_are(run: Run) -> None:
    hostile: dict[str, Any] = {"<b>\u202e": "<b>\u202e\ud800", "x" * 100_000: "e\u0301" * 50_000, "odd": Unspeakable()}
    hostile |= {f"more{number}": number for number in range(100)}
    phloem.log("Sent", **hostile)
    [line] = look(run).log
    fields = dict(line.fields or {})
    assert (len(fields), fields["…"]) == (FIELDS_LIMIT + 1, f"{103 - FIELDS_LIMIT} more were left out")
    assert (fields["<b>\u202e"], "cannot be shown" in str(fields["odd"])) == ("<b>\u202e?", True)
    assert max(len(str(value).encode()) for value in fields.values()) <= VALUE_LIMIT_BYTES
    assert max(len(name.encode()) for name in fields) <= NAME_LIMIT_BYTES


def test_a_secret_in_the_name_of_a_field_is_hidden_before_the_name_is_cut(run: Run) -> None:
    hostile: dict[str, Any] = {"k" * 40 + " ghp_" + "aB3" * 12: 1, "k" * 300: 2}
    phloem.log("Sent", **hostile)
    [line] = look(run).log
    first, second = dict(line.fields or {})
    assert (first, "aB3" in first) == (f"{'k' * 40} {REDACTED}", False)
    assert second == "k" * (NAME_LIMIT_BYTES - 3) + "…"


def test_fields_whose_names_are_alike_once_they_are_cut_or_hidden_are_numbered(run: Run) -> None:
    names = [
        "é" * 200 + "a",
        "é" * 200 + "b",
        "k" * 100 + "a",
        "k" * 100 + "b",
        "ghp_" + "aB3" * 12,
        "ghp_" + "cD4" * 12,
        "…",
    ]
    alike: dict[str, Any] = {name: at for at, name in enumerate((*names, *(f"f{n}" for n in range(12))))}
    phloem.log("Sent", **alike)
    [line] = look(run).log
    fields = dict(line.fields or {})
    assert list(fields.values())[: len(names)] == list(range(len(names)))
    assert list(fields)[2:6] == [f"{'k' * 61}…", f"{'k' * 57}… (2)", REDACTED, f"{REDACTED} (2)"]
    assert (fields["…"], fields["… (2)"]) == (6, "3 more were left out")
    assert max(len(name.encode()) for name in fields) <= NAME_LIMIT_BYTES


def test_fields_show_no_secret() -> None:
    run = new_run()
    run._veil = Veil(("hunter22", "4711"))
    current.enter(run)
    try:
        phloem.log(
            "Sent", password="swordfish", max_tokens=5, pin=4711, number=4711, to="hunter22 x", by={"token": "t"}
        )
    finally:
        current.leave()
    [line] = look(run).log
    assert line.fields == {
        "password": REDACTED,
        "max_tokens": 5,
        "pin": REDACTED,
        "number": REDACTED,
        "to": f"{REDACTED} x",
        "by": f'{{"token":{REDACTED}}}',
    }
