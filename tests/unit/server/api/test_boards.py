"""What the boards show, and running an entry of the schedule, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem_server.access.principal import ANYONE
from phloem_server.control.errors import NoAnswer
from tests.unit.server.api.served import Served, refused


@pytest.mark.parametrize("name", ["workers", "queues", "schedule", "now", "views"])
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


def test_a_worker_is_asked_for_all_that_it_tells_and_what_is_secret_of_it_stays_out(served: Served) -> None:
    served.channel.record([Event(id="7", at=1.0, state=State.RECEIVED, begins=True, run="r", name="quiet", args="[1]")])
    served.control.told |= {
        "stats": {"pid": 9, "pool": {"timeouts": [0, 0]}},
        "conf": {"broker_url": "redis://:geheim@here/0", "stripe_api_key": "geheim"},
        "reserved": [
            {
                "id": "7",
                "name": "quiet",
                "args": ["geheim"],
                "kwargs": {},
                "acknowledged": False,
                "delivery_info": {"routing_key": "default"},
            }
        ],
        "scheduled": [{"eta": "1970-01-01T00:00:05+00:00", "request": {"id": "8", "args": ["geheim"]}}],
        "revoked": ["6"],
    }
    answer = served.client.get("/api/v1/workers/w@here")
    assert "geheim" not in answer.get_data(as_text=True)
    told = answer.get_json()
    assert (told["name"], told["stats"]["pool"], told["active"]) == ("w@here", {"timeouts": [0, 0]}, None)
    assert [(each["id"], each["args"], each["acknowledged"]) for each in told["reserved"]] == [("7", "[1]", False)]
    assert told["reserved"][0]["delivery_info"] == {"routing_key": "default"}
    assert [(each["id"], each["args"], each["eta"]) for each in told["scheduled"]] == [("8", "…", 5.0)]
    assert (told["revoked"], told["counts"]) == (["6"], {"reserved": 1, "scheduled": 1, "revoked": 1})


def test_a_worker_that_does_not_answer_is_said_not_to(served: Served) -> None:
    served.control.error = NoAnswer("w@here does not answer.")
    refused(served.client.get("/api/v1/workers/w@here"), 503, "w@here does not answer.", code="no_answer")
