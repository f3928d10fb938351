"""Tasks that end soon after they were received: what each process tells of them, and what happens if one dies."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from phloem.instrument.calls import handed
from phloem.instrument.messages.headers import CALL
from phloem.model.state import State
from tests.unit.worker.instrument.handlers.process import Process, Request, message

LARGE = handed.LARGEST_BYTES + 1

GONE = 2
"""The process of a child that has died."""


def received(process: Process, kind: Any = None, sent_body: bytes = b"[[1], {}, {}]", **said: Any) -> Any:
    """A request that a worker has received, and is about to hand over."""
    sent = SimpleNamespace(
        headers={"task": "app.add", "id": "t1"},
        properties={},
        body=sent_body,
        payload=[[1], {}, {}],
        content_type="application/json",
        content_encoding="utf-8",
        delivery_info={},
    )
    request = message()
    request = (kind or type(request))(**{**vars(request), "message": sent, "body": sent_body, "worker_pid": 1, **said})
    process.main.received(request)
    return request


@pytest.mark.usefixtures("patient")
def test_a_task_that_soon_succeeds_is_told_by_its_child_alone(process: Process) -> None:
    request = received(process)
    request.on_success((0, "3", 0.1))
    assert process.recorder.flush(40)
    assert process.channel.task("t1") is None
    assert request.heard == [(0, "3", 0.1)]
    assert CALL in request.request_dict


@pytest.mark.usefixtures("patient")
def test_the_message_has_no_call_in_its_headers_when_it_goes_back(process: Process) -> None:
    request = received(process)
    assert CALL in request.request_dict
    assert CALL not in request.message.headers


def test_a_task_that_succeeds_later_is_told_as_received_as_well(process: Process) -> None:
    request = received(process)
    found = process.task()
    request.on_success((0, "3", 0.1))
    assert found.state is State.RECEIVED


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "said",
    [
        {"eta": "2100-01-01T00:00:00+00:00"},
        {"expires": "2100-01-01T00:00:00+00:00"},
        {"delivery_info": {"redelivered": True}},
        {"sent_body": b"[[" + b" " * LARGE + b"1], {}, {}]"},
        {"body": ([1], {}, {})},
    ],
    ids=["starts later", "expires", "came again", "is large", "of another protocol"],
)
def test_one_of_which_the_child_does_not_know_all_is_told_at_once(process: Process, said: dict[str, Any]) -> None:
    request = received(process, **said)
    assert CALL not in request.request_dict
    assert process.task().state is State.RECEIVED


class Mute(SimpleNamespace):
    """A request of a class that tells nobody of its success."""


class Sealing(type):
    """A class that lets nobody change it."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise TypeError(name)


class Sealed(Request, metaclass=Sealing):
    """A request of a class that lets nobody hear of its success."""


class Full(Request):
    """A request that takes nothing more."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", [Mute, Sealed, Full])
def test_a_child_is_left_nothing_to_tell_of_whose_success_its_worker_does_not_hear(
    process: Process, kind: type
) -> None:
    request = received(process, kind)
    assert CALL not in request.request_dict
    assert process.task().state is State.RECEIVED


@pytest.mark.usefixtures("patient")
def test_a_task_that_fails_is_told_as_received_as_well(process: Process) -> None:
    received(process).on_success((1, SimpleNamespace(exception=ValueError()), 0.1))
    assert process.task().state is State.RECEIVED


@pytest.mark.usefixtures("patient")
def test_the_success_of_one_run_is_not_taken_for_that_of_another_of_the_same_task(process: Process) -> None:
    """Two messages with one id, as a sender may choose ids."""
    first = received(process)
    received(process)
    first.on_success((0, "3", 0.1))
    process.main.revoked(SimpleNamespace(id="t1"))
    assert process.task().state is State.REVOKED
    assert process.channel.runs[-1] is not None


@pytest.mark.usefixtures("patient")
def test_a_success_is_heard_however_many_messages_came_before(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a worker takes all that waits."""
    monkeypatch.setattr("phloem.instrument.handlers.observer.RUNS_REMEMBERED", 1)
    heard: list[str] = []
    monkeypatch.setattr(process.main._successes, "add", lambda run, *_: heard.append(run.id))
    first = received(process)
    received(process, id="t2")
    first.on_success((0, "3", 0.1))
    assert heard == ["t1"]


@pytest.mark.parametrize("said", [{"sent_body": b" " * LARGE}, {"expires": "2100-01-01T00:00:00+00:00"}])
def test_a_message_that_was_told_at_once_is_not_kept(process: Process, said: dict[str, Any]) -> None:
    """However its task ends: it may be large, and so may be the arguments in it."""
    request = received(process, **said)
    process.task()
    held = weakref.ref(request)
    del request
    gc.collect()
    assert held() is None


def test_a_call_that_the_sender_left_in_the_headers_is_none(process: Process) -> None:
    request = message(headers={CALL: "x"})
    process.main.received(request)
    assert CALL not in request.request_dict


def test_a_message_that_was_received_before_phloem_was_attached_is_not_told_to_go_back(process: Process) -> None:
    request = received(process)
    earlier = type(request)(**{**vars(message()), "id": "earlier"})
    earlier.reject(requeue=True)
    assert earlier.rejected == [True]
    assert process.recorder.flush(40)
    assert process.channel.task("earlier") is None


@pytest.mark.usefixtures("patient")
def test_a_message_that_a_worker_received_just_before_it_closed_waits_for_another(process: Process) -> None:
    process.main.worker_is_ready()
    received(process)
    process.main.closing()
    found = process.channel.task("t1")
    assert found is not None
    assert found.state is State.PENDING


@pytest.mark.usefixtures("patient")
def test_a_worker_that_closes_just_after_a_success_tells_it_for_a_child_that_is_gone(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem.instrument.handlers.successes._is_gone", lambda pid: pid == GONE)
    process.observer.start_lease()
    received(process, worker_pid=GONE).on_success((0, "3", 0.1))
    process.main.closing()
    found = process.channel.task("t1")
    assert found is not None
    assert found.state is State.SUCCESS
