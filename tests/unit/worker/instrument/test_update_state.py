from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from celery import Celery
from celery.app.task import Task

from phloem.instrument import update_state
from phloem.model.state import State
from phloem.progress.run import Run


class Base(Task):  # type: ignore[misc]  # Celery has no types
    """As applications have them."""


@pytest.fixture(autouse=True)
def understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "update_state", Task.update_state)
    update_state.understand()


@pytest.fixture
def task() -> Task:
    return new_task(Celery(set_as_current=False, backend="cache+memory://"))


def new_task(app: Celery, **options: Any) -> Task:
    @app.task(bind=True, name="t", shared=False, **options)  # type: ignore[untyped-decorator]
    def task(self: Task) -> None:
        pass

    task.request_stack.push(task._get_request())
    return app.tasks["t"]


def told(run: Run) -> tuple[Any, ...]:
    (step,) = (step.snapshot(1.0) for step in run.outline.look())
    return step.current, step.total, step.unit, step.done, step.description


@pytest.mark.parametrize(
    ("meta", "shown"),
    [
        ({"current": 3, "total": 10}, (3, 10, "", False, "")),
        ({"done": 3, "total": 10, "status": "Reading"}, (3, 10, "", False, "Reading")),
        ({"current": 10, "total": 10}, (10, 10, "", True, "")),
        ({"percent": 42.5, "message": "Soon"}, (42.5, 100, "%", False, "Soon")),
        ({"percent": 250}, (100, 100, "%", True, "")),
        ({"percent": -3}, (0, 100, "%", False, "")),
        ({"percent": 0}, (0, 100, "%", False, "")),
        ({"current": 7}, (7, None, "", False, "")),
        ({"current": Decimal(3), "total": Decimal("4.5")}, (3, 4.5, "", False, "")),
        (
            {"pending": False, "current": 1, "total": 4, "percent": 25.0, "description": "Row 1"},
            (1, 4, "", False, "Row 1"),
        ),
        ({"pending": False, "current": 0, "total": 0, "percent": 0, "description": ""}, (0, None, "", False, "")),
        ({"pending": False, "current": 7, "total": None, "percent": 0}, (7, None, "", False, "")),
        ({"current": 7, "total": "many", "percent": 0.0}, (7, None, "", False, "")),
        ({"current": 7, "total": -10}, (7, None, "", False, "")),
        ({"current": 7, "percent": 70}, (70, 100, "%", False, "")),
        ({"current": 12, "total": 10}, (12, 10, "", True, "")),
        ({"current": 0, "total": 10}, (0, 10, "", False, "")),
        ({"current": -3, "total": 10}, (0, 10, "", False, "")),
        ({"current": float("nan"), "percent": 5}, (5, 100, "%", False, "")),
    ],
)
def test_the_figures_in_use_are_understood(run: Run, task: Task, meta: dict[str, Any], shown: tuple[Any, ...]) -> None:
    task.update_state(task_id="t1", state="PROGRESS", meta=meta)
    assert told(run) == shown
    event = run.sample(1.0)
    assert event is not None
    assert (event.state, event.message) == (State.PROGRESS, shown[-1] or None)


def test_a_count_without_a_total_has_no_percentage_until_there_is_one(run: Run, task: Task) -> None:
    def percent(**meta: Any) -> float | None:
        task.update_state(task_id="t1", state="PROGRESS", meta=meta)
        event = run.sample(1.0)
        assert event is not None
        return event.percent

    assert percent(current=5, total=0, percent=0) is None
    assert percent(current=5, total=10, percent=50) == 50
    assert percent(current=6, total=60, percent=10) == 10
    assert percent(current=0, total=60, percent=0) == 0


def test_all_updates_of_a_run_are_one_step(run: Run, task: Task) -> None:
    for done in range(5):
        task.update_state(task_id="t1", state="PROGRESS", meta={"current": done, "total": 4})
    assert told(run)[:2] == (4, 4)


@pytest.mark.parametrize(
    ("state", "meta", "message"),
    [
        ("UPLOADING", None, "UPLOADING"),
        ("UPLOADING", {"description": "part 3"}, "UPLOADING: part 3"),
        ("UPLOADING", "part 3", "UPLOADING: part 3"),
        ("PROGRESS", "half way", "half way"),
        ("PROGRESS", None, None),
        (None, None, None),
        ("PROGRESS", {"current": "3", "total": "many"}, None),
        ("PROGRESS", {"current": True}, None),
        ("PROGRESS", {"total": 100}, None),
        ("PROGRESS", 42, None),
        ("PROGRESS", [1, 2], None),
        ("PROGRESS", {"description": ["x"]}, None),
        ("x" * 10_000, {1: 2}, "x" * 1021 + "…"),
    ],
)
def test_other_states_and_what_is_no_figure_are_shown_as_progress(
    run: Run, task: Task, state: Any, meta: Any, message: str | None
) -> None:
    task.update_state(task_id="t1", state=state, meta=meta)
    event = run.sample(1.0)
    assert event is not None
    assert (event.state, event.message, event.steps) == (State.PROGRESS, message, ())


@pytest.mark.parametrize("state", ["PENDING", "STARTED", "SUCCESS", "FAILURE", "RETRY"])
def test_celerys_own_states_are_told_by_celery(run: Run, task: Task, state: str) -> None:
    task.update_state(task_id="t1", state=state, meta={"current": 3, "exc_type": "ValueError", "exc_message": "x"})
    assert (run.outline.steps(), run.working) == ([], False)


def test_what_is_said_of_another_task_is_not_this_tasks(run: Run, task: Task) -> None:
    task.update_state(task_id="t2", state="PROGRESS", meta={"current": 3})
    assert run.outline.steps() == []


def test_celery_does_what_it_always_does(run: Run, task: Task) -> None:
    task.update_state("t3", "PROGRESS", {"current": 3})
    stored = task.backend.get_task_meta("t3")
    assert (stored["status"], stored["result"]) == ("PROGRESS", {"current": 3})
    with pytest.raises(TypeError):
        task.update_state("t1", "PROGRESS", {}, None, "too many")
    assert Task.update_state.__doc__
    assert Task.update_state.__name__ == "update_state"


@pytest.mark.parametrize("options", [{"ignore_result": True}, {"base": Base}])
def test_it_works_without_results_and_with_a_base_of_ones_own(run: Run, options: dict[str, Any]) -> None:
    task = new_task(Celery(set_as_current=False, broker="memory://"), **options)
    task.update_state(task_id="t1", state="PROGRESS", meta={"current": 1, "total": 2})
    assert told(run)[:2] == (1, 2)


def test_listening_twice_hears_once(run: Run) -> None:
    before = Task.update_state
    update_state.understand()
    assert Task.update_state is before


def test_nothing_strange_in_a_meta_breaks_the_task(run: Run, task: Task) -> None:
    class Broken(dict[str, Any]):
        def get(self, *_: Any) -> Any:
            raise RuntimeError("no")

    task.update_state(task_id="t1", state="PROGRESS", meta=Broken())


def test_outside_a_task_it_is_celerys_alone(task: Task) -> None:
    task.update_state(task_id="t4", state="PROGRESS", meta={"current": 3})
    assert task.backend.get_task_meta("t4")["status"] == "PROGRESS"
