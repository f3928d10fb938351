"""What beat sends names its entry of the schedule."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.beat import Scheduler

from phloem.instrument import beat
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.handlers.producer import Producer
from phloem.instrument.messages.headers import SCHEDULE
from phloem.reporting.recorder import Recorder
from phloem.testing import MemoryChannel


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    """Headers of messages as they are about to be sent, with what Phloem adds."""
    return []


class Sending(Scheduler):  # type: ignore[misc]  # has no types
    """Sends to the test."""

    sent: list[dict[str, Any]]
    ours: Producer
    fails = False

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> None:
        if self.fails:
            raise RuntimeError
        headers: dict[str, Any] = {"id": "t1"}
        self.ours.sending(headers=headers, body=([], {}, {}))
        self.sent.append(headers)


@pytest.fixture
def producer() -> Iterator[Producer]:
    """A process that sends tasks."""
    recorder = Recorder(MemoryChannel)
    yield Producer(Observer(Celery("test", set_as_current=False), recorder))
    recorder.close(10)


@pytest.fixture
def scheduler(sent: list[dict[str, Any]], producer: Producer) -> Sending:
    scheduler = Sending(Celery("test", broker="memory://", set_as_current=False), lazy=True)
    scheduler.sent, scheduler.ours = sent, producer
    return scheduler


def entry(name: str) -> Any:
    return SimpleNamespace(name=name)


def test_a_task_names_the_entry_that_it_is_sent_for(
    scheduler: Sending, sent: list[dict[str, Any]], producer: Producer
) -> None:
    producer.beat_starts(sender=SimpleNamespace(scheduler=scheduler))
    scheduler.apply_async(entry("every night"))
    scheduler.apply_async(entry("every hour"), producer=None, advance=False)
    assert [headers[SCHEDULE] for headers in sent] == ["every night", "every hour"]


def test_without_it_beat_says_nothing_of_entries(scheduler: Sending, sent: list[dict[str, Any]]) -> None:
    scheduler.apply_async(entry("every night"))
    assert SCHEDULE not in sent[0]


def test_what_is_sent_otherwise_in_the_same_process_has_no_entry(scheduler: Sending, producer: Producer) -> None:
    beat.follow(scheduler)
    scheduler.apply_async(entry("every night"))
    headers: dict[str, Any] = {"id": "t2"}
    producer.sending(headers=headers, body=([], {}, {}))
    assert SCHEDULE not in headers


def test_an_entry_that_could_not_be_sent_is_not_told_for_the_next(scheduler: Sending) -> None:
    scheduler.fails = True
    beat.follow(scheduler)
    with pytest.raises(RuntimeError):
        scheduler.apply_async(entry("every night"))
    assert beat.entry() is None


def test_a_next_try_keeps_its_entry(producer: Producer) -> None:
    headers: dict[str, Any] = {"id": "t1", "retries": 1, SCHEDULE: "every night"}
    producer.sending(headers=headers, body=([], {}, {}))
    assert headers[SCHEDULE] == "every night"
