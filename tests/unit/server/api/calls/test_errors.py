"""How errors of the domain are told over HTTP, and that no call is made without a principal."""

from __future__ import annotations

import pytest

from phloem.errors import PhloemError
from phloem.instrument.signature import ArgumentsError
from phloem.record.record import ChannelError, ChannelRefused
from phloem_server.api.calls.errors import of_domain
from phloem_server.boards.schedule import EntryUnknown
from phloem_server.control.errors import BrokerUnavailable, NoAnswer, TaskNameUnknown, WorkerRefused
from phloem_server.mirror.query.values import QueryError
from tests.unit.server.api.served import Served, refused


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (ArgumentsError("text"), 422, "arguments_invalid", None),
        (BrokerUnavailable("text"), 503, "broker_unavailable", "1"),
        (ChannelError("text"), 503, "record_unavailable", "1"),
        (ChannelRefused("text"), 503, "record_refused", "1"),
        (EntryUnknown("text"), 404, "entry_unknown", None),
        (NoAnswer("text"), 503, "no_answer", "1"),
        (QueryError("text"), 400, "query_invalid", None),
        (TaskNameUnknown("text"), 422, "task_name_unknown", None),
        (WorkerRefused("text"), 409, "worker_refused", None),
    ],
)
def test_an_error_of_the_domain_has_one_status(
    error: PhloemError, status: int, code: str, retry_after: str | None
) -> None:
    answer = of_domain(error)
    assert answer is not None
    body = answer.get_json(force=True)
    assert (answer.status_code, body["detail"], body["code"]) == (status, "text", code)
    assert answer.headers.get("Retry-After") == retry_after


def test_the_code_follows_what_clients_of_earlier_versions_know(served: Served) -> None:
    answer = served.client.get("/api/v1/tasks/x")
    assert list(answer.get_json(force=True)) == ["type", "title", "status", "detail", "code"]


def test_an_error_that_has_no_status_is_a_bug_and_told_as_an_id_only(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise PhloemError("internals")

    monkeypatch.setattr(served.channel, "task", fail)
    answer = served.client.get("/api/v1/tasks/1")
    refused(answer, 500, "Its log tells more", code="internal_error")
    assert "internals" in caplog.text


def test_a_request_that_the_door_did_not_see_reaches_no_call(served: Served) -> None:
    served.client.principal = None
    for path in ("/session", "/tasks", "/registry", "/workers", "/files/1", "/mailbox"):
        refused(served.client.get(f"/api/v1{path}"), 500, code="internal_error")
    refused(served.client.post("/api/v1/tasks", json={"name": "quiet"}), 500)
    assert served.flushed == 0


def test_an_unknown_call_is_a_problem_also_for_people(served: Served) -> None:
    refused(served.client.get("/api/v1/nothing", headers={"Accept": "text/html"}), 404)
    refused(served.client.post("/api/v1/nothing"), 404)
    refused(served.client.delete("/api/v1/tasks"), 405)
