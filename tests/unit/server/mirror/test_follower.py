from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line, Task
from phloem.record.record import PAGE, ChannelError, Heard, Recorded, Subscribed
from phloem.testing.held_task import HeldTask
from phloem.testing.memory import MemoryChannel
from phloem_server.mirror.follower import LATE, Follower
from phloem_server.mirror.query import Query
from phloem_server.mirror.task_view import TaskView


class Scripted(MemoryChannel):
    """A channel whose published messages can be lost, and which can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf = False
        self.away = False
        self.still = False
        self.subscriptions = 0
        self.heard = threading.Event()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        listeners = self._listeners
        if self.deaf:
            self._listeners = []
        try:
            return super().record(events, epoch)
        finally:
            self._listeners = listeners

    def changed(self, since: Position) -> Iterator[Changes]:
        if self.away:
            raise ChannelError("away")
        self._wait_while_still()
        return super().changed(since)

    def listen(self, idle: float) -> Heard:
        if self.away:
            raise ChannelError("away")
        self.subscriptions += 1
        for message in super().listen(0.01):
            if self.away:
                raise ChannelError("away")
            self._wait_while_still()
            yield message
            if isinstance(message, Subscribed | Changes):
                self.heard.set()

    def _wait_while_still(self) -> None:
        while self.still:
            time.sleep(0.005)


class Producer:
    def __init__(self, channel: MemoryChannel) -> None:
        self.channel = channel
        self.seq = 0

    def __call__(self, task_id: str, state: State, **facts: Any) -> None:
        self.seq += 1
        self.channel.record([Event(id=task_id, at=1.0, source="p", seq=self.seq, run="r1", state=state, **facts)])


@pytest.fixture
def channel() -> Scripted:
    return Scripted()


@pytest.fixture
def said(channel: Scripted) -> Producer:
    return Producer(channel)


@pytest.fixture
def relay(channel: Scripted, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    monkeypatch.setattr("phloem_server.mirror.follower.CHECK_EVERY", 0.05)
    relay = Follower(channel)
    relay.start()
    eventually(lambda: relay.live)
    yield relay
    relay.stop()


def eventually(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Waits for `condition`; the relay's thread is what makes it true."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    pytest.fail("it did not come about")


def rows(relay: Follower) -> dict[str, State]:
    return {task.id: task.state for task in relay.mirror.page(Query()).tasks}


def test_what_is_recorded_is_shown(relay: Follower, said: Producer) -> None:
    said("t1", State.STARTED)
    eventually(lambda: rows(relay) == {"t1": State.STARTED})
    said("t1", State.SUCCESS)
    said("t2", State.STARTED)
    eventually(lambda: rows(relay) == {"t2": State.STARTED, "t1": State.SUCCESS})


def test_a_message_that_was_lost_is_noticed_by_the_next(relay: Follower, channel: Scripted, said: Producer) -> None:
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(relay))
    channel.deaf = True
    said("t1", State.SUCCESS)
    channel.deaf = False
    said("t2", State.STARTED)
    eventually(lambda: rows(relay) == {"t2": State.STARTED, "t1": State.SUCCESS})


def test_a_message_that_was_lost_is_noticed_even_if_none_follows(
    relay: Follower, channel: Scripted, said: Producer
) -> None:
    said("t1", State.STARTED)
    channel.deaf = True
    said("t1", State.SUCCESS)
    eventually(lambda: rows(relay) == {"t1": State.SUCCESS})


def test_a_subscription_that_hears_nothing_is_replaced(relay: Follower, channel: Scripted, said: Producer) -> None:
    channel.deaf = True

    def speak() -> bool:
        said("t1", State.PROGRESS)
        return channel.subscriptions > 1

    eventually(speak)


def test_without_the_gap_check_a_lost_message_would_stay_lost(
    relay: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the same fault with the defences off shows that the fault is real."""
    monkeypatch.setattr("phloem_server.mirror.follower.CHECK_EVERY", 3600)
    monkeypatch.setattr(relay, "_catch_up", lambda: False)
    monkeypatch.setattr(relay, "_fits", lambda changes: True)
    channel.deaf = True
    said("t1", State.STARTED)
    channel.deaf = False
    said("t2", State.STARTED)
    eventually(lambda: "t2" in rows(relay))
    assert "t1" not in rows(relay)


