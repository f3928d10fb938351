from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec

from phloem.model.changes import Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import Recorded
from phloem.reporting.backlog import BATCH_EVENTS, CAPACITY
from phloem.reporting.delivery import Delivery
from phloem.reporting.recorder import Recorder
from tests.unit.worker.reporting.unsteady import Unsteady, started


def test_events_reported_while_one_call_lasts_go_out_in_one_batch_and_in_order() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    recorder.report(started("first"))
    assert channel.tried.wait(10)
    for number in range(20):
        recorder.report(started(f"t{number}"))
    channel.may_answer.set()
    assert recorder.flush(40)
    assert channel.batches == [1, 20]
    recorded = next(channel.changed(Position())).tasks
    assert [task.id for task in recorded] == ["first", *(f"t{number}" for number in range(20))]
    recorder.close()


def test_a_long_queue_goes_out_in_rows_and_what_is_refused_in_one_is_all_that_is_lost() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    recorder.report(started("first"))
    assert channel.tried.wait(10)
    for number in range(3 * BATCH_EVENTS):
        recorder.report(started("poison" if number == BATCH_EVENTS + 1 else f"t{number}"))
    channel.may_answer.set()
    assert recorder.flush(5)
    assert channel.batches == [1, BATCH_EVENTS, *[1] * (BATCH_EVENTS - 1), BATCH_EVENTS]
    assert recorder.lost == 1
    recorder.close()


def test_an_event_that_is_refused_does_not_take_the_others_with_it() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    recorder.report(started("first"))
    assert channel.tried.wait(10)
    for task_id in ("t1", "poison", "t2"):
        recorder.report(started(task_id))
    channel.may_answer.set()
    assert recorder.flush(40)
    assert channel.task("t1") is not None
    assert channel.task("t2") is not None
    assert recorder.lost == 1
    recorder.close()


def test_an_event_that_cannot_even_be_written_does_not_end_the_recorder() -> None:
    class Strict(Unsteady):
        def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
            if any(type(event.id) is not str for event in events):
                raise TypeError("what is this")
            return super().record(events, epoch)

    channel = Strict()
    recorder = Recorder(lambda: channel)
    recorder.report(started(42))  # type: ignore[arg-type]
    recorder.report(started("t1"))
    assert recorder.flush(40)
    assert (recorder.lost, channel.task("t1") is not None) == (1, True)
    recorder.close()


def test_the_buffer_is_bounded_and_says_what_it_gave_up() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    for number in range(CAPACITY + 50):
        recorder.report(started(f"t{number}"))
    assert recorder.lost >= 50
    channel.may_answer.set()
    assert recorder.flush(5)
    recorder.close()


def test_what_a_run_left_whose_end_is_dropped_is_not_kept() -> None:
    delivery = Delivery(threading.Condition(), 5.0, lambda: None)
    delivery.replay.remember([msgspec.structs.replace(started("t1"), started_at=1.0)], 0.0)
    delivery.add(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    delivery.replay.expire(100.0)
    assert delivery.replay
    for number in range(CAPACITY):
        delivery.add(started(f"t{number}"))
    assert delivery.lost == 1
    assert not delivery.replay
