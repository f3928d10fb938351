"""An app is attached once, and everything that this began can be ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery, signals

import phloem
from phloem.instrument import attachment, hooks
from phloem.model.event import Event
from phloem.model.state import State
from phloem.redaction import is_secret
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
    assert attachment.flush(40)
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


@pytest.mark.parametrize(
    ("variable", "held"),
    [("PHLOEM_REDIS_URL", "http://user:geheim@host"), ("PHLOEM_RETENTION_DAYS", "many"), ("PHLOEM_REDACT", "/(/")],
)
def test_a_wrong_setting_is_logged_in_one_sentence_and_the_app_is_as_it_was(
    app: Celery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str, held: str
) -> None:
    monkeypatch.setenv(variable, held)
    for _ in range(2):
        phloem.attach(app)
    assert attachment.recorder() is None
    [logged] = caplog.records
    assert logged.levelname == "ERROR"
    assert logged.getMessage().startswith(f"Phloem records nothing of this process: {variable} is ")
    assert not logged.exc_info
    assert "geheim" not in logged.getMessage()


def test_settings_with_an_address_that_is_none_are_logged_as_well(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    phloem.attach(app, RecordSettings(redis_url="nowhere"))
    assert attachment.recorder() is None
    [logged] = caplog.messages
    assert logged.startswith("Phloem records nothing of this process: redis_url is 'nowhere'; it may hold a Redis ad")


def test_an_app_works_without_phloem_where_attaching_itself_fails(
    app: Celery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise KeyError("something of Celery that is not there any more")

    monkeypatch.setattr(hooks, "install", fail)
    phloem.attach(app)
    send()
    assert attachment.recorder() is None
    [logged] = caplog.records
    assert logged.exc_info


def test_another_app_with_other_settings_is_refused_in_one_sentence_without_a_secret(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    phloem.attach(app, RecordSettings(redis_url="redis://:one@here:1/0"))
    recorder = attachment.recorder()
    second = Celery("second", set_as_current=False)
    for _ in range(2):
        phloem.attach(second, RecordSettings(redis_url="redis://:geheim@there:1/0", namespace="other"))
    assert attachment.recorder() is recorder
    [said] = [record.getMessage() for record in caplog.records]
    assert said == (
        "phloem.attach(second) with another redis_url and namespace is refused: this process is attached already, and "
        "all its apps share one record. Attach all of them with the same settings."
    )


def test_what_a_second_app_wants_redacted_is_redacted(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    phloem.attach(app, RecordSettings())
    assert not is_secret("pet_of_the_second")
    phloem.attach(Celery("second", set_as_current=False), RecordSettings(redact=("pet_of_the_second",)))
    assert is_secret("pet_of_the_second")
    assert caplog.records == []