def test_a_message_that_puts_two_tasks_at_one_place_leaves_the_one_that_it_tells_of(channel: Scripted) -> None:
    said = Producer(channel)
    said("t1", State.STARTED)
    relay = Follower(channel)
    relay._catch_up()
    view = relay.mirror.open(Query())
    relay.refresh(view)
    forged = Task(id="t2", state=State.STARTED, offset=2, first_offset=1)
    relay._take(Changes(epoch=relay.position.epoch, from_=1, to=2, tasks=(forged,)), heard=True)
    assert list(relay.index.newest()) == list(view.news(None).put) == [forged]
    assert view.news(1).drop == ("t1",)


def test_whatever_went_wrong_with_what_is_held_the_record_is_read_anew(
    relay: Follower, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(relay))
    anew: list[None] = []
    relay.on_resync.add(lambda: anew.append(None))
    relay.index._places.clear()
    relay.index._states[State.STARTED].discard(1)
    relay.index._groups["queue"].clear()
    said("t1", State.SUCCESS)
    eventually(lambda: len(anew) == 1)
    assert rows(relay) == {"t1": State.SUCCESS}


def test_a_flood_is_heard_and_not_read_page_by_page(channel: Scripted, said: Producer) -> None:
    relay = Follower(channel)
    relay._catch_up()
    relay.live = True
    view = relay.mirror.open("t0")
    relay.refresh(view)
    assert isinstance(view, TaskView)
    for number in range(PAGE + 1):
        said(f"t{number}", State.PENDING)
    assert relay._catch_up(flows=True)
    assert relay.position.offset == 0
    view.wants = False
    assert relay._catch_up()
    assert relay.position.offset == PAGE + 1
    assert view.wants, "between two pages its task may have spoken"
    said("last", State.PENDING)
    assert relay._catch_up(flows=True)
    assert relay.position.offset == PAGE + 2


def test_who_is_too_slow_for_a_flood_reads_what_pages_leave_out(channel: Scripted, said: Producer) -> None:
    relay = Follower(channel)
    relay._catch_up()
    assert relay._is_in_time()
    relay.lag.seconds = LATE
    assert not relay._is_in_time()


def test_in_a_flood_it_is_known_that_nothing_was_missed(channel: Scripted, said: Producer) -> None:
    relay = Follower(channel)
    relay._catch_up()
    for number in range(PAGE + 1):
        said(f"t{number}", State.PENDING)
    relay.counts.checked_at, relay._heard_at, relay.lag.seconds = 0.0, 0.0, 0.25
    before = time.monotonic()
    assert relay._catch_up(flows=True)
    assert before - 0.25 <= relay.counts.checked_at <= time.monotonic() - 0.25
    assert relay._heard_at >= before


def test_who_came_with_an_offset_that_is_not_known_has_the_record_read_in_a_flood_as_well(channel: Scripted) -> None:
    relay = Follower(channel)
    relay._catch_up()
    relay.live = True
    assert not relay._is_asked()
    assert not relay.succeeds(Position(epoch=relay.position.epoch, offset=1000))
    assert relay._is_asked()
    relay._catch_up()
    assert not relay._is_asked()
    assert relay.succeeds(Position(epoch=relay.position.epoch, offset=1000))


def test_an_offset_that_was_reached_is_asked_about_no_more(channel: Scripted, said: Producer) -> None:
    relay = Follower(channel)
    relay._catch_up()
    relay.live = True
    assert not relay.succeeds(Position(epoch=relay.position.epoch, offset=1))
    said("t1", State.PENDING)
    for page in channel.changed(relay.position):
        relay._take(page, heard=True)
    assert not relay._is_asked()


