"""What `phloem watch` draws and writes: whatever a stranger's task says stays text."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from phloem.model.state import State
from phloem.model.task import LogEntry, Scalar
from phloem_server.commands.watch import text
from phloem_server.commands.watch.client import Client, Link
from phloem_server.commands.watch.plain import Notes, PlainList, PlainTask
from phloem_server.commands.watch.screen import ListScreen, TaskScreen
from tests.unit.server.commands.watch.test_client import Paper, answer, entry, frame, row

EVIL = "\x1b]0;owned\x07\x1b[2J[bold red]x[/] \u202efdp.exe \r\n\x9b31m \udc80 :smile:"
SHOWN = r"\x1b]0;owned\x07\x1b[2J[bold red]x[/] \u202efdp.exe \r\n\x9b31m \udc80 :smile:"


def evil(state: str = "FAILURE", **given: Any) -> dict[str, Any]:
    """A task that says in every field what it should not."""
    step = {"key": "1", "description": EVIL, "unit": EVIL, "current": 1, "total": 4, "rate": 2.0, "eta": 9.0}
    error = {"type": EVIL, "message": EVIL, "traceback": f"first line\n\t{EVIL}"}
    fields = dict.fromkeys(("name", "queue", "worker", "args", "kwargs", "message", "result"), EVIL)
    return {**row("t", state, 7), **fields, "steps": [step], "percent": 25.0, "error": error, **given}


def watching(task: dict[str, Any], **given: Any) -> tuple[Paper, Client]:
    paper = Paper()
    paper.client.up()
    paper.answer(offset=7, tasks=[task], totals={task["state"]: 1}, **given)
    return paper, paper.client


def console(width: int = 400, *, terminal: bool = False) -> Console:
    return Console(
        record=not terminal,
        file=io.StringIO(),
        width=width,
        height=30,
        force_terminal=terminal,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def written(drawn: Console) -> str:
    return drawn.export_text()


def assert_only_text(shown: str) -> None:
    assert [c for c in shown if not c.isprintable() and c != "\n"] == []


def test_escaping_leaves_what_people_read() -> None:
    assert text.escaped("Grüße, 世界 🙂 100 %") == "Grüße, 世界 🙂 100 %"
    assert text.escaped("a\u00a0b\tc") == "a b\\tc"
    assert text.escaped(EVIL) == SHOWN


def test_a_list_shows_names_and_words_of_strangers_as_text() -> None:
    drawn = console()
    drawn.print(ListScreen(watching(evil("PROGRESS"))[1], "http://x", drawn).picture())
    shown = written(drawn)
    assert_only_text(shown)
    assert r"\x1b]0;owned\x07\x1b[2J[bold red]x[/]" in shown
    assert "PROGRESS 1" in shown
    assert "25 %" in shown
    assert "live" in shown


def test_a_list_fits_the_terminal() -> None:
    paper = Paper()
    paper.client.up()
    paper.answer(tasks=[row(f"t{number}", offset=number, first=number) for number in range(1, 100)])
    drawn = console(80)
    drawn.print(ListScreen(paper.client, "http://x", drawn).picture())
    lines = written(drawn).rstrip("\n").split("\n")
    assert len(lines) == 30
    assert max(map(len, lines)) == 80
    assert "t99" in lines[2]


def test_a_task_is_shown_with_its_log_as_text_and_ends_with_its_status() -> None:
    log = [{**entry("1-0"), "message": EVIL, "level": EVIL}, {**entry("2-0"), "kind": "state", "message": "FAILURE"}]
    drawn = console()
    screen = TaskScreen(watching(evil(), log=log)[1], "t", "http://x", drawn)
    assert screen.show() == 1
    shown = written(drawn)
    assert_only_text(shown)
    assert shown.count(SHOWN) > 5
    traceback = SHOWN.replace(r"\n", "\n")
    assert f"Error: {SHOWN}: {SHOWN}\nfirst line\n    {traceback}\n" in shown
    assert "━" in shown


def test_the_terminal_is_given_back_as_it_was() -> None:
    drawn = console(80, terminal=True)
    _, client = watching(row())
    with ListScreen(client, "http://x", drawn) as screen:
        assert screen.show() is None
    assert isinstance(drawn.file, io.StringIO)
    out = drawn.file.getvalue()
    assert "STARTED" in out
    assert out.index("\x1b[?1049h") < out.index("STARTED") < out.rindex("\x1b[?1049l")
    assert out.index("\x1b[?25l") < out.index("STARTED") < out.rindex("\x1b[?25h")


def test_a_piped_list_has_one_line_for_each_change_of_state() -> None:
    out = io.StringIO()
    _, client = watching(row("t", "STARTED", 7))
    view = PlainList(client, out)
    for number, state in enumerate(("PROGRESS", "PROGRESS", "SUCCESS", "SUCCESS"), 8):
        view.show()
        client.frame(frame(number - 1, number, {**row("t", state, number), "percent": 10.0 * number}))
    view.show()
    assert [line.split()[2] for line in out.getvalue().splitlines()] == ["STARTED", "PROGRESS", "SUCCESS"]
    client.frame(frame(11, 12, drop=["t"]))
    view.show()
    client.frame(frame(12, 13, row("t", "SUCCESS", 11)))
    view.show()
    assert len(out.getvalue().splitlines()) == 3


def test_what_a_piped_list_writes_is_one_line_of_text() -> None:
    out = io.StringIO()
    PlainList(watching(evil())[1], out).show()
    (line,) = out.getvalue().splitlines()
    assert_only_text(line)
    assert f"{SHOWN}: {SHOWN}" in line


@pytest.mark.parametrize(("state", "status"), [("SUCCESS", 0), ("FAILURE", 1), ("REVOKED", 1), ("LOST", 1)])
def test_a_piped_task_ends_with_its_log_and_its_status(state: str, status: int) -> None:
    out = io.StringIO()
    _, client = watching(evil("STARTED"), log=[{**entry("1-0"), "message": EVIL}])
    view = PlainTask(client, "t", out)
    assert view.show() is None
    client.frame(frame(7, 8, evil(state, offset=8), log=[]))
    assert view.show() is None  # its log may still say more
    last = {**entry("2-0"), "kind": "state", "message": state}
    client.frame(frame(8, 9, log=[entry("1-5"), last]))
    assert view.show() == status
    assert_only_text(out.getvalue())
    words = [line.split()[2] for line in out.getvalue().splitlines()[:3]]
    assert words == ["info", "info", state]


def test_a_lost_connection_is_said_once_and_so_is_its_return() -> None:
    said: list[str] = []
    paper, client = watching(row())
    notes = Notes(client, said.append)
    notes.show()
    client.down("The connection is lost.")
    notes.show()
    notes.show()
    client.up()
    notes.show()
    paper.answers[-1](answer(offset=7, resumed=True))
    notes.show()
    assert said == ["no connection, reconnecting", "live again"]


def test_that_nobody_knows_a_task_is_said_once_beside_what_is_piped() -> None:
    said: list[str] = []
    _, client = watching(row())
    for task_id in ("nobody", "t"):
        notes = Notes(client, said.append, task_id)
        notes.show()
        notes.show()
    assert said == ["nobody: no such task yet; it appears here by itself"]


def test_the_connection_in_words() -> None:
    assert text.connection(Link(kind="reconnecting", since=10), 75) == "no connection, reconnecting for 1 min 5 s"
    assert text.connection(Link(kind="stale", since=10), 10.5) == "the server waits for Redis"
    assert text.connection(Link(kind="resynced", changes=1), 0) == "live, resynced: 1 change"
    assert text.connection(Link(kind="resynced"), 0) == "live, resynced: nothing new"


def test_all_states_have_a_look_and_all_ends_a_status() -> None:
    from phloem_server.commands.watch.screen import STATES

    assert set(STATES) == set(State)
    assert set(text.STATUS) == {state for state in State if state.ended}


@pytest.mark.parametrize(
    ("state", "percent", "shown"),
    [
        ("PROGRESS", 40.7, "40 %"),
        ("PROGRESS", 100.0, "99 %"),
        ("PROGRESS", None, ""),
        ("FAILURE", 100.0, "100 %"),
        ("SUCCESS", 40.0, "100 %"),
        ("SUCCESS", None, ""),
    ],
)
def test_a_percentage_is_whole_only_at_the_end(state: str, percent: float | None, shown: str) -> None:
    _, client = watching({**row("t", state, 7), "percent": percent})
    assert text.percent(client.store.tasks[0]) == shown


def test_durations_in_words() -> None:
    assert [text.duration(s) for s in (-1, 59.9, 60, 3700, 90000)] == ["0 s", "59 s", "1 min", "1 h 1 min", "1 d 1 h"]


def test_a_line_of_the_log_shows_its_fields_and_none_of_them_moves_the_cursor() -> None:
    fields: dict[str, Scalar] = {"order": 17, "last": True, "to": None, EVIL: EVIL}
    line = LogEntry(id="1-0", at=1.0, kind="log", level="info", message="Sent", fields=fields)
    assert text.said(line) == f"Sent  order=17  last=true  to=null  {SHOWN}={SHOWN}"
