from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, chord, group
from celery.canvas import maybe_signature

from phloem.instrument import hooks
from phloem.instrument.handlers import unsent


@pytest.fixture
def app() -> Iterator[Celery]:
    hooks.install()
    with Celery("chords", broker="memory://", backend="cache+memory://", set_as_current=False) as app:
        app.task(_add, name="app.add", shared=False)
        yield app


def _add(a: int, b: int = 0) -> None: ...


def test_what_is_not_sent_of_a_chord_has_the_ids_that_its_message_promised(app: Celery) -> None:
    add = app.tasks["app.add"]
    promised = group(chord([add.s(1)], add.s(2)), add.s(3), app=app)
    promised.freeze()
    text = json.dumps(promised)
    told: list[str] = []

    def hear(callback: Any, **_: object) -> None:
        told.extend(step["options"]["task_id"] for step in unsent.body(callback))

    hooks.chord_given_up.connect(hear)
    try:
        raise ValueError("one failed")
    except ValueError as error:  # Celery before 5.5 takes its traceback from here
        app.backend.chord_error_from_stack(maybe_signature(json.loads(text), app=app), error)
    assert len(told) >= 3
    assert [task_id for task_id in told if task_id not in text] == []
