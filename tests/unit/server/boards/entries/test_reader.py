"""Reading the entries round after round."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from celery.beat import ScheduleEntry
from celery.schedules import crontab, schedule

from phloem_server.boards.entries.reader import Reader
from phloem_server.boards.entries.source import Found, Planned
from phloem_server.boards.rounds import ANSWER_SECONDS
from tests.waiting import wait_until


class Shelf:
    """A source whose entries are what the test puts there; `blocked` holds a reading up."""

    place = "The shelf"
    changes = True
    lag = 0.0

    def __init__(self) -> None:
        self.schedules: dict[str, Any] = {}
        self.reads = 0
        self.blocked = threading.Event()
        self.blocked.set()
        self.entered = threading.Event()

    def read(self) -> Found:
        self.reads += 1
        self.entered.set()
        self.blocked.wait(10)
        made = (
            Planned(name=name, entry=ScheduleEntry(name=name, task="a.b", schedule=when))
            for name, when in self.schedules.items()
        )
        return Found(entries=tuple(made))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def running(shelf: Shelf) -> Iterator[Callable[[Reader], Reader]]:
    threads: list[tuple[Reader, threading.Thread]] = []

    def start(reader: Reader) -> Reader:
        thread = threading.Thread(target=reader.run)
        thread.start()
        threads.append((reader, thread))
        return reader

    yield start
    shelf.blocked.set()
    for reader, thread in threads:
        reader.stop()
        thread.join(5)
        assert not thread.is_alive()


def reader(shelf: Shelf, clock: Callable[[], float] = lambda: 0.0, every: float = 100.0) -> Reader:
    return Reader(Celery("test", broker="memory://", set_as_current=False), shelf, clock, every=every)


def test_nothing_is_read_until_a_client_looks_and_the_first_one_gets_what_is_there(
    shelf: Shelf, running: Callable[[Reader], Reader]
) -> None:
    shelf.schedules["it"] = crontab()
    it = running(reader(shelf))
    assert (shelf.reads, it.known.trouble) == (0, "The schedule is being read.")
    it.look()
    assert (shelf.reads, list(it.known.entries), it.known.trouble) == (1, ["it"], None)


def test_it_is_read_again_while_a_client_watches(shelf: Shelf, running: Callable[[Reader], Reader]) -> None:
    it = running(reader(shelf, every=0.01))
    it.look()
    shelf.schedules["it"] = crontab()
    wait_until(lambda: list(it.known.entries) == ["it"], 60, lambda: str(it.known))


def test_who_runs_an_entry_gets_it_as_it_is_by_then(shelf: Shelf, running: Callable[[Reader], Reader]) -> None:
    it = running(reader(shelf))
    it.look()
    shelf.schedules["it"] = crontab()
    it.look_anew()
    assert list(it.known.entries) == ["it"]


def test_what_does_not_answer_holds_up_nobody_and_is_told(shelf: Shelf, running: Callable[[Reader], Reader]) -> None:
    now = 100.0
    shelf.schedules["it"] = crontab()
    it = running(reader(shelf, lambda: now, every=0.01))
    it.look()
    shelf.blocked.clear()
    shelf.entered.clear()
    assert shelf.entered.wait(5)
    assert it.known.trouble is None
    now += ANSWER_SECONDS + 1
    told = it.known
    assert (list(told.entries), told.trouble, told.stale_since) == (["it"], "The shelf does not answer.", 100.0)
    shelf.blocked.set()
    wait_until(lambda: it.known.trouble is None, 60, lambda: str(it.known))


def test_a_schedule_that_is_found_changed_says_since_when(shelf: Shelf) -> None:
    now = 1.0
    it = reader(shelf, lambda: now)
    shelf.schedules = {"old": schedule(timedelta(seconds=60)), "changed": crontab(minute=0)}
    it.read()
    now = 2.0
    shelf.schedules = {"old": schedule(timedelta(seconds=60)), "changed": crontab(minute=1), "new": crontab()}
    it.read()
    now = 3.0
    it.read()
    assert {name: kept.changed_at for name, kept in it.known.entries.items()} == {
        "old": None,
        "changed": 2.0,
        "new": 2.0,
    }


def test_an_entry_that_stays_as_it_is_stays_the_same_object(shelf: Shelf) -> None:
    it = reader(shelf)
    shelf.schedules["it"] = crontab()
    it.read()
    before = it.known.entries["it"].planned.entry
    shelf.schedules["it"] = crontab()
    it.read()
    assert it.known.entries["it"].planned.entry is before
    shelf.schedules["it"] = crontab(minute=1)
    it.read()
    assert it.known.entries["it"].planned.entry is not before


def test_a_reason_tells_no_secret_and_does_not_cost_the_entries(
    shelf: Shelf, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = reader(shelf, lambda: 7.0)
    shelf.schedules["it"] = crontab()
    it.read()

    def fail() -> Found:
        raise OSError("cannot reach postgresql://ann:geheim@db/main")

    monkeypatch.setattr(shelf, "read", fail)
    it.read()
    it.read()
    assert it.known.stale_since == 7.0
    assert list(it.known.entries) == ["it"]
    assert str(it.known.trouble).startswith("The shelf cannot be read: OSError: cannot reach postgresql://")
    assert "geheim" not in str(it.known.trouble)
    assert len(caplog.records) == 1


def test_an_entry_whose_schedule_fails_is_left_out_and_told(shelf: Shelf) -> None:
    class Broken(schedule):  # type: ignore[misc]  # has no types
        def __repr__(self) -> str:
            raise RuntimeError("no words")

    it = reader(shelf)
    shelf.schedules = {"broken": Broken(timedelta(seconds=60)), "sound": crontab()}
    it.read()
    assert list(it.known.entries) == ["sound"]
    assert it.known.trouble == "The entry 'broken' cannot be read: no words."
