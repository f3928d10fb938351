"""A task sees none of the headers that Phloem adds, and passes none of them on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from celery import signals
from celery.app.task import Context

from phloem.instrument.messages import headers
from phloem.instrument.messages.headers import BY_HAND, CREATED, OURS, OWNER, RECEIVED, RETRY_OF, RUN, SCHEDULE
from phloem.progress import current
from tests.unit.worker.instrument.handlers.traced import Traced

SENT = {CREATED: 5.0, RECEIVED: 6.0, RUN: "r1", SCHEDULE: "nightly", BY_HAND: True, RETRY_OF: "t0", OWNER: "ann"}
"""What a message for a task may carry of ours."""


@pytest.fixture
def traced() -> Iterator[Traced]:
    current.forget()
    traced = Traced()
    yield traced
    traced.close()


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """The headers of all messages that are sent."""
    found: list[dict[str, Any]] = []

    def hear(headers: Mapping[str, Any], **_: object) -> None:
        found.append(dict(headers))

    signals.after_task_publish.connect(hear)
    yield found
    signals.after_task_publish.disconnect(hear)


@pytest.mark.parametrize("own", [{}, {"tenant": "acme"}], ids=["none of its own", "one of its own"])
def test_a_task_sees_the_headers_that_its_sender_gave_it_and_no_others(traced: Traced, own: dict[str, str]) -> None:
    seen: list[Any] = []

    def looks(self: Any) -> None:
        seen.extend([self.request.headers, vars(self.request), self.request.properties["application_headers"]])

    properties = {"application_headers": {**own, CREATED: 5.0}}
    traced.trace(traced.task(looks), **SENT, **own, properties=properties)
    custom, request, sent = seen
    assert custom == (own or None)
    assert sent == own
    assert not OURS & {*request, *(custom or {})}
    found = traced.found()
    assert (found.run, found.created_at, found.schedule, found.retry_of) == ("r1", 5.0, "nightly", "t0")


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "a twin in which they are not hidden"])
def test_a_task_that_sends_its_headers_on_passes_nothing_of_itself_to_others(
    traced: Traced, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    def child(self: Any) -> None: ...

    def parent(self: Any) -> None:
        sub.apply_async(headers=self.request.headers, task_id="t2")

    sub = traced.task(child)
    if not hidden:
        monkeypatch.setattr(headers, "hide", lambda request: dict(vars(request)))
        monkeypatch.setattr(headers, "ours", lambda _: {})
    traced.trace(traced.task(parent), **SENT, tenant="acme")
    [headers_of_child] = sent
    assert headers_of_child["tenant"] == "acme"
    found = traced.found("t2")
    assert found.created_at != 5.0
    inherited = (found.schedule, found.by_hand, found.retry_of)
    assert inherited == ((None, None, None) if hidden else ("nightly", True, "t0"))


def test_what_sends_on_what_it_kept_elsewhere_passes_nothing_either(traced: Traced, sent: list[dict[str, Any]]) -> None:
    def parent(self: Any) -> None:
        sub.apply_async(headers={**SENT, "tenant": "acme"}, task_id="t2")

    def child(self: Any) -> None: ...

    sub = traced.task(child)
    traced.trace(traced.task(parent), **SENT)
    assert {name for name in OURS if name in sent[0]} == {CREATED, OWNER}  # the owner is that of the run
    assert traced.found("t2").created_at != 5.0


def test_its_next_try_carries_what_it_was_sent_with(traced: Traced, sent: list[dict[str, Any]]) -> None:
    def again(self: Any) -> None:
        raise self.retry(countdown=60)

    traced.trace(traced.task(again), **SENT, tenant="acme")
    [next_try] = sent
    carried = {name: next_try[name] for name in OURS if name in next_try}
    assert carried == {CREATED: 5.0, SCHEDULE: "nightly", BY_HAND: True, RETRY_OF: "t0", OWNER: "ann"}
    assert next_try["tenant"] == "acme"


def test_a_callback_in_the_main_process_of_a_worker_sees_none_of_them(traced: Traced) -> None:
    """After a hard time limit, for one."""
    seen: list[Any] = []

    def errback(request: Any, error: Any, traceback: Any) -> None:
        seen.append(request.headers)

    called = traced.app.task(name="app.errback", shared=False)(errback)
    request = Context(SENT, id="t1", tenant="acme", errbacks=[called.s()], delivery_info={})
    traced.app.backend.mark_as_failure("t1", ValueError("killed"), request=request)
    assert seen == [{"tenant": "acme"}]
