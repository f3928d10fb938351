"""What a message says of its task: names, relations, and the texts that its sender chose to show for arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from celery import Celery

from phloem.instrument import message

ARGUMENTS = [
    (("bob", "hunter2"), {}),
    ((), {"user": "bob", "pair": (1, 2), "at": datetime(2026, 1, 1, tzinfo=UTC)}),
    (("it's", [1, (2,)], None, True), {"text": 'a "b"'}),
    (("long " * 1000,), {str(number): number for number in range(1000)}),
    (([[[["deep"]]]],), {}),
]


@pytest.fixture(scope="module")
def app() -> Celery:
    return Celery("texts", set_as_current=False)


def headers(app: Celery, args: Any, kwargs: Any, **options: Any) -> dict[str, Any]:
    """Those of the message that Celery makes."""
    return dict(app.amqp.as_task_v2("t1", "app.login", args, kwargs, **options).headers)


@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_what_celery_writes_of_arguments_is_not_what_somebody_chose(
    app: Celery, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    sent = headers(app, args, kwargs)
    assert message.chosen_texts(app, sent, args, kwargs) == {}
    assert message.chosen_texts(app, sent, list(args), kwargs) == {}


def test_after_a_way_through_json_it_still_is_not(app: Celery) -> None:
    sent = headers(app, (1, (2, 3)), {"pair": ("a", "b"), "numbers": {1: 2}})
    assert message.chosen_texts(app, sent, [1, [2, 3]], {"pair": ["a", "b"], "numbers": {"1": 2}}) == {}


def test_a_text_that_somebody_chose_is_shown_and_the_arguments_are_not_kept(app: Celery) -> None:
    args, kwargs = ("bob", "hunter2"), {"pin": 1234}
    sent = headers(app, args, kwargs, argsrepr="('bob', '<hidden>')", kwargsrepr="{'pin': ...}")
    sent |= message.chosen_texts(app, sent, args, kwargs)
    assert message.argument_texts(args, kwargs, sent) == {"args": "('bob', '<hidden>')", "kwargs": "{'pin': ...}"}
    assert message.original_call(args, kwargs, sent) is None


def test_one_chosen_text_is_enough_for_the_arguments_not_to_be_kept(app: Celery) -> None:
    sent = headers(app, ("hunter2",), {"user": "bob"}, argsrepr="(...)")
    sent |= message.chosen_texts(app, sent, ("hunter2",), {"user": "bob"})
    assert message.argument_texts(("hunter2",), {"user": "bob"}, sent)["kwargs"] == '{"user":"bob"}'
    assert message.original_call(("hunter2",), {"user": "bob"}, sent) is None


def test_a_text_that_was_wrongly_taken_for_a_chosen_one_tells_no_secret(app: Celery) -> None:
    class Speed(int):
        def __repr__(self) -> str:
            return "<Speed.FAST>"

    sent = headers(app, (), {"speed": Speed(1), "password": "hunter2"})
    sent |= message.chosen_texts(app, sent, [], {"speed": 1, "password": "hunter2"})
    assert "hunter2" not in str(message.argument_texts([], {"speed": 1, "password": "hunter2"}, sent))


def test_a_message_without_texts_has_none(app: Celery) -> None:
    assert message.chosen_texts(app, {}, (1,), {}) == {}
    assert message.chosen_texts(app, {"argsrepr": "", "kwargsrepr": None}, None, None) == {}


@pytest.mark.parametrize("bind", [False, True])
def test_a_positional_argument_has_the_name_that_the_task_gives_it(app: Celery, bind: bool) -> None:
    def login(user: str, password: str = "", *more: str) -> None: ...

    def bound(self: Any, user: str, password: str = "", *more: str) -> None: ...

    task = app.task(bound if bind else login, bind=bind, name=f"login{bind}", shared=False)
    texts = message.argument_texts(("bob", "hunter2", "more"), {}, {}, task)
    assert texts["args"] == '["bob","[redacted]","more"]'


def test_a_task_without_a_signature_shows_its_arguments() -> None:
    class Odd:
        run = dict.fromkeys

    assert message.argument_texts((1, 2), {}, {}, Odd())["args"] == "[1,2]"