def test_redis_lost_and_found_is_told_and_what_happened_meanwhile_is_shown(
    relay: Follower, channel: Scripted, said: Producer
) -> None:
    told: list[bool] = []
    relay.on_status.add(lambda: told.append(relay.live))
    channel.away = True
    eventually(lambda: not relay.live)
    said("t1", State.STARTED)
    channel.away = False
    eventually(lambda: relay.live and "t1" in rows(relay))
    assert told == [False, True]


def test_a_status_that_cannot_be_told_ends_neither_following_nor_keeping(
    relay: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.OLD_AFTER", 0.3)
    relay.on_status.add(lambda: next(iter(())))
    channel.still = True  # which is noticed where views are kept
    eventually(lambda: not relay.live)
    channel.still = False
    eventually(lambda: relay.live)
    channel.away = True  # and this where the record is followed
    eventually(lambda: not relay.live)
    channel.away = False
    said("t1", State.STARTED)
    eventually(lambda: relay.live and "t1" in rows(relay))
    channel.still = True
    eventually(lambda: not relay.live)
    channel.still = False


@pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
def test_a_redis_that_is_there_but_says_nothing_is_told_of_before_it_counts_as_lost(
    relay: Follower, channel: Scripted, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.OLD_AFTER", 0.3 if defended else 3600.0)
    told: list[bool] = []
    relay.on_status.add(lambda: told.append(relay.live))
    channel.still = True
    try:
        if defended:
            eventually(lambda: not relay.live)
        else:
            time.sleep(0.6)
    finally:
        channel.still = False
    eventually(lambda: relay.live)
    assert told == ([False, True] if defended else [])


def test_what_was_heard_says_how_far_behind_redis_it_is(
    relay: Follower, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay.lag, "rest", lambda: None)
    relay.lag.seconds = 1000.0
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(relay))
    assert relay.lag.seconds < 900.0


def test_a_relay_that_knows_everything_is_not_behind_however_late_the_last_change_was(relay: Follower) -> None:
    relay.lag.seconds = 1000.0
    eventually(lambda: relay.lag.seconds == 0.0)


def test_a_search_that_takes_long_is_answered_at_once_and_finished_later(
    relay: Follower, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.PATIENCE", 0.0)
    monkeypatch.setattr("phloem_server.mirror.mirror.SEARCH_TURN_SECONDS", 0.0)
    monkeypatch.setattr("phloem_server.mirror.list_view.SLICE", 5)
    for number in range(60):
        said(f"t{number}", State.PENDING, name="mail.send" if number % 2 else "mail.sort")
    eventually(lambda: len(rows(relay)) == 60)
    view = relay.mirror.open(Query(q="send"))
    relay.refresh(view)
    eventually(lambda: not view.searching)
    assert len(view.news(None).put) == view.totals()["PENDING"] == 30
    # Who was told before all was found is told the rest as news.
    assert view.dirty
    assert view.flushed < relay.position.offset


def test_a_row_leaves_when_it_is_too_old_though_nothing_changes(relay: Follower, said: Producer) -> None:
    view = relay.mirror.open(Query(within=0.5))
    relay.refresh(view)
    said("t1", State.STARTED, created_at=time.time())
    eventually(lambda: [task.id for task in view.news(None).put] == ["t1"])
    eventually(lambda: view.news(None).put == ())
    assert view.totals()["STARTED"] == 0


def test_another_epoch_replaces_everything_and_is_told(
    relay: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.HEALING", 0.1)
    anew: list[None] = []
    relay.on_resync.add(lambda: anew.append(None))
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(relay))
    channel.epoch = "another"
    channel._tasks.clear()
    said("t2", State.STARTED)
    eventually(lambda: rows(relay) == {"t2": State.STARTED})
    assert len(anew) == 1


Fault = Callable[[MemoryChannel], object]
FORGOTTEN: dict[str, Fault] = {
    "its end": lambda channel: channel._tasks["t1"].facts.update(state=State.STARTED),
    "its progress": lambda channel: channel._tasks["t1"].facts.update(percent=10.0),
    "its run": lambda channel: channel._tasks["t1"].facts.update(run="r0", received_at=1.0),
    "the task": lambda channel: channel._tasks.pop("t1"),
}


@pytest.mark.parametrize("fault", FORGOTTEN.values(), ids=FORGOTTEN)
@pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
def test_a_record_that_forgot_what_was_shown_is_not_shown_before_it_was_told_again(
    relay: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch, fault: Fault, defended: bool
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.HEALING", 60.0 if defended else 0.0)
    ended = {"received_at": 2.0, "finished_at": time.time(), "percent": 100.0}
    said("t1", State.SUCCESS, **ended)
    eventually(lambda: "t1" in rows(relay))
    shown: list[Task | None] = []
    relay.on_resync.add(lambda: shown.append(relay.index.get("t1")))
    with channel._lock:
        before = channel._tasks["t1"].row()
        channel.epoch = "another"
        fault(channel)
    eventually((lambda: not relay.live) if defended else (lambda: shown != []))
    with channel._lock:
        channel.offset += 1
        told_again = msgspec.structs.replace(before, offset=channel.offset)
        channel._tasks["t1"] = HeldTask("t1")
        channel._tasks["t1"].facts.update(msgspec.structs.asdict(told_again))
    eventually(lambda: relay.live and relay.index.get("t1") == told_again)
    assert (shown == [told_again]) is defended


def test_a_relay_that_has_just_come_does_not_replace_what_was_shown_of_an_epoch_that_it_did_not_see(
    channel: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.HEALING", 0.1)
    relay = Follower(channel)
    relay._catch_up()
    assert not relay.succeeds(Position(epoch="before", offset=1))
    assert relay.succeeds(Position())
    assert relay.succeeds(relay.position)
    eventually(lambda: relay.succeeds(Position(epoch="before", offset=1)))


def test_a_view_is_shared_by_who_asks_the_same(relay: Follower) -> None:
    assert relay.mirror.open(Query(limit=5)) is relay.mirror.open(Query(limit=5))
    assert relay.mirror.open(Query(limit=5)) is not relay.mirror.open(Query(limit=6))


def test_a_task_view_hears_what_its_task_says(relay: Follower, said: Producer) -> None:
    view = relay.mirror.open("t1")
    relay.refresh(view)
    line = Line(at=2.0, level="info", message="hello")
    said("t1", State.STARTED, log=(line,))
    eventually(lambda: [entry.message for entry in view.news(None).log or ()] == ["STARTED", "hello"])


def test_a_task_that_was_made_and_removed_before_it_was_heard_of_is_gone_for_who_read_it(channel: Scripted) -> None:
    relay = Follower(channel)
    relay._catch_up()
    view = relay.mirror.open("t1")
    assert isinstance(view, TaskView)
    relay.live = True
    Producer(channel)("t1", State.SUCCESS)
    relay.refresh(view)
    assert view.news(None).put
    epoch = relay.position.epoch
    relay._take(Changes(epoch=epoch, from_=0, to=2, drop=("t1",)), heard=True)
    assert (view.news(None).put, view.news(1).drop, view.dirty) == ((), ("t1",), True)


def test_a_task_view_reads_what_was_said_while_nothing_was_heard(
    relay: Follower, channel: Scripted, said: Producer
) -> None:
    view = relay.mirror.open("t1")
    relay.refresh(view)
    assert isinstance(view, TaskView)
    channel.deaf = True
    said("t1", State.STARTED, log=(Line(at=2.0, level="info", message="unheard"),))
    eventually(lambda: view.wants)
    relay.refresh(view)
    assert [entry.message for entry in view.news(None).log or ()] == ["STARTED", "unheard"]


def test_pages_follow_each_other_without_a_gap(relay: Follower, said: Producer) -> None:
    for number in range(7):
        said(f"t{number}", State.PENDING)
    eventually(lambda: len(rows(relay)) == 7)
    first = relay.mirror.page(Query(limit=3))
    second = relay.mirror.page(Query(limit=3, before=first.next))
    third = relay.mirror.page(Query(limit=3, before=second.next))
    assert [task.id for page in (first, second, third) for task in page.tasks] == [f"t{n}" for n in range(6, -1, -1)]
    assert third.next is None
    assert first.totals["PENDING"] == 7
