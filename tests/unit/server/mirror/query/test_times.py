from __future__ import annotations

from typing import Any

import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.values import QueryError

NOW = 1796030100.0
"""The 30th of November 2026, at 09:15 in UTC."""

MIDNIGHT = 1795996800.0
DAY = 86400.0


def task(state: State, **facts: Any) -> Task:
    return Task(id="t1", state=state, offset=1, first_offset=1, **facts)


@pytest.mark.parametrize(
    ("given", "since", "until"),
    [
        (None, None, None),
        ("", None, None),
        (1796000000, 1796000000.0, 1796000000.0),
        ("1796000000.5", 1796000000.5, 1796000000.5),
        ("09:15", NOW, NOW),
        ("9:15:01", NOW + 1 - DAY, NOW + 1 - DAY),
        ("14:30", MIDNIGHT - DAY + 14.5 * 3600, MIDNIGHT - DAY + 14.5 * 3600),
        ("midnight", MIDNIGHT, MIDNIGHT),
        ("today", MIDNIGHT, MIDNIGHT + DAY),
        ("yesterday", MIDNIGHT - DAY, MIDNIGHT),
        ("2026-11-28", MIDNIGHT - 2 * DAY, MIDNIGHT - DAY),
        ("2026-11-28T14:30", MIDNIGHT - 2 * DAY + 14.5 * 3600, MIDNIGHT - 2 * DAY + 14.5 * 3600),
        ("2026-11-28 14:30:00Z", MIDNIGHT - 2 * DAY + 14.5 * 3600, MIDNIGHT - 2 * DAY + 14.5 * 3600),
        ("2026-11-28T14:30-02:00", MIDNIGHT - 2 * DAY + 16.5 * 3600, MIDNIGHT - 2 * DAY + 16.5 * 3600),
        ("90s", "90s", "90s"),
        ("1.5h", "5400s", "5400s"),
        ("2min", "120s", "120s"),
        ("1w", "604800s", "604800s"),
    ],
)
def test_times_and_ages_are_read(given: Any, since: object, until: object) -> None:
    asked = Query.parse({"since": given, "until": given}, None, NOW)
    assert (asked.since, asked.until) == (since, until)


@pytest.mark.parametrize(
    "given",
    [
        "noon",
        "24:00",
        "12:60",
        "12:5",
        "2026-02-30",
        "2026-13-01",
        "2026-11-30T",
        "2026-11-30T14:30+25:00",
        "1970-01-01",
        "9999-12-31T23:59-01:00",
        "0s",
        "5y",
        "200000d",
        "5",
        5,
        -1796000000,
        float("nan"),
        float("inf"),
        True,
        [],
        {},
        "\u0662h",
    ],
)
def test_what_is_no_time_is_refused(given: Any) -> None:
    with pytest.raises(QueryError, match="since is .*; expected a time"):
        Query.parse({"since": given}, None, NOW)


@pytest.mark.parametrize(
    ("found", "since"),
    [
        (task(State.PENDING, created_at=100.0), 100.0),
        (task(State.PENDING, created_at=100.0, eta=130.0), 130.0),
        (task(State.RECEIVED, created_at=100.0, received_at=101.0), 100.0),
        (task(State.RECEIVED, received_at=101.0), 101.0),
        (task(State.STARTED, created_at=100.0, started_at=105.0), 105.0),
        (task(State.RETRY, created_at=100.0, started_at=105.0, retried_at=106.0, eta=110.0), 110.0),
        (task(State.RECEIVED, created_at=100.0, started_at=105.0, retried_at=106.0), 106.0),
        (task(State.SUCCESS, created_at=100.0, started_at=105.0, finished_at=109.0), 109.0),
        (task(State.REVOKED, created_at=100.0), 100.0),
    ],
)
def test_since_and_until_are_about_when_a_task_began_to_wait_or_to_run_or_ended(found: Task, since: float) -> None:
    assert Query(since=since).fits(found, now=200.0)
    assert not Query(since=since + 0.1).fits(found, now=200.0)
    assert Query(until=since + 0.1).fits(found, now=200.0)
    assert not Query(until=since).fits(found, now=200.0)
    assert Query(since="20s").fits(found, now=since + 19.9)
    assert not Query(since="20s").fits(found, now=since + 20.1)


def test_a_task_of_which_no_time_is_known_fits_no_time() -> None:
    assert not Query(since="1h").fits(task(State.PENDING), now=200.0)
    assert not Query(until=1e9).fits(task(State.SUCCESS), now=200.0)


@pytest.mark.parametrize(
    ("asked", "found", "fits"),
    [
        ({"ran": ">10s"}, task(State.SUCCESS, started_at=100.0, finished_at=111.0), True),
        ({"ran": ">10s"}, task(State.SUCCESS, started_at=100.0, finished_at=110.0), False),
        ({"ran": ">=10s"}, task(State.SUCCESS, started_at=100.0, finished_at=110.0), True),
        ({"ran": "<=10s"}, task(State.SUCCESS, started_at=100.0, finished_at=110.0), True),
        ({"ran": [">10s", "<1m"]}, task(State.FAILURE, started_at=100.0, finished_at=130.0), True),
        ({"ran": [">10s", "<1m"]}, task(State.FAILURE, started_at=100.0, finished_at=170.0), False),
        ({"ran": ">500ms"}, task(State.SUCCESS, started_at=100.0, finished_at=100.2, runtime=0.6), True),
        ({"ran": ">1m"}, task(State.PROGRESS, started_at=100.0), True),
        ({"ran": ">2m"}, task(State.PROGRESS, started_at=100.0), False),
        ({"ran": "<2m"}, task(State.STARTED, started_at=100.0), True),
        ({"ran": "<2m"}, task(State.PENDING, created_at=100.0), False),
        ({"ran": ">0"}, task(State.REVOKED, created_at=100.0, finished_at=170.0), False),
        ({"waited": ">5s"}, task(State.STARTED, created_at=100.0, started_at=106.0), True),
        ({"waited": ">5s"}, task(State.STARTED, created_at=100.0, eta=103.0, started_at=106.0), False),
        ({"waited": ">1m"}, task(State.PENDING, created_at=100.0), True),
        ({"waited": ">1m"}, task(State.PENDING, created_at=100.0, eta=150.0), False),
        ({"waited": "<1m"}, task(State.RETRY, retried_at=150.0, started_at=100.0, created_at=90.0), True),
        ({"waited": "<1m"}, task(State.SUCCESS, started_at=100.0, finished_at=110.0), False),
    ],
)
def test_durations_are_those_of_what_is_over_and_of_what_goes_on(asked: Any, found: Task, fits: bool) -> None:
    assert Query.parse(asked, None).fits(found, now=200.0) is fits
