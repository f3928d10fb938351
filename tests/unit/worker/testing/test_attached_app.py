"""An app that is recorded in memory, and one that is not recorded at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery

import phloem
from phloem.instrument import attachment
from phloem.settings import RecordSettings
from phloem.testing import recording
from tests.unit.conftest import Threads


@pytest.fixture
def app() -> Iterator[Celery]:
    with Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False) as app:
        app.conf.task_always_eager = True
        yield app


def test_what_an_app_does_is_recorded_in_memory_and_nothing_is_left(app: Celery, new_threads: Threads) -> None:
    def count(upto: int) -> int:
        for _ in phloem.track(range(upto), "Counting"):
            pass
        return upto

    counting = app.task(name="shop.count")(count)
    with recording(app) as record:
        task = record.task(counting.delay(3).id)
        assert task is not None
        assert (task.name, task.state, task.percent, task.result) == ("shop.count", "SUCCESS", 100, "3")
        assert record.task("unknown") is None
    assert new_threads() == []


def test_a_second_record_is_refused_with_the_way_out(app: Celery) -> None:
    with recording(app), pytest.raises(RuntimeError, match=r"detach\(\)"), recording(app):
        pass


@pytest.mark.parametrize(("held", "attached"), [("0", False), ("1", True)])
def test_a_setting_keeps_an_app_from_being_recorded(app: Celery, held: str, attached: bool) -> None:
    phloem.attach(app, RecordSettings.of_record({"PHLOEM_RECORD": held}))
    try:
        assert (attachment.recorder() is not None) == attached
    finally:
        attachment.detach(0)


def test_a_recorder_that_has_nothing_to_do_can_rest_and_goes_on_later(app: Celery, new_threads: Threads) -> None:
    def nothing() -> None: ...

    task = app.task(name="shop.nothing")(nothing)
    with recording(app) as record:
        task.delay()
        attachment.rest()
        assert new_threads() == []
        assert record.task(task.delay().id) is not None
