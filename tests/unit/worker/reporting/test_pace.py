"""When events are sent, and by which thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import ChannelError, Recorded
from phloem.reporting import recorder as module
from phloem.reporting.recorder import Recorder
from tests.unit.worker.reporting.unsteady import Unsteady
from tests.waiting import wait_until


class Observed(Unsteady):
    """Notes which threads send which events."""

    def __init__(self) -> None:
        super().__init__()
        self.senders: list[str] = []
        self.events: list[Event] = []
        self.patience: list[float] = []
        self.impatient = False
        """Whether no answer comes in time."""

    def record_all(
        self, batches: Sequence[Sequence[Event]], epoch: str = "", patience: float | None = None
    ) -> Iterator[Recorded]:
        if patience is not None:
            self.patience.append(patience)
        if patience is not None and self.impatient:
            raise ChannelError("no answer in time")
        for batch in batches:
            recorded = self.record(batch, epoch)
            self.senders.append("recorder" if threading.current_thread().name == "phloem-recorder" else "task")
            self.events += batch
            yield recorded


def start(task_id: str) -> Event:
    return Event(id=task_id, at=1.0, run=task_id, state=State.STARTED, started_at=1.0, name="work", received_at=0.5)


def end(task_id: str) -> Event:
    return Event(id=task_id, at=2.0, run=task_id, state=State.SUCCESS, finished_at=2.0, result="7")


@pytest.fixture
def channel() -> Observed:
    return Observed()


@pytest.fixture
def busy(channel: Observed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """A recorder whose thread has just sent something, and looks for more only after a minute."""
    monkeypatch.setattr(module, "CALM_SECONDS", 60.0)
    monkeypatch.setattr(module, "LINGER_SECONDS", 60.0)
    recorder = Recorder(lambda: channel)
    recorder.report(start("first"))
    assert recorder.flush(40)
    wait_until(lambda: recorder.lingers, 60, "the thread looks by itself")
    channel.senders.clear()
    channel.events.clear()
    yield recorder
    recorder.close(10)


def test_the_first_event_after_a_calm_time_is_sent_at_once(channel: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CALM_SECONDS", 0.0)
    monkeypatch.setattr(module, "LINGER_SECONDS", 60.0)
    recorder = Recorder(lambda: channel)
    for number in (1, 2):
        recorder.report(start(f"t{number}"))
        wait_until(lambda: len(channel.events) == number, 20, "it is recorded")  # noqa: B023  # called here
    recorder.close(10)


def test_an_event_that_follows_closely_waits_a_moment_for_others(
    channel: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CALM_SECONDS", 60.0)
    recorder = Recorder(lambda: channel)
    recorder.report(start("first"))
    wait_until(lambda: recorder.lingers, 60, "the thread looks by itself")
    for number in range(20):
        recorder.report(start(f"t{number}"))
    wait_until(lambda: channel.task("t19"), 60, "they are recorded")
    assert len(channel.batches) < 20
    recorder.close(10)


@pytest.mark.parametrize(("together", "waits"), [(3, 60.0), (module.MANY, 120.0)], ids=["few events", "many"])
def test_events_wait_longer_where_many_were_sent_together(busy: Recorder, together: int, waits: float) -> None:
    for number in range(together):
        busy.report(start(f"t{number}"))
    assert busy.flush(5)
    busy.report(start("next"))
    assert busy._next_look(busy._delivery.added_at) - busy._delivery.added_at == pytest.approx(waits)


def test_the_end_of_a_task_is_sent_from_its_own_thread_with_all_that_waits(busy: Recorder, channel: Observed) -> None:
    busy.report(start("other"))
    busy.report(start("t1"))
    busy.report(end("t1"))
    assert busy.flush(5)
    assert (channel.senders, channel.batches[-1]) == (["task"], 2)


def test_start_and_end_that_are_sent_together_are_one_event_and_say_what_two_say(
    busy: Recorder, channel: Observed
) -> None:
    for event in (start("t1"), end("t1")):
        busy.report(event)
    assert busy.flush(5)
    two = Observed()
    for number, event in enumerate((start("t1"), end("t1"))):
        two.record([msgspec.structs.replace(event, source="two", seq=number + 1)])
    [sent] = channel.events
    assert sent.started_at == 1.0
    task, expected = channel.task("t1"), two.task("t1")
    assert task is not None
    assert expected is not None
    places = {name: getattr(expected, name) for name in ("offset", "first_offset", "known_at")}
    assert msgspec.structs.replace(task, **places) == expected
    assert [entry.message for entry in channel.log("t1")] == [entry.message for entry in two.log("t1")]


def test_the_start_of_another_run_is_an_event_of_its_own(busy: Recorder, channel: Observed) -> None:
    for event in (start("t1"), end("t2")):
        busy.report(event)
    assert busy.flush(5)
    assert [event.id for event in channel.events] == ["t1", "t2"]


def test_an_end_without_an_answer_in_time_is_sent_by_the_recorder_again(busy: Recorder, channel: Observed) -> None:
    channel.impatient = True
    busy.report(end("t1"))
    assert busy.flush(5)
    assert channel.senders == ["recorder"]


def test_a_thread_that_waits_for_long_or_for_little_does_not_wait_for_the_answer_itself_as_long(
    busy: Recorder, channel: Observed
) -> None:
    busy.report(end("t1"))
    assert busy.flush(60)
    busy.report(end("t2"))
    busy.flush(0.01)
    assert channel.patience == [module.FLUSH_SECONDS]
    wait_until(lambda: channel.task("t2"), 20, "the recorder sends it")


def test_a_time_limit_that_strikes_while_an_end_is_sent_reaches_the_task_and_stops_nobody_else(
    busy: Recorder, channel: Observed
) -> None:
    class SoftTimeLimitExceeded(Exception):
        pass

    def strike(*_: object) -> Iterator[Recorded]:
        raise SoftTimeLimitExceeded

    channel.record_all, record_all = strike, channel.record_all  # type: ignore[assignment,method-assign]
    busy.report(end("t1"))
    with pytest.raises(SoftTimeLimitExceeded):
        busy.flush(5)
    channel.record_all = record_all  # type: ignore[method-assign]
    assert busy.flush(5)
    assert channel.task("t1") is not None
