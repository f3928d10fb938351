"""What is heard of a worker's requests, of whatever class they are."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from phloem.instrument.handlers.requests import Requests
from tests.unit.worker.instrument.handlers.process import Request


class Hearing:
    def __init__(self) -> None:
        self.succeeded: list[object] = []
        self.gave_back: list[object] = []
        self.requests = Requests(lambda _, outcome: self.succeeded.append(outcome), self.gave_back.append)


@pytest.fixture
def hearing() -> Hearing:
    return Hearing()


def request_of(kind: type) -> Any:
    return kind(heard=[], rejected=[])


class Wordy(Request):
    """A request of an application's own class, whose methods have parameters of their own."""

    def on_success(self, failed__retval__runtime: object, *, why: str = "") -> None:
        super().on_success((failed__retval__runtime, why))

    def reject(self, requeue: bool = False, why: str = "") -> None:
        self.why = why
        super().reject(requeue)


def test_methods_with_further_parameters_are_called_as_ever(hearing: Hearing) -> None:
    kind = type("Received", (Wordy,), {})
    assert hearing.requests.hear(kind)
    request = request_of(kind)
    request.on_success(failed__retval__runtime=(0, "3", 0.1), why="it may")
    request.reject(requeue=True, why="no room")
    assert request.heard == [((0, "3", 0.1), "it may")]
    assert (request.rejected, request.why) == ([True], "no room")
    assert hearing.succeeded == [(0, "3", 0.1)]
    assert hearing.gave_back == [request]


class Final(Request):
    """A request of which nothing ever goes back to the broker."""

    def reject(self, requeue: bool = False) -> None:
        super().reject(requeue=False)


class Done(Request):
    """A request whose message was acknowledged: nothing is told to the broker."""

    def reject(self, requeue: bool = False) -> None: ...


@pytest.mark.parametrize("base", [Final, Done])
def test_a_message_that_is_kept_from_going_back_does_not_wait_again(hearing: Hearing, base: type) -> None:
    kind = type("Received", (base,), {})
    hearing.requests.hear(kind)
    request_of(kind).reject(requeue=True)
    assert hearing.gave_back == []


def test_a_class_that_inherits_from_another_one_that_is_heard_is_heard_once(hearing: Hearing) -> None:
    base: Any = type("Received", (Request,), {})
    plain = type("Inheriting", (base,), {})
    overriding = type("Overriding", (base,), {"reject": lambda self, requeue=False: base.reject(self, requeue)})
    for kind in (base, plain, overriding, base, plain):
        assert hearing.requests.hear(kind)
    for kind in (plain, overriding):
        request_of(kind).reject(requeue=True)
    assert len(hearing.gave_back) == 2
    request_of(plain).on_success((0, "3", 0.1))
    assert len(hearing.succeeded) == 1


def test_the_last_one_that_asks_hears(hearing: Hearing) -> None:
    kind, other = type("Received", (Request,), {}), Hearing()
    hearing.requests.hear(kind)
    other.requests.hear(kind)
    request_of(kind).on_success((0, "3", 0.1))
    assert (len(hearing.succeeded), len(other.succeeded)) == (0, 1)


def test_a_class_is_changed_once_and_not_for_each_of_its_requests(hearing: Hearing) -> None:
    changes: list[str] = []

    class Watched(type):
        def __setattr__(cls, name: str, value: object) -> None:
            changes.append(name)
            super().__setattr__(name, value)

    kind = Watched("Received", (Request,), {})
    hearing.requests.hear(kind)
    assert changes[0] == "phloem_requests", "other threads call its methods meanwhile"
    before = len(changes)
    hearing.requests.hear(kind)
    assert len(changes) == before


def test_a_class_that_a_worker_no_longer_uses_is_forgotten(hearing: Hearing) -> None:
    """As with each new connection, since a worker then makes all of them anew."""
    kind: type | None = type("Received", (Request,), {})
    assert kind is not None
    hearing.requests.hear(kind)
    gone = weakref.ref(kind)
    kind = None
    gc.collect()
    assert gone() is None
