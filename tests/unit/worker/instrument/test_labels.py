"""What people call a task: what the application says, what its message says, and what it calls itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from celery import Celery

import phloem
import phloem.testing
from phloem.instrument import attachment, labels
from phloem.instrument.labels import LabelOf, Labels
from phloem.instrument.messages.headers import LABEL
from phloem.logs import Once
from phloem.model.label import LIMIT_CHARACTERS
from phloem.progress import current
from phloem.settings import RecordSettings, SettingError
from tests.unit.worker.instrument.handlers.traced import Traced
from tests.unit.worker.instrument.sent import Sent

Attach = Callable[[LabelOf | str | None], Traced]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    current.forget()
    monkeypatch.setattr(labels, "_once", Once())


@pytest.fixture
def attached() -> Iterator[Attach]:
    """Attaches an app with a label."""
    open_ones: list[Traced] = []

    def attach(label: LabelOf | str | None) -> Traced:
        open_ones.append(Traced(label=label))
        return open_ones[0]

    yield attach
    for traced in open_ones:
        traced.close()


def of_ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("phloem.")]


def order(self: Any, customer: Any, number: Any = 7, *more: Any, password: Any = None, **others: Any) -> None: ...


@pytest.mark.parametrize(
    ("template", "args", "kwargs", "label"),
    [
        ("{customer}", ("ACME",), {}, "ACME"),
        ("{customer}", (), {"customer": "ACME"}, "ACME"),
        ("order {number} of {customer}", ("ACME",), {}, "order 7 of ACME"),
        ("{0}/{1}/{2}", ("ACME", 8, 9), {}, "ACME/8/9"),
        ("{{{region}}}", ("ACME",), {"region": "north"}, "{north}"),
        ("{customer}", (date(2026, 5, 4),), {}, "2026-05-04"),
        ("{customer}", (UUID(int=1),), {}, "00000000-0000-0000-0000-000000000001"),
        ("{customer} {number}", (Decimal("1.50"), True), {}, "1.50 True"),
        ("{customer}", (None,), {}, None),
        ("{customer}", ("",), {}, None),
        ("{customer}", ({"a": 1},), {}, None),
        ("{customer}", (10**10_000,), {}, None),
        ("{customer}", (" \n",), {}, None),
        ("{password}", ("ACME",), {"password": "hunter2"}, None),
        ("{token}", ("ACME",), {"token": "hunter2"}, None),
        ("{customer}", ("hunter22",), {"password": "hunter22"}, "[redacted]"),
        ("{customer}", ("https://ann:hunter2@example.com",), {}, "https://ann:[redacted]@example.com"),
    ],
)
def test_a_template_is_filled_with_the_arguments_that_the_signature_names(
    attached: Attach, template: str, args: tuple[Any, ...], kwargs: dict[str, Any], label: str | None
) -> None:
    traced = attached(template)
    traced.task(order)
    assert traced.observer.description("app.order", {}, args, kwargs)["label"] == label


@pytest.mark.parametrize(
    "template", ["{customer.name}", "{0[key]}", "{a!r}", "{a:>10}", "{}", "{a", "{²}", "{a.b:{c}}"]
)
def test_a_template_with_more_than_names_and_positions_is_refused_and_nothing_of_it_is_called(
    template: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SettingError, match=r"it may hold names or positions of arguments in braces, as \{customer\}"):
        Labels(template)
    given: list[object] = []
    monkeypatch.setattr(attachment, "_begin", lambda *_, label, **__: given.append(label))
    phloem.attach(Celery("shop"), RecordSettings(), label=template)
    assert given == [None]
    assert "Tasks have no labels" in caplog.text


def test_a_template_that_does_not_fit_gives_no_label_and_says_so_once(
    attached: Attach, caplog: pytest.LogCaptureFixture
) -> None:
    traced = attached("{invoice}")
    for number in ("t1", "t2"):
        traced.task(plain).apply_async(task_id=number)
        assert traced.found(number).label is None
    (said,) = of_ours(caplog)
    assert said.startswith(
        "The task app.plain has no label: it has no argument invoice, which the template '{invoice}'"
    )


def plain(self: Any) -> None: ...


class Dateless(date):
    def isoformat(self) -> str:
        raise RuntimeError("no date")


def test_an_argument_whose_text_cannot_be_made_gives_no_label_and_the_task_is_told_of(
    attached: Attach, caplog: pytest.LogCaptureFixture
) -> None:
    traced = attached("{customer}")
    traced.task(order)
    told = traced.observer.description("app.order", {}, (Dateless(2026, 1, 1),), {})
    assert (told["name"], told["label"]) == ("app.order", None)
    assert of_ours(caplog) == ["A task has no label: an argument has no text"]


def test_a_process_without_the_task_fills_a_template_with_what_has_a_name_alone(
    attached: Attach, caplog: pytest.LogCaptureFixture
) -> None:
    traced = attached("{customer}")
    traced.app.send_task("other.job", ("ACME",), task_id="t1")
    traced.app.send_task("other.job", kwargs={"customer": "ACME"}, task_id="t2")
    assert (traced.found("t1").label, traced.found("t2").label) == (None, "ACME")
    assert not of_ours(caplog)


def test_a_function_is_asked_once_by_the_producer_and_its_answer_goes_with_the_message(
    attached: Attach, sent: Sent
) -> None:
    asked: list[Any] = []

    def label(task: Any, args: Any, kwargs: Any) -> str:
        asked.append((task.name, tuple(args), dict(kwargs)))
        return "x" * 100_000

    traced = attached(label)
    traced.task(order).apply_async(("ACME",), {"region": "north"}, task_id="t1")
    shown = "x" * (LIMIT_CHARACTERS - 1) + "…"
    assert asked == [("app.order", ("ACME",), {"region": "north"})]
    assert traced.found().label == shown
    assert len(sent[0][LABEL]) < 5000


def test_a_task_whose_message_has_no_label_is_asked_about_where_it_starts(attached: Attach) -> None:
    traced = attached(lambda task, args, kwargs: f"for {args[0]}")
    traced.trace(traced.task(order), "ACME")
    assert traced.found().label == "for ACME"


@pytest.mark.parametrize(("options", "label"), [({"shadow": "mine"}, "mine"), ({"headers": {LABEL: "ours"}}, "ours")])
def test_a_label_that_the_sender_gave_is_kept(attached: Attach, options: dict[str, Any], label: str) -> None:
    traced = attached(lambda *_: "of the application")
    traced.task(order).apply_async(("ACME",), task_id="t1", **options)
    assert traced.found().label == label


@pytest.mark.parametrize("given", [7, ["ACME"], object()], ids=["number", "list", "object"])
def test_an_answer_that_is_no_text_is_logged_once_and_the_task_is_sent(
    attached: Attach, caplog: pytest.LogCaptureFixture, given: Any
) -> None:
    traced = attached(lambda *_: given)
    for number in ("t1", "t2"):
        traced.task(plain).apply_async(task_id=number)
        assert traced.found(number).label is None
    (said,) = of_ours(caplog)
    assert f"is of type {type(given).__name__}; expected a text" in said


def test_a_function_that_fails_is_logged_once_and_the_task_is_sent(
    attached: Attach, caplog: pytest.LogCaptureFixture
) -> None:
    traced = attached(lambda task, args, kwargs: kwargs["customer"])
    for number in ("t1", "t2"):
        traced.task(plain).apply_async(task_id=number)
        assert traced.found(number).label is None
    assert of_ours(caplog) == ["A task has no label: the function that phloem.attach got as label failed"]


def test_a_task_calls_itself_something_and_its_next_try_keeps_it(attached: Attach, sent: Sent) -> None:
    def calls(self: Any, customer: str) -> None:
        phloem.label(f"{customer}-Corp")
        phloem.label("")
        raise self.retry(countdown=60)

    traced = attached("{customer}")
    traced.trace(traced.task(calls), "ACME")
    assert traced.found().label == "ACME-Corp"
    assert [each[LABEL] for each in sent] == ["ACME-Corp"]


def test_a_short_task_that_calls_itself_something_is_called_so(attached: Attach) -> None:
    def calls(self: Any) -> None:
        phloem.label(17)

    traced = attached(None)
    traced.trace(traced.task(calls), **{LABEL: "before"})
    assert (traced.found().label, traced.found().state) == ("17", "SUCCESS")


def test_a_label_says_no_secret_of_the_task(attached: Attach) -> None:
    def calls(self: Any, password: str) -> None:
        phloem.label(f"with {password}")

    traced = attached(None)
    traced.trace(traced.task(calls), "hunter22")
    assert traced.found().label == "with [redacted]"


@pytest.mark.parametrize("sends_on", [False, True], ids=["plainly", "with its own headers"])
def test_a_task_that_is_sent_by_another_does_not_have_its_label(attached: Attach, sends_on: bool) -> None:
    def parent(self: Any) -> None:
        phloem.label("of the parent")
        self.app.send_task("app.child", task_id="t2", headers=self.request.headers if sends_on else None)

    traced = attached(None)
    traced.trace(traced.task(parent), **{LABEL: "at first"}, headers={LABEL: "at first"})
    assert (traced.found("t1").label, traced.found("t2").label) == ("of the parent", None)


def test_eagerly_run_tasks_have_labels_as_well(attached: Attach) -> None:
    traced = attached(lambda task, args, kwargs: args[0])
    traced.task(order).apply(("ACME",), task_id="t1")
    traced.task(order).apply(("ACME",), task_id="t2", headers={LABEL: "ours"})
    assert (traced.found("t1").label, traced.found("t2").label) == ("ACME", "ours")


def test_a_second_call_with_another_label_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    app, settings = Celery("shop"), RecordSettings(redis_url="redis://127.0.0.1:1")
    try:
        phloem.attach(app, settings, label="{customer}")
        phloem.attach(app, settings, label="{customer}")
        assert not of_ours(caplog)
        phloem.attach(app, settings, label="{order}")
    finally:
        attachment.detach(0)
    assert "with another label is refused" in caplog.text


def test_a_record_in_memory_has_labels() -> None:
    app = Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)
    task = app.task(bind=True, name="shop.order", shared=False)(order)
    with phloem.testing.recording(app, label="{customer}") as record:
        task.apply(("ACME",), task_id="t1")
        found = record.task("t1")
    assert found is not None
    assert found.label == "ACME"
