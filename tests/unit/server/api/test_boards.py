"""What the boards show, and running an entry of the schedule, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from phloem_server.access.principal import ANYONE
from tests.unit.server.api.served import Served, refused


@pytest.mark.parametrize("name", ["workers", "queues", "schedule", "now"])
def test_a_board_is_read_on_behalf_of_the_principal_that_asks(served: Served, name: str) -> None:
    answer = served.client.get(f"/api/v1/{name}")
    assert answer.get_json() == {"board": name}
    assert served.pictures == [(name, ANYONE)]


def test_an_entry_of_the_schedule_is_run_by_its_name(tmp_path: Path) -> None:
    served = Served(tmp_path, schedule={"every/night": {"task": "quiet", "schedule": 60}})
    answer = served.client.post("/api/v1/schedule/every/night/run")
    assert answer.status_code == 202
    headers, _ = served.sent()
    assert (headers["id"], headers["task"]) == (answer.get_json()["id"], "quiet")
    served.celery.close()


def test_an_entry_that_is_not_there_is_not_found(served: Served) -> None:
    answer = served.client.post("/api/v1/schedule/nightly/run")
    refused(answer, 404, "no entry 'nightly'", code="entry_unknown")


def test_running_an_entry_takes_no_arguments(served: Served) -> None:
    answer = served.client.post("/api/v1/schedule/nightly/run", json={"args": []})
    refused(answer, 422, "The body does not fit", code="body_invalid")
