"""No secret of random entries is on the board of the schedule."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.schedules import schedule

from phloem_server.boards.schedule import Schedule
from tests.random_secrets import MARK, Secrets

ENTRIES = 50


def sign_in(user: Any, password: str, value: Any = None, *tokens: str, **credentials: Any) -> None: ...


def test_no_name_and_no_argument_of_an_entry_shows_its_secrets() -> None:
    made = Secrets(1)
    app = Celery("random", broker="memory://", set_as_current=False)
    app.task(sign_in, name="shop.sign_in", shared=False)
    app.conf.beat_schedule = {
        f"{made.text()} {number}": {
            "task": ("shop.sign_in", "shop.unknown")[number % 2],
            "schedule": schedule(60),
            "args": (made.value(2), made.secret(), made.value(2), made.secret()),
            "kwargs": {made.name(): made.value(2)},
        }
        for number in range(ENTRIES)
    }
    entries = Schedule(app, lambda _: []).entries().entries
    assert MARK not in repr(entries)
    assert len(entries) > ENTRIES / 2  # names that differ by their secrets alone are one
    app.close()
