"""Celery's events, and what the backend stores, as events of ours, in the orders in which they come."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import combinations
from typing import Any

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Task
from phloem.model.times import ran
from phloem.testing import MemoryChannel
from phloem_server.sources.celery_events import TaskEvents
from phloem_server.sources.runs import Runs
from phloem_server.sources.stored_states import StoredStates

T = 1763700000.0


class Observed:
    """A record that is told of one task, and what this process knows of it."""

    def __init__(self) -> None:
        self.channel = MemoryChannel()
        self.restart()
        self._seq = 0

    def restart(self) -> None:
        """Another process observes, which knows what the record has."""
        runs = Runs(lambda task_id: self.channel.task(task_id))
        self.events, self.stored = TaskEvents(runs), StoredStates(runs)

    def heard(self, kind: str, at: float, **fields: Any) -> None:
        told = {"type": f"task-{kind}", "uuid": "t1", "timestamp": T + at, "hostname": "one@shop", **fields}
        self._record(self.events.event(told))

    def store(self, status: str, at: float, **fields: Any) -> None:
        self._record(self.stored.event("t1", {"status": status, **fields}, T + at))

    def read(self, status: str, at: float, **fields: Any) -> None:
        self._record(self.stored.event("t1", {"status": status, **fields}, T + at, is_news=False))

    def _record(self, event: Event | None) -> None:
        if event is not None:
            self._seq += 1
            told = {name: getattr(event, name) for name in event.__struct_fields__}
            self.channel.record([Event(**{**told, "source": "observer", "seq": self._seq})])

    @property
    def task(self) -> Task:
        task = self.channel.task("t1")
        assert task is not None
        return task

    @property
    def tries(self) -> list[str]:
        return [str(each.state) for each in self.task.tries or ()]


@pytest.fixture
def seen() -> Observed:
    return Observed()


def test_an_end_that_the_backend_tells_before_anything_was_heard_is_that_of_the_same_run(seen: Observed) -> None:
    seen.store("SUCCESS", 1, result=3)
    seen.heard("received", 0.1, name="shop.add", retries=0)
    seen.heard("started", 1.001)
    seen.heard("succeeded", 1.002, result="3", runtime=0.9)
    assert (seen.task.state, seen.task.name, seen.tries) == ("SUCCESS", "shop.add", ["SUCCESS"])
    assert seen.task.started_at is not None
    assert seen.task.finished_at is not None
    assert seen.task.started_at <= seen.task.finished_at


def test_why_a_try_failed_may_be_told_after_the_next_one_was_accepted(seen: Observed) -> None:
    seen.heard("received", 0, retries=0)
    seen.heard("started", 0.1)
    seen.store("RETRY", 0.2, result={"exc_type": "ValueError", "exc_message": ["away"]})
    seen.heard("received", 0.3, retries=1)
    seen.heard("retried", 0.4, exception="ValueError('away')", traceback="")
    seen.heard("started", 0.5)
    seen.heard("succeeded", 0.6, result="'at last'", runtime=0.1)
    assert (seen.task.state, seen.task.retries, seen.tries) == ("SUCCESS", 1, ["RETRY", "SUCCESS"])


@pytest.mark.parametrize("places", [*combinations(range(8), 2)], ids=str)
def test_a_task_that_was_tried_twice_is_shown_so_in_whatever_order_backend_and_events_tell(
    seen: Observed, places: tuple[int, int]
) -> None:
    events = iter(
        [
            partial(seen.heard, "received", 0, retries=0),
            partial(seen.heard, "started", 0.1),
            partial(seen.heard, "retried", 0.2, exception="ValueError('away')", traceback=""),
            partial(seen.heard, "received", 0.3, retries=1),
            partial(seen.heard, "started", 0.5),
            partial(seen.heard, "succeeded", 0.6, result="'at last'", runtime=0.1),
        ]
    )
    done = datetime.fromtimestamp(T + 0.59, UTC).isoformat()
    stored = iter(
        [
            partial(seen.store, "RETRY", 0.9, result={"exc_type": "ValueError", "exc_message": ["away"]}),
            partial(seen.store, "SUCCESS", 0.95, result="at last", date_done=done),
        ]
    )
    for place in range(8):
        next(stored if place in places else events)()
    assert (seen.task.state, seen.task.retries, seen.tries) == ("SUCCESS", 1, ["RETRY", "SUCCESS"])
    assert seen.task.known_by == ("backend", "events")
    assert (seen.task.started_at, seen.task.finished_at) == (T + 0.5, T + 0.59)
    first = (seen.task.tries or ())[0]
    assert first.started_at in (T + 0.1, None)  # it is not told anew of a try that is over
    assert first.finished_at == T + 0.2 or places[1] < 4  # the backend was heard of the next end first


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_try_is_over_before_the_next_one_begins_also_where_its_worker_tells_that_late(
    seen: Observed, *, is_stored: bool
) -> None:
    seen.heard("received", 0, retries=0)
    seen.heard("started", 0.1)
    seen.heard("received", 0.3, retries=1)
    seen.heard("started", 0.4)
    if is_stored:
        seen.store("RETRY", 0.5, result={"exc_type": "ValueError", "exc_message": ["away"]})
    seen.heard("retried", 0.45, exception="ValueError('away')", traceback="")
    seen.heard("succeeded", 0.6, result="3", runtime=0.2)
    assert [(each.started_at, each.finished_at) for each in seen.task.tries or ()] == [
        (T + 0.1, T + 0.3),
        (T + 0.4, T + 0.6),
    ]


@pytest.mark.parametrize(("place", "began"), [(2, T + 0.1), (3, None), (4, None), (5, None)])
def test_a_start_that_is_told_late_starts_no_run_again(seen: Observed, place: int, began: float | None) -> None:
    order = [
        partial(seen.heard, "received", 0, retries=0),
        partial(seen.heard, "retried", 0.2, exception="ValueError('away')", traceback=""),
        partial(seen.heard, "received", 0.3, retries=1),
        partial(seen.heard, "started", 0.5),
        partial(seen.heard, "succeeded", 0.6, result="'at last'", runtime=0.1),
    ]
    order.insert(place, partial(seen.heard, "started", 0.1))
    states = []
    for event in order:
        event()
        states.append(str(seen.task.state))
    told = ["RECEIVED", "RETRY", "RECEIVED", "STARTED", "SUCCESS"]
    assert states == [*told[:place], told[place - 1], *told[place:]]
    assert (seen.tries, seen.task.started_at, seen.task.finished_at) == (["RETRY", "SUCCESS"], T + 0.5, T + 0.6)
    assert [each.started_at for each in seen.task.tries or ()] == [began, T + 0.5]


def test_a_start_that_is_told_after_the_end_changes_no_state(seen: Observed) -> None:
    seen.heard("received", 0, retries=0)
    seen.heard("succeeded", 0.6, result="3", runtime=0.5)
    seen.heard("started", 0.1)
    assert (seen.task.state, seen.tries) == ("SUCCESS", ["SUCCESS"])
    assert (seen.task.started_at, seen.task.finished_at) == (T + 0.6 - 0.5, T + 0.6)


def test_when_it_started_is_what_the_worker_says_and_not_when_the_backend_was_heard(seen: Observed) -> None:
    seen.heard("received", 0, retries=0)
    seen.store("STARTED", 3)
    assert (seen.task.state, seen.task.started_at) == ("STARTED", None)
    seen.heard("started", 0.1)
    assert (seen.task.state, seen.task.started_at) == ("STARTED", T + 0.1)


def test_when_it_started_is_when_the_backend_was_heard_where_nobody_else_tells(seen: Observed) -> None:
    seen.store("STARTED", 3)
    assert (seen.task.state, seen.task.started_at) == ("STARTED", T + 3)


def test_when_it_started_is_unknown_where_that_is_read_later(seen: Observed) -> None:
    seen.read("STARTED", 60)
    assert (seen.task.state, seen.task.started_at) == ("STARTED", None)


def test_an_observer_that_comes_later_goes_on_with_the_runs_that_the_record_has(seen: Observed) -> None:
    seen.heard("received", 0, retries=0)
    seen.heard("started", 0.1)
    run = seen.task.run
    seen.restart()
    seen.heard("succeeded", 5, result="3", runtime=4.9)
    assert (seen.task.state, seen.task.run, seen.tries) == ("SUCCESS", run, ["SUCCESS"])


def test_a_message_that_is_accepted_again_is_another_run(seen: Observed) -> None:
    seen.heard("received", 0, retries=0)
    seen.heard("started", 0.1)
    seen.heard("received", 60, retries=0, hostname="two@shop")
    seen.heard("started", 61, hostname="two@shop")
    assert (seen.task.state, seen.task.worker, seen.tries) == ("STARTED", "two@shop", ["LOST", "STARTED"])


def test_nothing_is_made_of_what_is_told_of_a_run_that_attach_tells_of(seen: Observed) -> None:
    attached: dict[str, Any] = {"id": "t1", "source": "worker", "run": "5f0c"}
    seen.channel.record([Event(**attached, at=T, seq=1, state=State.STARTED, started_at=T)])
    seen.heard("started", 0.1)
    seen.store("PROGRESS", 0.2, result={"current": 1, "total": 2})
    assert (seen.task.known_by, seen.task.percent) == (("attach",), None)


@pytest.mark.parametrize(
    ("meta", "percent", "message"),
    [
        ({"current": 1, "total": 4, "status": "Packing"}, 25, "Packing"),
        ({"percent": 80}, 80, None),
        ("words alone", None, "words alone"),
        ("\x1b[31mred\x1b[0m", None, "red"),
    ],
)
def test_what_update_state_stores_is_progress(seen: Observed, meta: Any, percent: float | None, message: str) -> None:
    seen.store("PROGRESS", 0, result=meta)
    assert (seen.task.state, seen.task.percent, seen.task.message) == ("PROGRESS", percent, message)


@pytest.mark.parametrize(
    ("told", "state", "message"),
    [
        ({"type": "revoked", "expired": True}, "REVOKED", "It expired before it could start."),
        ({"type": "revoked", "terminated": True, "signum": 9}, "REVOKED", "It was stopped while it ran (SIGKILL)."),
        ({"type": "revoked"}, "REVOKED", "It was revoked before it started."),
        ({"type": "rejected", "requeue": True}, "PENDING", "Its message was given back."),
    ],
)
def test_every_end_is_told_as_attached_processes_tell_it(
    seen: Observed, told: dict[str, Any], state: str, message: str
) -> None:
    seen.heard("received", 0, retries=0)
    fields = {name: value for name, value in told.items() if name != "type"}
    seen.heard(told["type"], 1, **fields)
    assert (seen.task.state, seen.task.message) == (state, message)


@pytest.mark.parametrize(
    ("exception", "kind", "message"),
    [
        ("ValueError('boom')", "ValueError", "boom"),
        ("shop.errors.Away(1, 2)", "Away", "1, 2"),
        ("ValueError()", "ValueError", ""),
        ("what is this", "Failure", "what is this"),
        ("ValueError('password=geheim1')", "ValueError", "password=[redacted]"),
        (repr(ValueError("\x1b[31mred\x1b[0m")), "ValueError", "red"),
    ],
)
def test_an_error_is_read_from_its_repr(seen: Observed, exception: str, kind: str, message: str) -> None:
    seen.heard("received", 0, retries=0)
    seen.heard("failed", 1, exception=exception, traceback="Traceback: ...")
    assert seen.task.error is not None
    assert (seen.task.error.type, seen.task.error.message) == (kind, message)


def test_how_long_a_run_took_is_what_its_worker_measured_though_its_end_was_told_before_by_the_backend(
    seen: Observed,
) -> None:
    seen.heard("received", 0, retries=0)
    seen.store("SUCCESS", 0.1, result=3)
    seen.heard("started", 0.2)
    seen.heard("succeeded", 0.4, result="3", runtime=0.25)
    assert seen.task.started_at == seen.task.finished_at
    assert (seen.task.runtime, ran(seen.task)) == (0.25, 0.25)


def test_what_a_producer_tells_of_a_message_is_known(seen: Observed) -> None:
    seen.heard("received", 0.1, retries=0)
    seen.heard("sent", 0, hostname="gen7@shop", exchange="", routing_key="orders", queue="orders")
    task = seen.task
    assert (task.origin, task.exchange, task.routing_key, task.queue) == ("gen7@shop", "", "orders", "orders")


@pytest.mark.parametrize("stored", [True, False])
def test_the_traceback_of_a_try_stays_in_the_log_when_the_next_one_succeeds(seen: Observed, stored: bool) -> None:
    seen.heard("received", 0, retries=0)
    seen.heard("started", 0.1)
    if stored:
        seen.store("RETRY", 0.2, result={"exc_type": "OSError", "exc_message": ["away"], "exc_module": "builtins"})
    seen.heard("retried", 0.2, exception="OSError('away')", traceback="Traceback: token=geheim\nOSError: away\n")
    seen.heard("received", 0.3, retries=1)
    seen.heard("succeeded", 0.5, result="3", runtime=0.1)
    said = [entry.message for entry in seen.channel.log("t1", "", 100) if entry.kind == "log"]
    assert said == ["Traceback: token=[redacted]\nOSError: away"]


@pytest.mark.parametrize("first", ["stored", "heard"])
def test_a_traceback_that_the_backend_does_not_store_is_not_lost(seen: Observed, first: str) -> None:
    told = [
        partial(seen.store, "FAILURE", 0.2, result={"exc_type": "Reject", "exc_message": ["no"], "exc_module": "c"}),
        partial(seen.heard, "failed", 0.2, exception="Reject('no')", traceback="Traceback\nReject: no\n"),
    ]
    seen.heard("received", 0, retries=0)
    for each in told if first == "stored" else told[::-1]:
        each()
    error = seen.task.error
    assert error is not None
    logged = [entry.message for entry in seen.channel.log("t1", "", 100) if entry.kind == "log"]
    assert (seen.task.state, error.type) == ("FAILURE", "Reject")
    assert [error.traceback, *logged] == (
        [None, "Traceback\nReject: no"] if first == "stored" else ["Traceback\nReject: no\n"]
    )
