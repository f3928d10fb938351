"""An app is attached once, and everything that this began can be ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery, signals

import phloem
from phloem.instrument import attachment
from phloem.model.event import Event
from phloem.model.state import State
from phloem.reporting.recorder import Recorder
from phloem.settings import RecordSettings
from phloem.testing import MemoryChannel

SENT = {"id": "t1", "task": "app.add"}


@pytest.fixture(autouse=True)
def detached() -> Iterator[None]:
    attachment.detach()
    yield
    attachment.detach()


@pytest.fixture
def channel() -> MemoryChannel:
    return MemoryChannel()


@pytest.fixture
def app() -> Celery:
    return Celery("attached", set_as_current=False)


def send() -> None:
    """What Celery does once it has sent a message."""
    signals.after_task_publish.send(sender="app.add", headers=dict(SENT), body=((1,), {}, {}))


def test_what_is_sent_is_reported_until_the_app_is_detached(app: Celery, channel: MemoryChannel) -> None:
    attachment.attach_recorder(app, Recorder(lambda: channel))
    send()
    assert attachment.flush(2)
    attachment.detach()
    offset = channel.offset
    send()
    assert (offset, channel.offset) == (1, 1)


def test_an_app_that_was_detached_can_be_attached_again(app: Celery, channel: MemoryChannel) -> None:
    for _ in range(3):
        attachment.attach_recorder(app, Recorder(lambda: channel))
        send()
        attachment.detach()
    assert channel.offset == 3


def test_a_second_app_of_a_process_is_shown_with_the_first(app: Celery) -> None:
    phloem.attach(app, RecordSettings())
    recorder = attachment.recorder()
    phloem.attach(Celery("second", set_as_current=False), RecordSettings())
    assert attachment.recorder() is recorder is not None
    with pytest.raises(RuntimeError):
        attachment.attach_recorder(app, Recorder(MemoryChannel))


def test_a_process_without_an_app_reports_nowhere_and_waits_for_nothing() -> None:
    attachment.report(Event(id="t1", at=1.0, state=State.PENDING))
    assert attachment.flush()
    assert attachment.recorder() is None
