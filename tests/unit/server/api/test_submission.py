"""Sending a task: what the body may say, and what becomes of it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from celery._state import task_join_will_block

from phloem_server.access.principal import ANYONE, Principal
from phloem_server.api.submission import YEAR_SECONDS, Submission
from phloem_server.mirror.scope import Scope
from phloem_server.web.body import BODY_LIMIT
from phloem_server.web.problem import Problem
from tests.unit.server.api.served import Served, refused

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def options(**times: Any) -> dict[str, Any]:
    return Submission.parse(json.dumps({"name": "job", **times}).encode()).options(NOW)


@pytest.mark.parametrize("given", ["2030-01-31T12:00:00Z", "2030-01-31T13:00:00+01:00", 1896091200])
def test_a_moment_is_unix_seconds_or_text_with_a_zone(given: object) -> None:
    moment = datetime(2030, 1, 31, 12, tzinfo=UTC)
    assert options(eta=given, expires=given) == {"eta": moment, "expires": moment}


def test_an_expiry_of_up_to_a_year_counts_from_now() -> None:
    assert options(expires=YEAR_SECONDS) == {"expires": YEAR_SECONDS}


@pytest.mark.parametrize("field", ["eta", "expires"])
@pytest.mark.parametrize(
    "given", ["tomorrow", "2030-01-31T12:00:00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", [], 1e300]
)
def test_what_is_no_moment_is_refused_with_both_ways_to_write_one(field: str, given: object) -> None:
    with pytest.raises(Problem, match=f"{field}.* takes Unix seconds, or RFC 3339 with a zone such as") as refusal:
        options(**{field: given})
    assert refusal.value.status == 422


@pytest.mark.parametrize("queue", ["", "mail\n", "\x00", "x" * 129])
def test_a_queue_that_nobody_could_serve_is_refused(queue: str) -> None:
    with pytest.raises(Problem, match="does not fit"):
        options(queue=queue)


def test_a_sent_task_is_accepted_at_once_with_its_addresses(served: Served) -> None:
    answer = served.client.post("/api/v1/tasks", json={"name": "resize", "args": ["a.jpg"]})
    assert answer.status_code == 202
    body = answer.get_json()
    assert body["url"] == f"/api/v1/tasks/{body['id']}" == answer.headers["Location"]
    assert body["page"] == f"/tasks/{body['id']}"
    headers, (args, kwargs, _) = served.sent()
    assert (headers["id"], headers["task"]) == (body["id"], "resize")
    assert (args, kwargs) == (["a.jpg"], {})


def test_the_answer_waits_until_the_task_is_in_the_record(served: Served) -> None:
    served.client.post("/api/v1/tasks", json={"name": "quiet"})
    assert served.flushed == 1


def test_a_record_that_fails_does_not_unsay_the_acceptance(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no record")

    monkeypatch.setattr(served, "record", fail)
    answer = served.client.post("/api/v1/tasks", json={"name": "quiet"})
    assert answer.status_code == 202


def test_a_task_that_ignores_its_result_is_sent_that_way(served: Served) -> None:
    served.client.post("/api/v1/tasks", json={"name": "quiet"})
    headers, _ = served.sent()
    assert headers["ignore_result"] is True


def test_sending_subscribes_to_no_result(served: Served) -> None:
    denied: list[bool] = []
    backend = served.celery.backend
    backend.on_task_call = lambda *_: denied.append(task_join_will_block())
    served.client.post("/api/v1/tasks", json={"name": "resize", "args": ["a.jpg"]})
    assert denied == [True]


@pytest.mark.parametrize(("owner", "named"), [("acme", "acme"), (None, None)])
def test_a_task_belongs_to_the_owner_whom_its_sender_is_limited_to(
    served: Served, owner: str | None, named: str | None
) -> None:
    served.client.principal = Principal.of_role("operator", "session", owner=owner)
    assert served.client.post("/api/v1/tasks", json={"name": "quiet"}).status_code == 202
    headers, _ = served.sent()
    assert headers.get("phloem_owner") == named


def test_who_is_limited_to_a_workflow_launches_nothing(served: Served) -> None:
    served.client.principal = msgspec.structs.replace(ANYONE, scope=Scope(root="t1"))
    refused(served.client.post("/api/v1/tasks", json={"name": "quiet"}), 403, code="scope_exceeded")


def test_a_queue_can_be_chosen(served: Served) -> None:
    served.client.post("/api/v1/tasks", json={"name": "quiet", "queue": "media"})
    headers, _ = served.sent("media")
    assert headers["task"] == "quiet"


@pytest.mark.parametrize(
    ("given", "header", "seconds"),
    [
        (lambda now: {"countdown": 60}, "eta", 60),
        (lambda now: {"eta": now + 60}, "eta", 60),
        (lambda now: {"eta": datetime.fromtimestamp(now + 60, UTC).isoformat()}, "eta", 60),
        (lambda now: {"expires": 60}, "expires", 60),
        (lambda now: {"expires": now + 60}, "expires", 60),
        (lambda now: {"expires": datetime.fromtimestamp(now + 60, UTC).isoformat()}, "expires", 60),
    ],
)
def test_when_it_runs_and_expires_can_be_told_in_several_ways(
    served: Served, given: Callable[[float], dict[str, object]], header: str, seconds: int
) -> None:
    now = time.time()
    answer = served.client.post("/api/v1/tasks", json={"name": "quiet", **given(now)})
    assert answer.status_code == 202
    headers, _ = served.sent()
    at = datetime.fromisoformat(headers[header])
    assert abs(at - datetime.fromtimestamp(now + seconds, UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "resise"}, ["'resise'", "resize"]),
        ({"name": "resize"}, ["resize", "upload"]),
        ({"name": "resize", "args": ["a"], "kwargs": {"width": "wide"}}, ["width", "wide"]),
        ({"name": "resize", "args": ["a"], "kwargs": {"depth": 1}}, ["depth"]),
        ({"name": "celery.backend_cleanup"}, ["celery.backend_cleanup"]),
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"name": "quiet", "task": "x"}, ["task"]),
        ({"name": "quiet", "args": {}}, ["args"]),
        ({"name": "quiet", "kwargs": []}, ["kwargs"]),
        ({"name": "quiet", "queue": ""}, ["queue"]),
        ({"name": "quiet", "queue": "a\nb"}, ["queue"]),
        ({"name": "quiet", "countdown": -1}, ["countdown"]),
        ({"name": "quiet", "countdown": 1e300}, ["countdown"]),
        ({"name": "quiet", "countdown": "soon"}, ["countdown"]),
        ({"name": "quiet", "countdown": 1, "eta": time.time() + 5}, ["countdown", "eta"]),
        ({"name": "quiet", "eta": 60}, ["eta", "1970"]),
        ({"name": "quiet", "eta": 1e300}, ["eta"]),
        ({"name": "quiet", "eta": "tomorrow"}, ["eta"]),
        ({"name": "quiet", "eta": "2999-01-01T00:00:00"}, ["eta"]),
        ({"name": "quiet", "expires": -5}, ["expires", "past"]),
        ({"name": "quiet", "expires": 1e9}, ["expires", "2001"]),
        ([], ["object"]),
        ("quiet", ["object"]),
    ],
)
def test_what_does_not_fit_is_refused_in_words_that_name_it(served: Served, body: object, said: list[str]) -> None:
    refused(served.client.post("/api/v1/tasks", json=body), 422, *said)
    assert served.flushed == 0


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b'{"name": "quiet", "args": ' + b"[" * 100_000, "application/json", 400),
        (b'{"name": "quiet"}', "text/plain", 415),
        (b"name=quiet", "application/x-www-form-urlencoded", 415),
        (b'{"name": "quiet"}', "", 415),
        (b'{"name": "quiet", "args": ["' + b"x" * 2_000_000 + b'"]}', "application/json", 413),
    ],
)
def test_a_body_that_is_no_json_is_refused(served: Served, data: bytes, content_type: str, status: int) -> None:
    answer = served.client.post("/api/v1/tasks", data=data, content_type=content_type)
    refused(answer, status)


def test_a_body_of_json_that_does_not_tell_its_length_is_limited_as_well(served: Served) -> None:
    for size, status in ((BODY_LIMIT - 100, 202), (BODY_LIMIT, 413)):
        answer = served.client.post(
            "/api/v1/tasks",
            input_stream=io.BytesIO(b'{"name": "resize", "args": ["' + b"x" * size + b'"]}'),
            headers={"Transfer-Encoding": "chunked"},
            content_type="application/json",
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert answer.status_code == status, answer.get_json()


def test_while_the_broker_is_away_nothing_is_accepted(tmp_path: Path) -> None:
    served = Served(tmp_path)
    served.celery.conf.broker_url = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    answer = served.client.post("/api/v1/tasks", json={"name": "quiet"})
    refused(answer, 503, "not accepted")
    assert answer.headers["Retry-After"] == "1"
    assert served.flushed == 0
    assert time.monotonic() - began < 3


def test_the_registry_tells_what_can_be_sent(served: Served) -> None:
    tasks = served.client.get("/api/v1/registry").get_json()["tasks"]
    assert [task["name"] for task in tasks] == ["quiet", "resize"]
    assert tasks[1]["schema"]["required"] == ["upload"]
