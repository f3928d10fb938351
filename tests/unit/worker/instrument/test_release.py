"""Which release of the application ran a task."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery

import phloem
import phloem.testing
from phloem.instrument import attachment, refusals
from phloem.logs import Once
from phloem.settings import RecordSettings


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    monkeypatch.setattr(refusals, "_once", Once())
    app = Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)
    yield app
    attachment.detach(0)
    app.close()


def release_of(app: Celery) -> str | None:
    """The release that this process tells."""
    assert attachment._attached is not None
    settings = attachment._attached.asked.settings
    assert settings is not None
    return settings.release or None


def test_a_task_has_the_release_of_the_process_that_runs_it(app: Celery) -> None:
    @app.task(name="here")  # type: ignore[untyped-decorator]
    def here() -> None:
        return None

    with phloem.testing.recording(app, release="2.4.1") as record:
        waits, result = app.send_task("elsewhere"), here.apply()
        found, sent = record.task(result.id), record.task(waits.id)
    assert found is not None
    assert sent is not None
    assert (found.release, sent.release) == ("2.4.1", None)


def test_what_attach_gets_goes_before_the_environment(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHLOEM_RELEASE", "from-outside")
    phloem.attach(app)
    assert release_of(app) == "from-outside"
    attachment.detach(0)
    phloem.attach(app, release="2.4.1")
    assert release_of(app) == "2.4.1"


def test_what_can_be_no_release_is_logged_in_a_sentence(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    phloem.attach(app, RecordSettings(), release="2 or 3")
    assert release_of(app) is None
    assert "Tasks have no release: release is '2 or 3'; it may hold 1 to 100 printable ASCII" in caplog.text


def test_a_second_app_of_another_release_is_refused_in_a_sentence(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    phloem.attach(app, RecordSettings(), release="1")
    phloem.attach(app, RecordSettings())
    phloem.attach(app, RecordSettings(), release="1")
    assert "refused" not in caplog.text
    phloem.attach(app, RecordSettings(), release="2")
    assert "with another release is refused" in caplog.text
    assert release_of(app) == "1"
