"""Entries that django-celery-beat keeps, in a database of SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import pytest
from celery import Celery
from django.conf import settings

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.boards.entries import database
from phloem_server.boards.entries.source import ENTRIES_LIMIT
from phloem_server.boards.schedule import Entry, Schedule
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def present() -> None:
    """The time of each test: that of the module is long past when its tests run."""
    global NOW
    NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Django as a project sets it up, with the tables of django-celery-beat."""
    if not settings.configured:
        settings.configure(
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ""}},
            INSTALLED_APPS=["django_celery_beat"],
            LOGGING_CONFIG=None,
            TIME_ZONE="UTC",
            USE_TZ=True,
        )
        django.setup()
    from django.apps import apps
    from django.db import connection

    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # an event loop of other tests may run in this thread
    connection.close()
    connection.settings_dict["NAME"] = str(tmp_path_factory.mktemp("django") / "db.sqlite3")
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("django_celery_beat").get_models():
            editor.create_model(model)
    yield
    connection.close()
    patch.undo()


@pytest.fixture
def tasks(tables: None) -> Iterator[Any]:
    """The table of entries, empty."""
    from django.db import connection
    from django_celery_beat.models import PeriodicTask

    PeriodicTask.objects.all().delete()
    yield PeriodicTask.objects
    connection.close()


@pytest.fixture
def celery() -> Iterator[Celery]:
    app = Celery("test", broker="memory://", set_as_current=False)
    app.conf.beat_scheduler = "django"  # as the package calls its scheduler
    yield app
    app.close()


def every(seconds: int) -> dict[str, Any]:
    from django_celery_beat.models import IntervalSchedule

    return {"interval": IntervalSchedule.objects.create(every=seconds, period="seconds")}


def at(zone: str = "UTC", **fields: str) -> dict[str, Any]:
    from django_celery_beat.models import CrontabSchedule

    return {"crontab": CrontabSchedule.objects.create(timezone=zone, **fields)}


def once(moment: datetime) -> dict[str, Any]:
    from django_celery_beat.models import ClockedSchedule

    return {"clocked": ClockedSchedule.objects.create(clocked_time=moment), "one_off": True}


def shown(schedule: Schedule) -> dict[str, Entry]:
    schedule.reader.read()
    return {entry.name: entry for entry in schedule.entries().entries}


def test_entries_of_the_database_are_shown_like_those_of_the_app(tasks: Any, celery: Celery) -> None:
    tasks.create(name="often", task="a.b", args='["ann", "geheim"]', kwargs='{"pin": 4711}', queue="q", **every(300))
    tasks.create(name="nightly", task="a.b", **at("Europe/Vienna", minute="0", hour="2"))
    tasks.create(name="far", task="a.b", **once(datetime(2031, 5, 4, 12, 30, tzinfo=UTC)))
    celery.conf.timezone = "Europe/Vienna"
    celery.task(sign_in, name="a.b", shared=False)
    schedule = Schedule(celery, lambda _: [])
    entries = shown(schedule)
    assert {name: (entry.words, entry.timezone) for name, entry in entries.items()} == {
        "often": ("every 5 minutes", None),
        "nightly": ("every day at 02:00", "Europe/Vienna"),
        "far": ("once, on 4 May 2031 at 14:30", "Europe/Vienna"),
    }
    assert (entries["often"].task, entries["often"].queue) == ("a.b", "q")
    assert (entries["often"].args, entries["often"].kwargs) == ('["ann","[redacted]"]', '{"pin":"[redacted]"}')
    assert entries["far"].next == datetime(2031, 5, 4, 12, 30, tzinfo=UTC).timestamp()
    assert (schedule.entries().trouble, schedule.entries().stale_since) == (None, None)


def sign_in(user: str, password: str = "", pin: int = 0) -> None: ...


