"""Tasks that the process which asks for them runs itself."""

from __future__ import annotations

from typing import Any

import pytest

from phloem.model.state import State
from tests.unit.worker.instrument.handlers.traced import Traced


def fail(self: Any) -> None:
    raise ValueError("no")


def flaky(self: Any) -> str:
    if self.request.retries < 2:
        raise self.retry(exc=ConnectionError("away"), countdown=0)
    return "at last"


@pytest.mark.parametrize("throw", [False, True])
def test_a_failure_is_one_whether_it_is_raised_into_the_caller_or_not(traced: Traced, throw: bool) -> None:
    task = traced.task(fail)
    if throw:
        with pytest.raises(ValueError, match="no"):
            task.apply(task_id="t1", throw=True)
    else:
        assert task.apply(task_id="t1").state == "FAILURE"
    error = traced.found().error
    assert error is not None
    assert (traced.ended(), error.type, error.message) == (State.FAILURE, "ValueError", "no")


def test_an_app_that_runs_everything_eagerly_and_raises_is_observed(traced: Traced) -> None:
    traced.app.conf.update(task_always_eager=True, task_eager_propagates=True)
    with pytest.raises(ValueError, match="no"):
        traced.task(fail).apply_async(task_id="t1")
    assert traced.ended() is State.FAILURE


def test_its_tries_follow_one_another(traced: Traced) -> None:
    assert traced.task(flaky).apply(task_id="t1").get() == "at last"
    assert traced.states() == ["STARTED", "RETRY"] * 2 + ["STARTED", "SUCCESS"]


def test_a_try_that_is_raised_into_the_caller_is_the_end(traced: Traced) -> None:
    with pytest.raises(Exception, match="Retry"):
        traced.task(flaky).apply(task_id="t1", throw=True)
    error = traced.found().error
    assert (traced.ended(), error and error.message) == (State.FAILURE, "away")


def test_one_that_replaces_itself_ends_with_what_took_its_place(traced: Traced) -> None:
    def two(self: Any) -> int:
        return 2

    other = traced.task(two)

    def front(self: Any) -> Any:
        return self.replace(other.s())

    assert traced.task(front).apply(task_id="t1").get() == 2
    assert (traced.ended(), traced.found().result) == (State.SUCCESS, "2")


def test_its_process_answers_for_it_while_it_runs(traced: Traced) -> None:
    """And no longer: a process that has run one and does nothing more says nothing to Redis."""
    held: list[Any] = []

    def looks(self: Any) -> None:
        assert traced.recorder.flush(40)
        held.append(traced.channel.lease("t1"))

    task = traced.task(looks)
    task.apply(task_id="t1")
    assert held[0] is not None
    assert traced.ended() is State.SUCCESS
    traced.channel.heartbeat(held[0], 0)  # its process ends
    assert traced.found().state is State.SUCCESS


@pytest.mark.parametrize("forked", [False, True], ids=["in its main process", "in a child that may be killed alone"])
def test_one_that_a_task_runs_is_answered_for_by_the_process_that_runs_it(
    traced: Traced, monkeypatch: pytest.MonkeyPatch, forked: bool
) -> None:
    held: list[Any] = []

    def looks(self: Any) -> None:
        assert traced.recorder.flush(40)
        held.append(traced.channel.lease(self.request.id))

    task = traced.task(looks)
    traced.observer.hold_lease()
    monkeypatch.setattr(traced.observer, "in_child", lambda: forked)
    traced.trace(task)
    task.apply(task_id="t2")
    assert held[0] == traced.observer.lease
    assert (held[1] == held[0]) is not forked


def test_one_whose_process_ends_is_lost(traced: Traced) -> None:
    def ends(self: Any) -> None:
        assert traced.recorder.flush(40)
        lease = traced.channel.lease("t1")
        assert lease is not None
        traced.channel.heartbeat(lease, 0)
        assert traced.found().state is State.LOST

    traced.task(ends).apply(task_id="t1")
    assert traced.states() == ["STARTED", "LOST", "SUCCESS"]
