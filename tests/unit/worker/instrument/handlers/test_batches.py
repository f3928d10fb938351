"""Several messages that one call works off, as celery-batches has it: the call has a request without an id."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery import signals
from celery.app.task import Context

from phloem.instrument.messages.headers import RUN
from phloem.model.state import State
from tests.unit.worker.instrument.handlers.process import message
from tests.unit.worker.instrument.handlers.traced import Traced


def works_off(traced: Traced, task: Any, mark: str | None, state: str) -> None:
    """What celery-batches does with two messages; the first is marked by the task, if `mark` is given."""
    requests = []
    for task_id in ("t1", "t2"):
        received = message()
        received.id = received.request_dict["id"] = task_id
        signals.task_received.send(None, request=received)
        requests.append(
            SimpleNamespace(
                id=task_id, name=task.name, chord=None, ignore_result=False, request_dict=received.request_dict
            )
        )
    task.request_stack.push(Context(loglevel=0))
    signals.task_prerun.send(task, task_id="call", task=task, args=(requests,), kwargs={})
    if mark == "done":
        traced.app.backend.mark_as_done("t1", 7, request=requests[0])
    elif mark == "failed":
        traced.app.backend.mark_as_failure("t1", ValueError("row"), request=Context(requests[0].__dict__))
    if state == "SUCCESS":
        signals.task_success.send(task, result=None)
    signals.task_postrun.send(task, task_id="call", task=task, args=(requests,), kwargs={}, retval=None, state=state)
    task.request_stack.pop()


@pytest.mark.parametrize(
    ("mark", "state", "ends"),
    [
        (None, "SUCCESS", (State.SUCCESS, State.SUCCESS)),
        (None, "FAILURE", (State.FAILURE, State.FAILURE)),
        ("done", "FAILURE", (State.SUCCESS, State.FAILURE)),
        ("failed", "SUCCESS", (State.FAILURE, State.SUCCESS)),
    ],
)
def test_each_message_ends_as_it_is_marked_else_as_the_call_does(
    traced: Traced, mark: str | None, state: str, ends: tuple[State, State]
) -> None:
    def count(self: Any) -> None: ...

    works_off(traced, traced.task(count), mark, state)
    assert (traced.ended("t1"), traced.ended("t2")) == ends
    assert traced.states("t2") == ["RECEIVED", "STARTED", ends[1]]
    assert traced.found("t1").result == ("7" if mark == "done" else None)
    assert traced.ended("call") is State(state)
    assert traced.channel.task("None") is None


def test_what_is_no_request_is_no_message(traced: Traced) -> None:
    def count(self: Any) -> None: ...

    task = traced.task(count)
    for args in ((), (3,), ([3, SimpleNamespace(request_dict={})],)):
        task.request_stack.push(Context(loglevel=0))
        signals.task_prerun.send(task, task_id="call", task=task, args=args, kwargs={})
        signals.task_postrun.send(task, task_id="call", task=task, args=args, kwargs={}, state="SUCCESS")
        task.request_stack.pop()
    assert traced.recorder.flush(40)
    assert RUN not in vars(task.request)