def test_the_schedule_follows_the_database(tasks: Any, celery: Celery) -> None:
    schedule = Schedule(celery, lambda _: [])
    assert shown(schedule) == {}
    made = tasks.create(name="it", task="a.b", **every(60))
    assert shown(schedule)["it"].words == "every minute"
    made.interval.every = 120
    made.interval.save()
    assert shown(schedule)["it"].words == "every 2 minutes"
    made.enabled = False
    made.save()
    assert shown(schedule) == {}


def test_what_beat_will_not_send_again_is_not_shown(tasks: Any, celery: Celery) -> None:
    tasks.create(name="expired", task="a.b", expires=NOW - timedelta(hours=1), **every(60))
    tasks.create(name="was sent once", task="a.b", total_run_count=1, **once(NOW - timedelta(hours=1)))
    assert shown(Schedule(celery, lambda _: [])) == {}


def test_the_last_run_that_the_database_knows_counts_where_none_is_on_record(tasks: Any, celery: Celery) -> None:
    row = tasks.create(name="it", task="a.b", **every(3600))
    tasks.filter(pk=row.pk).update(last_run_at=NOW - timedelta(minutes=10))
    entry = shown(Schedule(celery, lambda _: []))["it"]
    assert entry.next == pytest.approx((NOW + timedelta(minutes=50)).timestamp(), abs=2)
    assert (entry.last, entry.overdue_since, entry.missed) == (None, None, 0)


def test_a_last_run_that_beat_may_not_have_written_down_yet_makes_nothing_overdue(tasks: Any, celery: Celery) -> None:
    row = tasks.create(name="it", task="a.b", **every(30))
    tasks.filter(pk=row.pk).update(last_run_at=NOW - timedelta(seconds=120))
    assert shown(Schedule(celery, lambda _: []))["it"].overdue_since is None
    tasks.filter(pk=row.pk).update(last_run_at=NOW - timedelta(seconds=600))
    entry = shown(Schedule(celery, lambda _: []))["it"]
    assert entry.overdue_since == pytest.approx((NOW - timedelta(seconds=570)).timestamp(), abs=2)


def test_an_entry_that_has_not_begun_is_due_when_it_begins(tasks: Any, celery: Celery) -> None:
    begins = NOW + timedelta(days=2)
    tasks.create(name="it", task="a.b", start_time=begins, **every(60))
    assert shown(Schedule(celery, lambda _: []))["it"].next == begins.timestamp()


def test_an_entry_that_appears_has_missed_nothing_before(tasks: Any, celery: Celery) -> None:
    now = NOW.timestamp() - 7 * 24 * 3600
    schedule = Schedule(celery, lambda _: [], lambda: now)
    assert shown(schedule) == {}
    now = NOW.timestamp()
    tasks.create(name="it", task="a.b", **at(minute="0", hour="2"))
    entry = shown(schedule)["it"]
    assert (entry.missed, entry.overdue_since) == (0, None)


def test_reading_writes_nothing_and_tells_what_makes_no_sense(tasks: Any, celery: Celery) -> None:
    from django.db import connection

    tasks.create(name="broken", task="a.b", args="[1,", **every(60))
    tasks.create(name="sound", task="a.b", **every(60))
    statements: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    schedule = Schedule(celery, lambda _: [])
    with connection.execute_wrapper(note):
        assert list(shown(schedule)) == ["sound"]
    assert statements
    assert all(sql.startswith("SELECT") for sql in statements)
    assert tasks.get(name="broken").enabled is True
    assert "The entry 'broken' cannot be read: " in str(schedule.entries().trouble)


