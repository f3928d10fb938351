"""Beat's real clock, and what everybody sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.onlooker import Onlooker
from tests.api import Api
from tests.processes import Stack, wait_until

APP = "tests.acceptance.clockwork"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("schedule"), {"PYTHONPATH": "."}, APP) as running:
        running.start("beat")
        yield running


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    return Api(stack.url)


def entry(api: Api, name: str) -> dict[str, Any]:
    entries = api.get("/schedule").json()["entries"]
    return next(each for each in entries if each["name"] == name)


def test_the_schedule_is_shown_in_words_before_anything_ran(api: Api) -> None:
    far = entry(api, "far away")
    assert (far["task"], far["args"], far["words"]) == ("clockwork.quick", '["far"]', "every day at 02:00")
    assert (far["timezone"], far["last"], far["missed"], far["overdue_since"]) == ("UTC", None, 0, None)
    assert far["next"] is not None
    assert entry(api, "often")["words"] == "every 2 seconds"
    assert entry(api, "by the clock")["words"] == "every minute"


def test_what_is_run_now_is_the_last_run_of_its_entry(api: Api) -> None:
    answer = api.post("/schedule/far away/run")
    assert answer.status_code == 202, answer.text
    task_id = answer.json()["id"]
    task = api.ended(task_id)
    assert (task["state"], task["result"], task["schedule"], task["by_hand"]) == ("SUCCESS", '"far"', "far away", True)
    wait_until(lambda: (entry(api, "far away")["last"] or {}).get("state") == "SUCCESS", 10, "the schedule shows it")
    last = entry(api, "far away")["last"]
    assert (last["id"], last["url"], last["by_hand"]) == (task_id, f"/api/v1/tasks/{task_id}", True)


def test_an_entry_that_there_is_not_cannot_be_run(api: Api) -> None:
    answer = api.post("/schedule/nightly/run")
    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        "There is no entry 'nightly' in the schedule. It has 'by the clock', 'far away', 'often'."
    )


def test_who_looks_sees_each_run_without_asking(stack: Stack) -> None:
    with Onlooker(stack.url, "schedule") as onlooker:

        def last() -> str:
            often = next(each for each in onlooker.board["entries"] if each["name"] == "often")
            return str((often["last"] or {}).get("id"))

        first = wait_until(lambda: onlooker.board and last(), 20, "a picture")
        second = wait_until(lambda: last() != first and last(), 30, "another run")
        wait_until(lambda: last() not in (first, second), 30, "one more")
        assert onlooker.asked == 1


def test_while_beat_is_down_its_runs_are_overdue_and_missed_and_the_first_one_makes_up(stack: Stack, api: Api) -> None:
    wait_until(lambda: entry(api, "often")["last"], 30, "it runs")
    stack.stop("beat")
    wait_until(lambda: entry(api, "often")["overdue_since"], 40, lambda: f"it is overdue: {entry(api, 'often')}")
    missed = entry(api, "often")["missed"]
    assert missed >= 1
    stack.start("beat")
    wait_until(lambda: entry(api, "often")["overdue_since"] is None, 40, "it runs again")
    assert entry(api, "often")["missed"] >= missed
    assert entry(api, "far away")["missed"] == 0


@pytest.mark.timeout(150)
def test_a_crontab_of_every_minute_fires_by_the_clock(api: Api) -> None:
    found = wait_until(lambda: entry(api, "by the clock")["last"], 90, "it fires")
    task = api.ended(found["id"])
    assert (task["schedule"], task["by_hand"], task["result"]) == ("by the clock", None, '"clock"')
    assert 0 <= task["created_at"] % 60 < 30  # just after a full minute; a loaded machine may take its time
    assert entry(api, "by the clock")["next"] % 60 == 0
