"""When a schedule is due after a run. tests/matrix asks the same of each Celery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from celery import Celery
from celery.schedules import crontab

from phloem_server.boards import due_times
from phloem_server.boards.due_times import due_time

LONG_AGO = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC).timestamp()


class Lunar:
    """A schedule that derives from none of Celery's."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(LONG_AGO + 10, UTC)

    def remaining_estimate(self, last_run_at: datetime) -> Any:
        return datetime.fromtimestamp(LONG_AGO + 100, UTC) - self.now()


@pytest.fixture
def app() -> Iterator[Celery]:
    with Celery("clock", broker="memory://", set_as_current=False) as app:
        yield app


@pytest.mark.parametrize("version", [(5, 5), (5, 7)])
def test_after_a_run_of_long_ago_the_next_minute_is_due(
    app: Celery, version: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_times, "VERSION", version)
    assert round(due_time(crontab(app=app), LONG_AGO)) == LONG_AGO + 30


@pytest.mark.parametrize("version", [(5, 3), (5, 7)])
def test_a_schedule_of_ones_own_is_asked_as_it_is(version: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_times, "VERSION", version)
    assert due_time(Lunar(), LONG_AGO) == LONG_AGO + 100


def test_the_schedule_itself_keeps_its_clock(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_times, "VERSION", (5, 5))
    when = crontab(app=app)
    due_time(when, LONG_AGO)
    assert when.nowfun is None
