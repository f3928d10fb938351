"""Arguments are judged by their names; those that a process cannot judge are withheld."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import celery
import pytest
from celery import Celery, chord, signature

from phloem.instrument import known_tasks
from phloem.instrument.arguments import argument_texts, label_text
from phloem.redaction import WITHHELD


@pytest.fixture
def app() -> Celery:
    return Celery("texts", set_as_current=False)


def add(app: Celery, function: Callable[..., Any], **options: Any) -> Any:
    """Promises a task, as an application does where it is imported."""
    return app.task(function, name=options.pop("name", "app.login"), shared=False, **options)


def login(user: str, password: str = "", *more: str) -> None: ...


def bound(self: Any, user: str, password: str = "", *more: str) -> None: ...


@pytest.mark.parametrize("bind", [False, True])
def test_a_positional_argument_has_the_name_that_the_task_gives_it(app: Celery, bind: bool) -> None:
    task = add(app, bound if bind else login, bind=bind)
    texts = argument_texts(("bob", "hunter2", "more"), {}, {}, task)
    assert texts["args"] == '["bob","[redacted]","more"]'


def test_what_stands_behind_a_name_for_several_secrets_is_secret() -> None:
    class Task:
        @staticmethod
        def run(user: str, *passwords: str, retry: int = 0, **credentials: str) -> None: ...

    texts = argument_texts(("bob", "hunter2", "hunter3"), {"retry": 1, "imap": "hunter4"}, {}, Task)
    assert texts["args"] == '["bob","[redacted]","[redacted]"]'
    assert texts["kwargs"] == '{"retry":1,"imap":"[redacted]"}'


def test_without_the_task_positional_arguments_are_withheld_and_named_ones_are_judged() -> None:
    texts = argument_texts(("bob", "hunter2"), {"user": "bob", "pin": 1234}, {}, None)
    assert texts["args"] == WITHHELD
    assert texts.get("long_args") is None
    assert texts["kwargs"] == '{"user":"bob","pin":"[redacted]"}'
    assert argument_texts((), {}, {}, None)["args"] == "[]"


def test_arguments_of_a_task_without_a_signature_stay_withheld() -> None:
    class Odd:
        run = type

    assert argument_texts((1, 2), {}, {}, Odd())["args"] == WITHHELD


def test_arguments_that_have_no_name_stay_withheld() -> None:
    class Task:
        @staticmethod
        def run(user: str) -> None: ...

    assert argument_texts(("bob", "hunter2"), {}, {}, Task)["args"] == f'["bob","{WITHHELD}"]'


def test_arguments_of_a_task_that_is_called_with_others_stay_withheld(app: Celery) -> None:
    class Batches(celery.Task):  # type: ignore[misc]  # has no types
        """As of celery-batches: `run` takes many calls at once."""

        def Strategy(self, *_: Any) -> Any: ...  # noqa: N802  # Celery's name

    task = add(app, take, base=Batches)
    assert argument_texts(("hunter2",), {"pin": 1}, {}, task)["args"] == WITHHELD


def take(requests: Any) -> None: ...


@pytest.mark.parametrize("bind", [False, True])
def test_a_task_is_known_before_its_app_is_finalized(app: Celery, bind: bool) -> None:
    task = add(app, bound if bind else login, bind=bind)
    promised = known_tasks.find(app, "app.login")
    assert argument_texts(("bob", "hunter2"), {}, {}, promised)["args"] == '["bob","[redacted]"]'
    assert task.name == "app.login"  # makes it
    made = known_tasks.find(app, "app.login")
    assert argument_texts(("bob", "hunter2"), {}, {}, made)["args"] == '["bob","[redacted]"]'
    assert known_tasks.find(app, "app.other") is None
    assert not app.finalized


def test_a_task_of_another_app_of_the_process_is_known(app: Celery) -> None:
    add(app, login)
    assert known_tasks.find(Celery("another", set_as_current=False), "app.login") is not None


def test_calls_within_arguments_are_judged_by_the_tasks_that_they_call(app: Celery) -> None:
    task = add(app, login)
    unlock = signature("celery.chord_unlock", args=("g1", task.s("bob", "hunter2")), app=app)
    tasks = {"app.login": task}.get
    texts = argument_texts((task.s("bob", "hunter2"),), {"callback": unlock}, {}, add(app, print_it, name="p"), tasks)
    assert "hunter2" not in str(texts)
    assert '"args":["bob","[redacted]"]' in texts["args"]
    assert f'"args":"{WITHHELD}"' in texts["kwargs"]  # of celery.chord_unlock, which is not known here


def print_it(call: Any, callback: Any = None) -> None: ...


@pytest.mark.parametrize("called", ["app.login", "app.unknown"])
def test_items_that_celery_hands_to_a_task_are_judged_as_its_arguments(app: Celery, called: str) -> None:
    task = add(app, login)
    add(app, lambda password: None, name="app.one")
    tasks = {"app.login": task, "app.one": known_tasks.find(app, "app.one")}.get
    starmap = {"task": signature(called, app=app), "it": [("bob", "hunter2"), ("ann", "hunter2")]}
    mapped = {"task": signature("app.one", app=app), "it": ["hunter2", "hunter2"]}
    for kwargs in (starmap, mapped):
        hidden: list[object] = []
        assert "hunter2" not in str(argument_texts((), kwargs, {}, None, tasks, hidden))
        assert hidden == (["hunter2", "hunter2"] if called == "app.login" or kwargs is mapped else [])


def test_a_chord_in_arguments_tells_no_secret(app: Celery) -> None:
    task = add(app, login)
    app.conf.task_always_eager = False
    whole = chord([task.s("bob", "hunter2")], task.s("ann", "hunter3"), app=app)
    texts = argument_texts((), {"later": dict(whole)}, {}, None, {"app.login": task}.get)
    assert "hunter" not in str(texts)
    assert "bob" in str(texts)


def test_a_text_that_celery_wrote_of_arguments_is_shown_without_what_the_signature_makes_a_secret(app: Celery) -> None:
    # What arrived is no longer what Celery wrote of it, so its text is taken for one that the sender chose.
    when = datetime(2026, 1, 1, tzinfo=UTC)
    sent = {"phloem_args": repr((when, "hunter2"))}

    class Task:
        @staticmethod
        def run(when: datetime, password: str) -> None: ...

    texts = argument_texts((when.isoformat(), "hunter2"), {}, sent, Task)
    assert texts["args"] == f"({when!r}, '[redacted]')"


@pytest.mark.parametrize(
    ("label", "told", "withheld"),
    [
        ("sign in", "sign in", "sign in"),
        ("sign in ann with hunter2", "sign in ann with [redacted]", None),
        ("sign in ann", "sign in ann", None),
        ("sign in; pin 1234", "sign in; pin [redacted]", None),
    ],
)
def test_a_label_repeats_no_secret_and_no_argument_that_is_withheld(
    label: str, told: str, withheld: str | None
) -> None:
    class Task:
        @staticmethod
        def run(user: str, password: str, pin: int) -> None: ...

    args = ("ann", "hunter2", 1234)
    hidden: list[object] = []
    argument_texts(args, {}, {}, Task, hidden=hidden)
    assert label_text(label, args, Task, hidden) == told
    assert label_text(label, args, None, []) == withheld
