"""Open tasks compared with what workers and the result backend say, and the leases of workers by their heartbeats."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.testing import MemoryChannel
from phloem_server.sources.known_workers import KnownWorkers
from phloem_server.sources.reconciliation import Reconciliation
from phloem_server.sources.runs import Runs
from phloem_server.sources.stored_states import StoredStates

T = 1763700000.0


class World:
    """What workers answer, what the backend holds, and a record."""

    def __init__(self, lease: str | None = None) -> None:
        """`lease` is that of all workers."""
        self.channel = MemoryChannel()
        self.answers: dict[str, dict[str, Any]] = {}
        self.unheard: str | None = None
        """A question to which no answer comes in time; to the others each worker answers."""
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.held: dict[str, dict[str, Any]] = {}
        self._seq = 0
        runs = Runs(self.channel.task)
        self._stored = StoredStates(runs)
        self.reconciliation = Reconciliation(
            self._ask, self._read, runs, self.report, self._open, lease=lambda _: lease
        )

    def report(self, event: Event) -> None:
        self._seq += 1
        told = {name: getattr(event, name) for name in event.__struct_fields__}
        self.channel.record([Event(**{**told, "source": "observer", "seq": self._seq})])

    def state(self, task_id: str = "t1") -> str | None:
        task = self.channel.task(task_id)
        return None if task is None else str(task.state)

    def _ask(self, command: str, *, awaited: Collection[str] = (), **_: Any) -> Mapping[str, Any]:
        self.asked.append((command, tuple(awaited)))
        if command == self.unheard:
            return {}
        return {
            worker: self.answers.get(command, {}).get(worker, []) for said in self.answers.values() for worker in said
        }

    def _read(self, after: Mapping[str, float], now: float) -> Iterator[tuple[str, Event]]:
        for task_id, since in after.items():
            if task_id in self.held:
                event = self._stored.event(task_id, self.held[task_id], now, is_news=False, after=since)
                if event is not None:
                    yield task_id, event

    def _open(self) -> list[Any]:
        task = self.channel.task("t1")
        return [task] if task is not None and not task.state.ended else []


@pytest.fixture
def world() -> World:
    """A task runs on a worker, which says so."""
    world = World()
    world.answers["active"] = {"one@shop": [{"id": "t1", "name": "shop.add", "time_start": T, "args": "(1, 2)"}]}
    world.reconciliation.round(T + 1)
    assert world.state() == "STARTED"
    return world


def test_a_task_that_its_worker_does_not_have_any_more_and_nobody_stored_has_an_unknown_end(world: World) -> None:
    world.answers["active"] = {"one@shop": []}
    world.reconciliation.round(T + 5)
    assert world.state() == "STARTED"  # it may have ended a moment ago
    world.reconciliation.round(T + 8)
    task = world.channel.task("t1")
    assert task is not None
    assert task.error is not None
    assert (task.state, task.error.type, task.known_by) == ("LOST", "EndUnknown", ("inspect",))


@pytest.mark.parametrize(("exchange", "queue"), [("", "mail"), ("topics", None)])
def test_the_queue_of_an_open_task_is_learnt_once_from_what_its_worker_answers(
    world: World, exchange: str, queue: str | None
) -> None:
    [[told]] = world.answers["active"].values()
    told["delivery_info"] = {"exchange": exchange, "routing_key": "mail"}
    world.reconciliation.round(T + 2)
    first = world.channel.task("t1")
    world.reconciliation.round(T + 5)
    assert first is not None
    assert (first.queue, first.state) == (queue, "STARTED")
    assert world.channel.task("t1") == first


@pytest.mark.parametrize("command", ["active", "scheduled"])
def test_a_task_that_was_taken_for_lost_and_that_its_worker_has_is_shown_as_that_again(command: str) -> None:
    world, request = World(), {"id": "t1", "name": "shop.add", "time_start": T if command == "active" else None}
    told = {"one@shop": [request if command == "active" else {"request": request, "eta": None}]}
    world.answers[command] = told
    world.reconciliation.round(T + 1)
    world.answers[command] = {"one@shop": []}
    world.reconciliation.round(T + 5)
    world.reconciliation.round(T + 8)
    assert world.state() == "LOST"
    world.answers[command] = told
    world.reconciliation.round(T + 11)
    assert world.state() == ("STARTED" if command == "active" else "RECEIVED")
    world.held["t1"] = {"status": "SUCCESS", "result": 3, "date_done": T + 12}
    world.answers[command] = {"one@shop": []}
    world.reconciliation.round(T + 14)
    assert world.state() == "SUCCESS"


@pytest.mark.parametrize(("command", "state"), [("active", "STARTED"), ("reserved", "RECEIVED")])
def test_what_waits_since_its_worker_was_taken_for_gone_is_at_it_again_if_it_says_so(command: str, state: str) -> None:
    world, request = World(lease="w1"), {"id": "t1", "name": "shop.add", "time_start": T + 20}
    world.answers["reserved"] = {"one@shop": [request]}
    world.reconciliation.round(T + 1)
    world.channel.heartbeat("w1", 0)
    world.reconciliation.round(T + 2)
    assert world.state() == "PENDING"  # what it answers may be what it answered before
    world.answers = {command: {"one@shop": [request]}}
    world.reconciliation.round(T + 20)
    assert world.state() == state


def test_no_answer_means_unknown_and_not_down(world: World) -> None:
    world.answers["active"] = {}
    for seconds in (5, 8, 60):
        world.reconciliation.round(T + seconds)
    assert world.state() == "STARTED"


@pytest.mark.parametrize("question", ["active", "reserved", "scheduled"])
def test_a_worker_that_was_heard_to_some_questions_only_may_have_the_task_all_the_same(
    world: World, question: str
) -> None:
    world.answers["active"] = {"one@shop": []}
    world.unheard = question
    for seconds in (5, 8, 11):
        world.reconciliation.round(T + seconds)
    assert world.state() == "STARTED"


def test_the_first_question_is_open_to_workers_that_nobody_knows_and_the_others_wait_for_whom_it_found(
    world: World,
) -> None:
    assert world.asked == [("active", ()), ("reserved", ("one@shop",)), ("scheduled", ("one@shop",))]


def test_an_end_that_the_backend_holds_is_told(world: World) -> None:
    world.held["t1"] = {"status": "SUCCESS", "result": 3, "date_done": "2025-11-21T04:40:03+00:00"}
    world.answers["active"] = {"one@shop": []}
    world.reconciliation.round(T + 60)
    assert world.state() == "SUCCESS"


def test_an_end_of_an_earlier_run_is_not_that_of_the_present_one(world: World) -> None:
    world.held["t1"] = {"status": "FAILURE", "result": None, "date_done": "2025-11-21T04:00:00+00:00"}
    world.reconciliation.round(T + 60)
    assert world.state() == "STARTED"


def heartbeat(pid: int = 7, kind: str = "worker-heartbeat", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "hostname": "one@shop", "pid": pid, **fields}


def silent_worker(pings: Mapping[str, Any], *, busy: bool = False, **fields: Any) -> MemoryChannel:
    """The record after a worker was not heard of for longer than its lease."""
    channel = MemoryChannel()
    workers = KnownWorkers(channel, lambda *_, **__: pings, lease_seconds=-1.0, is_busy=lambda _: busy)
    workers.heard(heartbeat(**fields))
    assert workers.lease("one@shop") == "heard-7-one@shop"
    channel.record([Event(id="t1", at=T, source="x", seq=1, state=State.RECEIVED, run="r", lease="heard-7-one@shop")])
    workers.tend(connected=True)
    assert workers.names == ([] if not pings and not (busy and not fields.get("active")) else ["one@shop"])
    return channel


def test_a_worker_that_said_goodbye_gives_back_what_it_had_not_started() -> None:
    channel = silent_worker({}, kind="worker-offline")
    task = channel.task("t1")
    assert task is not None
    assert task.state is State.PENDING


@pytest.mark.parametrize(
    ("pings", "busy", "active"),
    [
        ({}, False, 0),  # gone
        ({"one@shop": {"ok": "pong"}}, False, 0),  # it answers
        ({}, True, 0),  # it may run a task in the thread that would answer
        ({}, True, 1),  # it does not, since it had sent a heartbeat while it ran one
    ],
)
def test_a_silent_worker_is_gone_unless_it_answers_or_may_be_too_busy_to(
    pings: Mapping[str, Any], busy: bool, active: int
) -> None:
    silent_worker(pings, busy=busy, active=active)


def test_a_worker_that_is_not_attached_is_introduced_as_that() -> None:
    channel = silent_worker({"one@shop": {"ok": "pong"}})
    [known] = channel.workers.all()
    assert (known.facts.name, known.facts.attached) == ("one@shop", False)
