"""Whose a task is: what the application says when it is sent, what its message says, and what it inherits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from celery import Celery, chain, group, signals
from celery.app.task import Context
from kombu.message import Message

import phloem
from phloem.instrument import attachment
from phloem.instrument.messages import headers, owners
from phloem.instrument.messages.headers import OWNER
from phloem.logs import Once
from phloem.model.owner import LIMIT_CHARACTERS
from phloem.model.state import State
from phloem.progress import current
from phloem.settings import RecordSettings
from tests.unit.worker.instrument.handlers.process import message
from tests.unit.worker.instrument.handlers.test_batches import works_off
from tests.unit.worker.instrument.handlers.traced import Traced
from tests.unit.worker.instrument.sent import Sent


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    current.forget()
    monkeypatch.setattr(owners, "_once", Once())


@pytest.fixture
def told() -> Iterator[Traced]:
    """An app that says whose a task is by its keyword argument."""
    traced = Traced(owner=lambda task, args, kwargs: kwargs.get("customer"))
    yield traced
    traced.close()


@pytest.fixture
def untold() -> Iterator[Traced]:
    """An app that says nothing of owners."""
    traced = Traced()
    yield traced
    traced.close()


def job(self: Any, *args: Any, **kwargs: Any) -> None: ...


def test_the_owner_that_the_application_gives_goes_with_the_message_and_is_known_at_once(
    told: Traced, sent: Sent
) -> None:
    told.task(job).apply_async(kwargs={"customer": "acme"}, task_id="t1")
    assert (sent[0][OWNER], told.found().owner) == ("acme", "acme")


def test_a_task_of_which_nobody_says_whose_it_is_has_no_owner_and_no_header(untold: Traced, sent: Sent) -> None:
    untold.task(job).apply_async(kwargs={"customer": "acme"}, task_id="t1")
    assert (OWNER in sent[0], untold.found().owner) == (False, None)


def test_the_application_gets_the_task_and_its_arguments_also_where_only_the_name_is_known() -> None:
    asked: list[Any] = []

    def owner(task: Any, args: Any, kwargs: Any) -> None:
        asked.append((task.name, tuple(args), dict(kwargs)))

    traced = Traced(owner)
    traced.task(job).delay(1, a=2)
    traced.app.send_task("other.job")
    traced.close()
    assert asked == [("app.job", (1,), {"a": 2}), ("other.job", (), {})]


def test_a_worker_tells_the_owner_that_a_message_of_any_producer_names(untold: Traced) -> None:
    received = message(headers={OWNER: "acme"})
    signals.task_received.send(None, request=received)
    assert untold.found().owner == "acme"


def test_a_worker_that_does_not_have_the_task_tells_its_owner_as_well(untold: Traced) -> None:
    received = Message(headers={OWNER: "acme"}, body="[[], {}, {}]", content_type="application/json")
    signals.task_unknown.send(None, message=received, exc=KeyError("app.job"), name="app.job", id="t1")
    found = untold.found()
    assert (found.state, found.owner) == (State.FAILURE, "acme")


def test_a_message_that_names_its_owner_keeps_it(told: Traced, sent: Sent) -> None:
    told.task(job).apply_async(kwargs={"customer": "acme"}, headers={OWNER: "ann"})
    assert sent[0][OWNER] == "ann"


def sends(self: Any, **kwargs: Any) -> None:
    self.app.send_task("app.job", task_id="t2", **kwargs)


@pytest.mark.parametrize(
    ("options", "owner"), [({}, "acme"), ({"kwargs": {"customer": "bolt"}}, "bolt")], ids=["says nothing", "says it"]
)
def test_a_task_that_is_sent_by_another_has_its_owner_unless_the_application_gives_it_one(
    told: Traced, options: dict[str, Any], owner: str
) -> None:
    def parent(self: Any) -> None:
        sends(self, **options)

    told.trace(told.task(parent), **{OWNER: "acme"})
    assert (told.found("t1").owner, told.found("t2").owner) == ("acme", owner)


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "a twin in which they are not hidden"])
def test_a_task_that_sends_its_headers_on_does_not_choose_its_own_owner_for_others(
    told: Traced, monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    def parent(self: Any) -> None:
        sends(self, headers=self.request.headers, kwargs={"customer": "bolt"})

    if not hidden:
        monkeypatch.setattr(headers, "hide", lambda request: dict(vars(request)))
        monkeypatch.setattr(headers, "ours", lambda _: {})
    told.trace(told.task(parent), **{OWNER: "acme"}, tenant="north")
    assert told.found("t2").owner == ("bolt" if hidden else "acme")


def test_the_next_try_keeps_its_owner_whatever_the_application_would_say_by_now(sent: Sent) -> None:
    traced = Traced(owner=lambda *_: "whoever")

    def again(self: Any) -> None:
        raise self.retry(countdown=60)

    traced.trace(traced.task(again), **{OWNER: "acme"})
    traced.close()
    assert [each[OWNER] for each in sent] == ["acme"]


def test_all_members_of_a_canvas_have_the_owner_of_what_begins_it(untold: Traced, sent: Sent) -> None:
    member = untold.task(job)
    canvas = chain(member.s(), group(member.s(), member.s()))
    canvas.freeze()
    first, *others = canvas.tasks
    untold.trace(member, id=first.id, chain=[dict(each) for each in reversed(others)], **{OWNER: "acme"})
    assert [each[OWNER] for each in sent] == ["acme", "acme"]


def test_what_is_never_sent_has_the_owner_of_the_task_that_failed(untold: Traced) -> None:
    def boom(self: Any) -> None:
        raise ValueError("no such row")

    first, then = untold.task(boom), untold.task(job)
    canvas = chain(first.s(), then.s(), then.s().set(headers={OWNER: "bolt"}))
    canvas.freeze()
    begun, *others = canvas.tasks
    untold.trace(first, id=begun.id, chain=[dict(each) for each in reversed(others)], **{OWNER: "acme"})
    assert [untold.found(each.id).owner for each in others] == ["acme", "bolt"]


@pytest.mark.parametrize("acts", [True, False], ids=["for its owner", "a twin in which nobody knows for whom"])
def test_what_the_main_process_sends_for_a_task_has_its_owner(
    untold: Traced, sent: Sent, monkeypatch: pytest.MonkeyPatch, acts: bool
) -> None:
    """As the callback of a task that reached its hard time limit, where no run of it is."""
    if not acts:
        monkeypatch.setattr(owners, "on_behalf_of", lambda _: nullcontext())
    errback = untold.app.signature("app.errback", app=untold.app, immutable=False)
    request = Context({OWNER: "acme"}, id="t1", errbacks=[errback], delivery_info={}, root_id="t1")
    untold.app.backend.mark_as_failure("t1", ValueError("killed"), request=request)
    assert [each.get(OWNER) for each in sent] == ["acme" if acts else None]


@pytest.mark.parametrize(
    ("given", "owner"),
    [({}, None), ({"kwargs": {"customer": "acme"}}, "acme"), ({"headers": {OWNER: "ann"}}, "ann")],
)
def test_a_task_that_runs_eagerly_has_the_owner_that_its_message_would_name(
    told: Traced, given: dict[str, Any], owner: str | None
) -> None:
    told.task(job).apply(task_id="t1", **given)
    assert told.found().owner == owner


def test_an_eager_task_within_another_and_its_next_try_have_the_same_owner(told: Traced) -> None:
    def inner(self: Any, customer: str) -> None:
        if self.request.retries == 0:
            raise self.retry(countdown=0, kwargs={"customer": "bolt"})
        sends(self)

    def outer(self: Any) -> None:
        child.apply(kwargs={"customer": "acme"}, task_id="t3")
        plain.apply(task_id="t4")

    child, plain = told.task(inner), told.task(job)
    told.task(outer).apply(task_id="t1", headers={OWNER: "ann"})
    assert [told.found(each).owner for each in ("t1", "t3", "t2", "t4")] == ["ann", "acme", "acme", "ann"]


@pytest.mark.parametrize(("second", "owner"), [("acme", "acme"), ("bolt", None)])
def test_what_works_off_several_tasks_has_their_owner_if_they_have_one(
    untold: Traced, second: str, owner: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str | None] = []
    monkeypatch.setattr(untold.app.backend, "mark_as_done", lambda *_, **__: found.append(owners.inherited()))
    given = iter(("acme", second))
    receive = signals.task_received

    def name(request: Any, **_: object) -> None:
        request.request_dict[OWNER] = next(given)

    receive.receivers.insert(0, ((id(name), id(None)), name))
    try:
        works_off(untold, untold.task(job), "done", "SUCCESS")
    finally:
        receive.receivers.pop(0)
    assert found == [owner]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (7, "is of type int"),
        (b"acme", "is of type bytes"),
        (["acme"], "is of type list"),
        ("x" * (LIMIT_CHARACTERS + 1), "has 201 characters"),
        ("\ud800", "cannot be printed"),
        ("a\nb", "cannot be printed"),
    ],
)
def test_what_cannot_be_an_owner_is_logged_once_and_counts_as_none(
    caplog: pytest.LogCaptureFixture, given: Any, said: str
) -> None:
    traced = Traced(owner=lambda *_: given)
    task = traced.task(job)
    for task_id in ("t1", "t2"):
        task.apply_async(task_id=task_id)
    assert [traced.found(each).owner for each in ("t1", "t2")] == [None, None]
    traced.close()
    [record] = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert said in record
    assert "expected a text of at most 200 printable characters" in record


@pytest.mark.parametrize("given", [None, ""])
def test_no_owner_is_no_fault(caplog: pytest.LogCaptureFixture, given: str | None) -> None:
    assert owners.told(given) is None
    assert not caplog.records


@pytest.mark.parametrize("given", ["a", "x" * LIMIT_CHARACTERS, "😀" * LIMIT_CHARACTERS, "a b  *", "password=x"])
def test_an_owner_stays_as_it_is_letter_for_letter(untold: Traced, given: str) -> None:
    untold.task(job).apply_async(task_id="t1", headers={OWNER: given})
    assert untold.found().owner == given


def test_an_owner_is_a_plain_text_whatever_class_it_came_as(untold: Traced) -> None:
    class Lazy(str):
        def __str__(self) -> str:
            return "other"

    assert type(owners.told(Lazy("ann"))) is str
    assert owners.told(Lazy("ann")) == "ann"


def test_a_function_that_raises_is_logged_once_and_the_task_is_sent_for_its_sender(
    sent: Sent, caplog: pytest.LogCaptureFixture
) -> None:
    def owner(*_: Any) -> str:
        raise LookupError("no user here")

    traced = Traced(owner)
    traced.trace(traced.task(sends), **{OWNER: "acme"})
    traced.task(job).delay()
    traced.close()
    assert [each.get(OWNER) for each in sent] == ["acme", None]
    [record] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert "failed" in record.getMessage()
    assert record.exc_info


def test_a_second_app_with_an_owner_of_its_own_is_refused_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def owner(*_: Any) -> str:
        return "acme"

    def twice() -> Any:
        return lambda *_: "ann"

    try:
        for given in (twice(), twice(), None, owner):
            phloem.attach(Celery("attached", set_as_current=False), RecordSettings(), owner=given)
    finally:
        attachment.detach(0)
    [record] = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert "with another owner is refused" in record
