"""Entries that beat sends and the app does not have: beat runs with a scheduler that only its command line names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from celery import Celery

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.boards.entries.static import Static
from phloem_server.boards.schedule import Schedule

START = 1000.0


def trouble(*names: str, at: float = START + 1, by_hand: bool | None = None, changes: bool = False) -> str | None:
    """What the board says where entries of these names were sent; the app has one called `known`."""
    celery = Celery("test", broker="memory://", set_as_current=False)
    celery.conf.beat_schedule = {"known": {"task": "a.b", "schedule": 60}}
    tasks = {
        name: Task(id=name, state=State.SUCCESS, offset=1, first_offset=1, created_at=at, by_hand=by_hand)
        for name in names
    }
    source = Static(celery)
    source.changes = changes
    schedule = Schedule(celery, lambda _: [], lambda: START, last_runs=lambda: tasks, source=source)
    schedule.reader.read()
    return schedule.entries().trouble


def test_what_a_beat_sends_that_the_app_does_not_have_is_told() -> None:
    told = str(trouble("known", "nightly"))
    assert told.startswith("A beat sent 'nightly', which beat_schedule of the app here does not have.")
    assert "beat_scheduler" in told
    assert str(trouble(*"abcde")).startswith("A beat sent 'a', 'b', 'c' and 2 more, which")


@pytest.mark.parametrize(
    "told",
    [
        lambda: trouble("known"),
        lambda: trouble("nightly", at=START - 1),
        lambda: trouble("nightly", by_hand=True),
        lambda: trouble("celery.backend_cleanup"),
        lambda: trouble("nightly", changes=True),
    ],
    ids=["an entry", "before the start", "by hand", "added by beat itself", "where entries come and go"],
)
def test_nothing_is_told_of_what_says_nothing_about_the_app(told: Callable[[], str | None]) -> None:
    assert told() is None