def test_a_database_that_is_away_is_told_once_and_leaves_the_last_entries(
    tasks: Any, celery: Celery, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    tasks.create(name="it", task="a.b", **every(60))
    now = NOW.timestamp()
    schedule = Schedule(celery, lambda _: [], lambda: now)
    assert list(shown(schedule)) == ["it"]
    with monkeypatch.context() as patched:
        patched.setitem(connection.settings_dict, "NAME", str(tmp_path / "nowhere" / "db"))
        assert list(shown(schedule)) == list(shown(schedule)) == ["it"]
        told = schedule.entries()
    assert told.trouble == (
        "The database of django-celery-beat cannot be read: OperationalError: unable to open database file."
    )
    assert told.stale_since == now
    assert [record.message for record in caplog.records] == [told.trouble]
    shown(schedule)
    assert (schedule.entries().trouble, schedule.entries().stale_since) == (None, None)


def test_a_driver_that_blocks_is_called_where_it_holds_up_nobody(
    tasks: Any, celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.create(name="it", task="a.b", **every(60))
    apart: list[Any] = []

    def elsewhere(work: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:
            apart.append(pool.submit(work).result())
        return apart[-1]

    monkeypatch.setattr(database, "run_in_thread", elsewhere)
    schedule = Schedule(celery, lambda _: [])
    assert list(shown(schedule)) == ["it"]
    monkeypatch.setattr(database, "Found", None)
    assert list(shown(schedule)) == ["it"]
    assert isinstance(apart[-1], TypeError)  # not raised there, where gevent would print it each time
    assert "cannot be read: TypeError" in str(schedule.entries().trouble)


def test_of_very_many_entries_some_are_shown_and_the_board_says_so(
    tasks: Any, celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ENTRIES_LIMIT", 2)
    for name in ("a", "b", "c"):
        tasks.create(name=name, task="a.b", **every(60))
    schedule = Schedule(celery, lambda _: [])
    assert list(shown(schedule)) == ["a", "b"]
    assert schedule.entries().trouble == f"There are more entries than the {ENTRIES_LIMIT} that are shown."


def test_run_now_sends_what_beat_would(tasks: Any, celery: Celery) -> None:
    celery.task(name="a.b", shared=False)(sign_in)
    tasks.create(
        name="it", task="a.b", args='["ann"]', headers='{"of": "the entry"}', queue="dj", expire_seconds=60, **every(60)
    )
    schedule = Schedule(celery, lambda _: [])
    schedule.reader.read()
    schedule.reader.look_anew = lambda: None  # type: ignore[method-assign]  # no thread reads here
    sent = schedule.run("it", Registry(celery, "test"), Sender(celery, lambda: None))
    with celery.connection_for_read() as connection:
        message = connection.SimpleQueue("dj").get(block=False)
        message.ack()
    assert message.headers["id"] == sent.id
    assert (message.headers["of"], message.headers["periodic_task_name"]) == ("the entry", "it")
    assert message.headers["expires"] is not None
    assert json.loads(message.body)[0] == ["ann"]


def test_a_run_on_record_is_the_last_one(tasks: Any, celery: Celery) -> None:
    tasks.create(name="it", task="a.b", **every(3600))
    run = Task(id="t", state=State.SUCCESS, offset=1, first_offset=1, created_at=NOW.timestamp())
    entry = shown(Schedule(celery, {"it": [run]}.__getitem__))["it"]
    assert entry.last is not None
    assert entry.last.id == "t"
    assert entry.next == pytest.approx(NOW.timestamp() + 3600)


def test_a_scheduler_derived_from_it_is_read_likewise(tasks: Any, celery: Celery) -> None:
    from django_celery_beat.schedulers import DatabaseScheduler

    class Own(DatabaseScheduler):  # type: ignore[misc]  # has no types
        pass

    celery.conf.beat_scheduler = Own
    tasks.create(name="it", task="a.b", **every(60))
    assert list(shown(Schedule(celery, lambda _: []))) == ["it"]


def test_where_the_sun_cannot_be_computed_the_board_says_why(tasks: Any, celery: Celery) -> None:
    from django_celery_beat.models import SolarSchedule

    sun = SolarSchedule.objects.create(event="sunset", latitude="48.2", longitude="16.4")
    tasks.create(name="dusk", task="a.b", solar=sun)
    schedule = Schedule(celery, lambda _: [])
    entries = shown(schedule)
    if "dusk" in entries:  # the library that computes it is there
        assert entries["dusk"].words == "at sunset at 48.2, 16.4"
    else:
        assert "The entry 'dusk' cannot be read: " in str(schedule.entries().trouble)
