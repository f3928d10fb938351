"""`phloem watch` against a wire of paper: every frame fits, or the watch is asked for again from where it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from phloem_server.commands.watch.client import (
    ANSWER_SECONDS,
    PROBE_SECONDS,
    REQUEST_SECONDS,
    RESYNCED_SECONDS,
    UNACKNOWLEDGED_SECONDS,
    Client,
)

Message = dict[str, Any]


class Paper:
    """A wire that writes down what is sent, and a clock that is set."""

    def __init__(self, request: Message | None = None) -> None:
        self.time = 100.0
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.answers: list[Callable[[Any], None]] = []
        self.renewed = 0
        self.client = Client(request or {"view": {}}, self, clock=lambda: self.time, wall=lambda: 1000 + self.time)

    def send(self, message: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        self.sent.append((message, content))
        if then is not None:
            self.answers.append(then)

    def renew(self) -> None:
        self.renewed += 1

    def asked(self) -> list[Mapping[str, Any]]:
        return [content for message, content in self.sent if message == "watch"]

    def answer(self, **given: Any) -> None:
        self.answers[-1](answer(**given))

    def pass_time(self, seconds: float) -> None:
        self.time += seconds
        self.client.tick()

    def states(self) -> dict[str, str]:
        return {task.id: task.state.value for task in self.client.store.tasks}


def row(task_id: str = "t", state: str = "STARTED", offset: int = 1, first: int = 1) -> Message:
    return {"id": task_id, "state": state, "offset": offset, "first_offset": first, "of_tomorrow": 1}


def answer(offset: int = 5, *rows: Message, **given: Any) -> Message:
    message = {"ok": True, "watch": "w", "epoch": "e", "offset": offset, "tasks": list(rows), "drop": [], "totals": {}}
    return {**message, "resumed": False, "live": True, "now": 1100.0, **given}


def frame(since: int, to: int, *rows: Message, **given: Any) -> Message:
    return {"watch": "w", "epoch": "e", "from": since, "to": to, "put": list(rows), "drop": [], "totals": {}, **given}


def entry(entry_id: str) -> Message:
    return {"id": entry_id, "at": 1.0, "kind": "log", "level": "info", "message": "hello"}


@pytest.fixture
def paper() -> Paper:
    """A watch that was asked for, with one task at offset 5."""
    paper = Paper()
    paper.client.up()
    paper.answer(offset=5, tasks=[row(offset=5)])
    return paper


def position(paper: Paper) -> tuple[str, int]:
    here = paper.client.store.position
    assert here is not None
    return here.epoch, here.offset


def test_the_first_answer_is_all_there_is_to_show(paper: Paper) -> None:
    assert paper.asked() == [{"view": {}}]
    assert paper.states() == {"t": "STARTED"}
    assert paper.client.link.kind == "live"


def test_frames_that_fit_move_rows_and_position(paper: Paper) -> None:
    paper.client.frame(frame(5, 7, row(state="SUCCESS", offset=7)))
    paper.client.frame(frame(6, 9, row("u", offset=9, first=9), drop=["t"], totals={"STARTED": 1}))
    assert paper.states() == {"u": "STARTED"}
    assert position(paper) == ("e", 9)
    assert paper.client.store.totals == {"STARTED": 1}
    assert len(paper.asked()) == 1


def test_a_frame_that_an_answer_has_overtaken_brings_nothing_back(paper: Paper) -> None:
    paper.client.frame(frame(2, 4, row("old"), drop=["t"]))
    assert paper.states() == {"t": "STARTED"}
    assert position(paper) == ("e", 5)
    assert len(paper.asked()) == 1


def test_who_was_not_told_all_says_so_when_it_asks_again(paper: Paper) -> None:
    for searching in (True, False):
        paper.client.frame(frame(5, 6, searching=searching))
        paper.client.down("away")
        paper.client.up()
        assert paper.asked()[-1].get("searching", False) is searching
        paper.answer(offset=6, resumed=True, searching=searching)


@pytest.mark.parametrize(
    "misfit",
    [frame(6, 8), frame(5, 8, epoch="f"), {"watch": "w", "nonsense": True}, frame(5, 8, row(state="SOMETHING NEW"))],
)
def test_what_does_not_fit_is_asked_for_again_from_where_one_is(paper: Paper, misfit: Message) -> None:
    paper.client.frame(misfit)
    assert position(paper) == ("e", 5)
    paper.pass_time(REQUEST_SECONDS)
    assert paper.asked()[1:] == [{"view": {}, "since": {"epoch": "e", "offset": 5}}]
    paper.answer(offset=8, resumed=True, tasks=[row("u", offset=8, first=8)])
    assert paper.states() == {"u": "STARTED", "t": "STARTED"}
    assert position(paper) == ("e", 8)
    assert (paper.client.link.kind, paper.client.link.changes) == ("resynced", 1)
    paper.pass_time(RESYNCED_SECONDS)
    assert paper.client.link.kind == "live"


def test_frames_of_another_watch_are_left(paper: Paper) -> None:
    paper.client.frame(frame(50, 60, watch="of somebody else"))
    paper.pass_time(REQUEST_SECONDS)
    assert len(paper.asked()) == 1


def test_frames_that_come_before_their_answer_are_taken_after_it() -> None:
    paper = Paper()
    paper.client.up()
    paper.client.frame(frame(5, 6, row(state="SUCCESS", offset=6)))
    paper.client.frame(frame(90, 99, watch="of somebody else"))
    assert paper.states() == {}
    paper.answer(offset=5, tasks=[row(offset=5)])
    assert paper.states() == {"t": "SUCCESS"}
    assert position(paper) == ("e", 6)
    assert len(paper.asked()) == 1


def test_an_early_frame_that_does_not_fit_is_noticed_too() -> None:
    paper = Paper()
    paper.client.up()
    paper.client.frame(frame(7, 8))
    paper.answer(offset=5)
    paper.pass_time(REQUEST_SECONDS)
    assert paper.asked()[1]["since"] == {"epoch": "e", "offset": 5}


def test_resync_asks_again_and_an_answer_that_does_not_resume_replaces_all(paper: Paper) -> None:
    paper.client.resync({"watch": "w", "reason": "because"})
    paper.pass_time(REQUEST_SECONDS)
    assert len(paper.asked()) == 2
    paper.answer(offset=9, tasks=[row("new", offset=9, first=9)])
    assert paper.states() == {"new": "STARTED"}


def test_another_epoch_does_away_with_what_was_held_however_high_its_offset(paper: Paper) -> None:
    paper.client.resync({"watch": "w", "reason": "because"})
    paper.pass_time(REQUEST_SECONDS)
    paper.answer(epoch="f", offset=2, tasks=[row(state="RETRY", offset=2)])
    assert paper.states() == {"t": "RETRY"}
    assert position(paper) == ("f", 2)


def test_after_a_lost_connection_it_resumes(paper: Paper) -> None:
    paper.client.down("The connection is lost.")
    assert (paper.client.link.kind, paper.client.link.since) == ("reconnecting", 1100.0)
    paper.client.down("nobody answers")
    paper.pass_time(60)
    assert (len(paper.asked()), paper.client.refusal) == (1, None)
    paper.client.up()
    assert paper.asked()[1]["since"] == {"epoch": "e", "offset": 5}
    assert paper.client.link.kind == "reconnecting"
    paper.answer(offset=5, resumed=True)
    assert (paper.client.link.kind, paper.client.link.changes) == ("resynced", 0)


def test_an_answer_of_the_connection_before_is_not_taken(paper: Paper) -> None:
    paper.client.resync({"watch": "w", "reason": "because"})
    paper.pass_time(REQUEST_SECONDS)
    late = paper.answers[-1]
    paper.client.down("The connection is lost.")
    paper.client.up()
    late(answer(offset=99))
    assert position(paper) == ("e", 5)


def test_a_server_that_says_again_is_asked_four_times_a_second() -> None:
    paper = Paper()
    paper.client.up()
    for times in range(1, 4):
        paper.answers[-1]({"ok": False, "error": "not yet", "again": True})
        paper.client.tick()
        assert len(paper.asked()) == times
        paper.pass_time(REQUEST_SECONDS)
        assert len(paper.asked()) == times + 1
    assert paper.client.refusal is None


def test_a_refusal_is_kept_in_the_words_of_the_server() -> None:
    paper = Paper({"view": {"limit": 0}})
    paper.client.up()
    paper.answers[-1]({"ok": False, "error": "limit is 0; expected more.", "again": False})
    assert paper.client.refusal == "limit is 0; expected more."


def test_an_answer_that_does_not_come_is_asked_for_again() -> None:
    paper = Paper()
    paper.client.up()
    paper.pass_time(ANSWER_SECONDS)
    assert len(paper.asked()) == 2


def test_the_first_connection_must_succeed_and_a_password_stays_right(paper: Paper) -> None:
    new = Client({"view": {}}, paper)
    new.down("nobody answers at http://x")
    assert new.refusal == "nobody answers at http://x"
    paper.client.down("that is not the password", refused=True)
    assert paper.client.refusal == "that is not the password"


def test_seen_is_said_once_a_second_at_most_and_only_when_one_has_moved_on(paper: Paper) -> None:
    def told() -> list[int]:
        return [content["offset"] for message, content in paper.sent if message == "seen"]

    paper.client.frame(frame(5, 6))
    paper.client.frame(frame(6, 7))
    assert told() == [6]
    paper.pass_time(1)
    paper.pass_time(1)
    assert told() == [6, 7]


def test_a_server_that_acknowledges_nothing_is_given_up(paper: Paper) -> None:
    paper.pass_time(PROBE_SECONDS)
    paper.answers[-1]({"ok": True})
    paper.pass_time(PROBE_SECONDS)
    paper.pass_time(UNACKNOWLEDGED_SECONDS - 0.1)
    assert paper.renewed == 0
    paper.pass_time(0.1)
    assert paper.renewed == 1


def test_a_server_that_waits_for_redis_says_so(paper: Paper) -> None:
    paper.client.status({"live": False, "since": 1090.0})
    assert (paper.client.link.kind, paper.client.link.since) == ("stale", 1090.0)
    paper.client.status({"live": True, "since": 1101.0})
    assert paper.client.link.kind == "live"


def test_the_clock_is_that_of_the_server() -> None:
    paper = Paper()
    paper.client.up()
    paper.answer(now=5000.0)
    paper.time += 7
    assert paper.client.now() == 5007.0


def test_a_log_is_held_in_order_and_each_line_once(paper: Paper) -> None:
    paper.client.frame(frame(5, 6, log=[entry("9-0"), entry("10-0")]))
    paper.client.frame(frame(5, 7, log=[entry("9-1"), entry("10-0"), entry("11-0")]))
    assert [line.id for line in paper.client.store.log] == ["9-0", "9-1", "10-0", "11-0"]
