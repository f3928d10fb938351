"""The ends of runs for which Celery has no signal."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from celery import Task, group
from celery.exceptions import Ignore, Reject, WorkerShutdown

import phloem
from phloem.instrument.handlers.endings import Endings
from phloem.instrument.handlers.observer import Observer
from phloem.model.state import State
from phloem.progress import current
from tests.unit.worker.instrument.handlers.traced import Traced


def work(self: Any, x: int) -> int:
    return x * 2


@pytest.mark.parametrize("retries", [0, 1], ids=["first try", "second try"])
def test_a_task_that_replaces_itself_waits_for_what_goes_on_under_its_id(traced: Traced, retries: int) -> None:
    other = traced.task(work)

    def front(self: Any, x: int) -> None:
        raise self.replace(other.s(x).set(queue="slow"))

    traced.trace(traced.task(front), 1, retries=retries)
    found = traced.found()
    assert (found.state, found.replaced_by, found.queue, found.run) == (State.PENDING, "app.work", "slow", None)
    assert traced.channel.lease("t1") is None
    traced.trace(other, 1, replaced_task_nesting=1)
    assert (traced.ended(), traced.found().result, traced.found().name) == (State.SUCCESS, "2", "app.front")
    assert traced.states() == ["STARTED", "PENDING", "STARTED", "SUCCESS"]


def test_a_task_that_replaces_itself_by_a_group_waits_for_all_of_it(traced: Traced) -> None:
    part = traced.task(work)

    def fan_out(self: Any) -> None:
        raise self.replace(group(part.s(number) for number in range(2)))

    traced.trace(traced.task(fan_out), retries=1)
    found = traced.found()
    assert (found.state, found.replaced_by) == (State.PENDING, "celery.group")
    traced.trace(part, 1)  # the body of the chord, whose message knows of no replacement
    assert traced.ended() is State.SUCCESS


def test_a_task_whose_replacement_could_not_be_sent_ends_as_it_does(traced: Traced) -> None:
    part = traced.task(work)

    def fan_out(self: Any) -> None:
        traced.app.backend.apply_chord = away
        with contextlib.suppress(ConnectionError):
            self.replace(group(part.s(number) for number in range(2)))
        raise Ignore

    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    traced.trace(traced.task(fan_out))
    assert (traced.ended(), traced.found().replaced_by) == (State.REVOKED, None)


def test_a_message_that_is_given_back_waits_again(traced: Traced) -> None:
    def picky(self: Any) -> None:
        raise Reject("not now", requeue=True)

    traced.trace(traced.task(picky, acks_late=True))
    found = traced.found()
    assert (found.state, found.message, found.worker) == (State.PENDING, "It gave its message back: not now", None)


@pytest.mark.parametrize("eager", [False, True], ids=["acknowledged early", "eager"])
def test_a_task_that_has_no_message_to_give_back_has_ended(traced: Traced, eager: bool) -> None:
    def picky(self: Any) -> None:
        raise Reject("not now", requeue=True)

    task = traced.task(picky, acks_late=eager)
    if eager:
        task.apply(task_id="t1")
    else:
        traced.trace(task)
    assert traced.ended() is State.REVOKED


def test_a_message_that_is_rejected_for_good_is_a_failure(traced: Traced) -> None:
    def picky(self: Any) -> None:
        raise Reject("not mine", requeue=False)

    traced.trace(traced.task(picky))
    assert traced.ended() is State.FAILURE
    error = traced.found().error
    assert error is not None
    assert error.message == "not mine"


FAILED = {"exc_type": "ValueError", "exc_message": ["row 3"], "exc_module": "builtins"}


@pytest.mark.parametrize(
    ("state", "meta", "ended", "error", "result"),
    [
        ("FAILURE", FAILED, State.FAILURE, ("ValueError", "row 3"), None),
        ("FAILURE", KeyError("row"), State.FAILURE, ("KeyError", "'row'"), None),
        ("SUCCESS", {"rows": 3}, State.SUCCESS, None, '{"rows":3}'),
        ("ABORTED", {"rows": 3}, State.REVOKED, None, None),
        ("REVOKED", None, State.REVOKED, None, None),
    ],
)
def test_what_a_task_stored_before_it_ignores_its_result_is_its_end(
    traced: Traced, state: str, meta: Any, ended: State, error: Any, result: Any
) -> None:
    def says(self: Any) -> None:
        self.update_state(state=state, meta=meta)
        raise Ignore

    traced.trace(traced.task(says))
    assert traced.ended() is ended
    found = traced.found()
    assert (found.error and (found.error.type, found.error.message), found.result) == (error, result)


def test_an_end_may_be_stored_past_update_state(traced: Traced) -> None:
    def says(self: Any) -> None:
        self.backend.store_result(self.request.id, FAILED, "FAILURE")
        raise Ignore

    traced.trace(traced.task(says))
    error = traced.found().error
    assert error is not None
    assert (traced.ended(), error.message) == (State.FAILURE, "row 3")


@pytest.mark.filterwarnings("ignore:Exception raised outside body")
def test_a_result_that_was_stored_stands_whatever_fails_after_it(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(traced.app.backend, "on_chord_part_return", away)
    chord = {"task": "app.work", "options": {}}
    with pytest.raises(ConnectionError):
        traced.trace(traced.task(work), 1, chord=chord)
    assert traced.app.AsyncResult("t1").state == traced.ended() == State.SUCCESS


def test_a_run_keeps_nothing_of_what_it_stored(traced: Traced) -> None:
    runs: list[Any] = []

    def looks(self: Any) -> int:
        runs.append(current.current())
        return 3

    traced.trace(traced.task(looks))
    assert runs[0].stored is None


def test_a_task_that_stored_an_end_and_goes_on_ends_as_it_does(traced: Traced) -> None:
    def says(self: Any) -> int:
        self.update_state(state="FAILURE", meta=FAILED)
        return 3

    traced.trace(traced.task(says))
    assert (traced.ended(), traced.found().error) == (State.SUCCESS, None)


class Picky(Task):  # type: ignore[misc]  # Celery has no types
    """Fails in the method that `raises` names."""

    raises = ""

    def _raise(self, name: str) -> None:
        if self.raises == name:
            raise RuntimeError(f"{name} fails")

    def before_start(self, *args: Any) -> None:
        self._raise("before_start")

    def on_success(self, *args: Any) -> None:
        self._raise("on_success")

    def on_failure(self, *args: Any) -> None:
        self._raise("on_failure")

    def after_return(self, *args: Any) -> None:
        self._raise("after_return")


@pytest.mark.filterwarnings("ignore:Exception raised outside body")
@pytest.mark.parametrize("eager", [False, True], ids=["in a worker", "eager"])
@pytest.mark.parametrize(
    ("raises", "value", "ended"),
    [
        ("before_start", 1, State.FAILURE),
        ("on_failure", ValueError("no"), State.FAILURE),
        ("on_success", 1, State.SUCCESS),
        ("after_return", 1, State.SUCCESS),
    ],
)
def test_a_callback_that_raises_leaves_no_task_unfinished(
    traced: Traced, raises: str, value: Any, ended: State, eager: bool
) -> None:
    def does(self: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    task = traced.task(does, base=Picky)
    task.raises = raises
    with contextlib.suppress(RuntimeError):
        if eager:
            task.apply(task_id="t1")
        else:
            traced.trace(task)
    assert traced.ended() is ended


@pytest.mark.filterwarnings("ignore:Exception raised outside body")
@pytest.mark.parametrize("told", [True, False], ids=["told", "a twin that is not told"])
def test_an_end_that_cannot_be_stored_is_a_failure(traced: Traced, monkeypatch: pytest.MonkeyPatch, told: bool) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("the result backend is away")

    monkeypatch.setattr(traced.app.backend, "mark_as_done", away)
    monkeypatch.setattr(traced.app.backend, "mark_as_failure", away)
    if not told:
        monkeypatch.setattr(Endings, "broke", lambda *_: None)
    with pytest.raises(ConnectionError):
        traced.trace(traced.task(work), 1)
    assert traced.found().state is (State.FAILURE if told else State.STARTED)


class GreenletExit(BaseException):  # the name of greenlet's own
    """By which a pool of greenlets ends a task."""


class Timeout(BaseException):  # the name of gevent's own
    """By which a pool of greenlets ends a task at its hard time limit."""

    seconds = 7


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (SystemExit(3), State.FAILURE),
        (KeyboardInterrupt(), State.FAILURE),
        (GeneratorExit(), State.FAILURE),
        (GreenletExit(), State.REVOKED),
        (WorkerShutdown(0), State.STARTED),
        (Timeout(), State.STARTED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_leaves_a_task_past_celery_ends_it_where_no_process_ends_with_it(
    traced: Traced, error: BaseException, state: State
) -> None:
    def raises(self: Any) -> None:
        raise error

    with pytest.raises(type(error)):
        traced.trace(traced.task(raises), timelimit=(7, None))
    assert traced.found().state is state


def test_what_ends_the_process_of_a_task_is_told_by_its_worker(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(self: Any) -> None:
        raise SystemExit(3)

    monkeypatch.setattr(Observer, "in_child", lambda _: True)
    with pytest.raises(SystemExit):
        traced.trace(traced.task(raises))
    assert traced.found().state is State.STARTED


def test_a_task_that_asks_for_another_try_and_goes_on_is_heard_to_its_end(traced: Traced) -> None:
    def quietly(self: Any) -> str:
        if self.request.retries:
            return "second"
        self.retry(countdown=60, throw=False)
        phloem.log("asked, and goes on")
        return "first"

    task = traced.task(quietly)
    traced.trace(task)
    assert (traced.ended(), traced.found().result) == (State.SUCCESS, '"first"')
    assert "asked, and goes on" in [entry.message for entry in traced.channel.log("t1")]
    traced.trace(task, retries=1)
    assert (traced.ended(), traced.found().result) == (State.SUCCESS, '"second"')
    assert traced.states() == ["STARTED", "RETRY", "SUCCESS", "STARTED", "SUCCESS"]


def test_a_task_whose_next_try_was_sent_is_not_called_revoked(traced: Traced) -> None:
    def quietly(self: Any) -> None:
        self.retry(countdown=60, throw=False)
        raise Ignore

    traced.trace(traced.task(quietly))
    assert traced.found().state is State.RETRY
    assert traced.channel.lease("t1") is None
