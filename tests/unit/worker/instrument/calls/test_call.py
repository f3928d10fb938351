"""What is kept of a message: the message, without what belongs to one delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from celery import Celery, group, signature
from kombu.message import Message

from phloem.instrument.calls import call
from phloem.record.record import CALL_LIMIT_BYTES

HEADERS = Celery("kept", set_as_current=False).amqp.as_task_v2("t1", "app.add", (1,)).headers


def message(body: Any = b"[[1], {}, {}]", **headers: Any) -> Message:
    return Message(
        body=body,
        content_type="application/json",
        content_encoding="utf-8",
        headers=headers,
        properties={"correlation_id": "t1", "priority": 3, "delivery_tag": 5, "user_id": "ann"},
        delivery_info={"exchange": "", "routing_key": "celery"},
    )


def kept(body: Any = b"[[1], {}, {}]", *, hidden: bool = False, **headers: Any) -> call.Call:
    return call.read(call.kept(message(body, **headers), "t1", "app.add", hidden=hidden))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"retries": False},
        {"timelimit": [50, None]},
        {"at": datetime(2030, 1, 31, tzinfo=UTC), "price": Decimal("19.90"), "ratio": 0.5, "raw": b"\x89"},
        {"big": 2**80, "half": "\ud800", "deep": {"a": [1, {"b": None}]}},
        {"tenant": ""},
    ],
)
def test_headers_come_back_as_what_they_were_under_another_id(more: dict[str, Any]) -> None:
    read = kept(**{**HEADERS, **more}).headers_for("t2")
    expected = {**HEADERS, **more, "id": "t2", "root_id": "t2"}
    assert read == expected
    assert {name: type(value) for name, value in read.items()} == {n: type(v) for n, v in expected.items()}


@pytest.mark.parametrize("headers", [{}, {"lang": "js", "task": "app.add", "id": "t1"}, {"id": 7, "task": "app.add"}])
def test_headers_that_a_message_does_not_have_are_not_made_up(headers: dict[str, Any]) -> None:
    read = kept(**headers).headers_for("t2")
    assert read == {**headers, **({"id": "t2"} if headers.get("id") == "t1" else {})}


def test_headers_of_ours_and_properties_of_a_delivery_are_not_kept() -> None:
    found = kept(**HEADERS, phloem_run="r1", phloem_created_at=1.0, phloem_retry_of="t0")
    assert "phloem" not in found.headers
    assert found.properties_for("t2") == {"correlation_id": "t2", "priority": 3}


def test_what_follows_is_named_in_the_order_in_which_it_runs() -> None:
    app = Celery("kept", set_as_current=False)
    steps = [signature(f"app.{name}", app=app) for name in ("a", "b", "c")]
    both = group(signature("app.x", app=app), signature("app.y", app=app), app=app)
    tail = [dict(each) for each in (*steps[::-1], both)]
    body = message()
    body._decoded_cache = ([], {}, {"chain": tail, "callbacks": [dict(steps[0])], "chord": dict(steps[1])})
    follows = call._follows(body)
    assert follows.chain == ("app.x", "app.y", "app.a", "app.b", "app.c")
    assert (follows.callbacks, follows.chord) == (("app.a",), ("app.b",))


@pytest.mark.parametrize(
    ("body", "hidden", "reason"),
    [
        (b"x" * (CALL_LIMIT_BYTES + 1), False, "up to 65,536 are kept"),
        (b"[]", True, "hide something"),
        (7, False, "of type int"),
    ],
)
def test_what_cannot_be_kept_says_why(body: Any, hidden: bool, reason: str) -> None:
    found = kept(body, hidden=hidden, **HEADERS)
    assert found.body is None
    assert reason in (found.refusal or "")
    assert found.routing_key == "celery"


def test_a_header_that_cannot_be_written_is_a_reason_too() -> None:
    assert "cannot be kept (TypeError" in (kept(**HEADERS, odd=object()).refusal or "")


@pytest.mark.parametrize("held", [b"", b"\x93", b"[[1],{}]", b"\xff"])
def test_what_is_no_call_is_not_read(held: bytes) -> None:
    with pytest.raises(call.CallUnreadable):
        call.read(held)
