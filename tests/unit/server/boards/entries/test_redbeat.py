"""Entries that RedBeat keeps, in a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from celery import Celery
from celery.schedules import crontab, schedule
from redbeat import RedBeatSchedulerEntry
from redbeat.schedules import rrule

from phloem_server.boards.entries import redbeat
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


@pytest.fixture
def celery(redis_url: str) -> Iterator[Celery]:
    app = Celery("test", broker="memory://", set_as_current=False)
    app.conf.update(
        beat_scheduler="redbeat.RedBeatScheduler",
        redbeat_redis_url=redis_url,
        redbeat_redis_options={"socket_timeout": 5},
        redbeat_key_prefix="ours:",
    )
    yield app
    app.redbeat_redis.close()
    app.close()


def keep(celery: Celery, name: str, when: Any, **given: Any) -> RedBeatSchedulerEntry:
    return RedBeatSchedulerEntry(name, given.pop("task", "a.b"), when, app=celery, **given).save()


def shown(board: Schedule) -> dict[str, Entry]:
    board.reader.read()
    return {entry.name: entry for entry in board.entries().entries}


def sign_in(user: str, password: str = "", pin: int = 0) -> None: ...


def test_entries_in_redis_are_shown_like_those_of_the_app(celery: Celery, redis_url: str) -> None:
    celery.task(sign_in, name="a.b", shared=False)
    board = Schedule(celery, lambda _: [])
    assert shown(board) == {}
    keep(celery, "often", schedule(300), args=["ann", "geheim"], kwargs={"pin": 4711}, options={"queue": "q"})
    keep(celery, "nightly", crontab(minute=0, hour=2))
    keep(celery, "by a rule", rrule("DAILY", dtstart=datetime(2026, 1, 1, tzinfo=UTC), interval=2))
    keep(celery, "off", schedule(60), enabled=False)
    with redis.Redis.from_url(redis_url) as client:
        before = {key: client.dump(key) for key in client.scan_iter()}
        entries = shown(board)
        assert {key: client.dump(key) for key in client.scan_iter()} == before
    assert {key.decode().partition(":")[0] for key in before} == {"ours"}
    assert {name: entry.words for name, entry in entries.items()} == {
        "often": "every 5 minutes",
        "nightly": "every day at 02:00",
        "by a rule": "by the rule DTSTART:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=2",
    }
    assert (entries["often"].queue, entries["nightly"].timezone) == ("q", "UTC")
    assert (entries["often"].args, entries["often"].kwargs) == ('["ann","[redacted]"]', '{"pin":"[redacted]"}')


def test_the_schedule_follows_what_redis_has_and_what_beat_ran(celery: Celery) -> None:
    board = Schedule(celery, lambda _: [])
    assert shown(board) == {}
    entry = keep(celery, "it", schedule(60))
    assert shown(board)["it"].next == pytest.approx(NOW.timestamp() + 60, abs=30)
    entry.delete()  # else the last run is not written
    entry.last_run_at = NOW - timedelta(minutes=10)
    entry.save()
    late = shown(Schedule(celery, lambda _: []))["it"]
    assert late.overdue_since == (NOW - timedelta(minutes=9)).timestamp()
    entry.schedule = schedule(3600)
    entry.save()
    assert (shown(board)["it"].words, shown(board)["it"].overdue_since) == ("every hour", None)
    entry.delete()
    assert shown(board) == {}


def test_an_entry_that_makes_no_sense_is_told_and_hides_no_other(
    celery: Celery, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(celery, "sound", schedule(60))
    with redis.Redis.from_url(redis_url) as client:
        client.hset("ours:broken", "definition", "{")
        client.zadd("ours::schedule", {"ours:broken": 1, "ours:was deleted": 2})
    board = Schedule(celery, lambda _: [])
    assert list(shown(board)) == ["sound"]
    trouble = str(board.entries().trouble)
    assert trouble.startswith("The entry 'broken' cannot be read: JSONDecodeError: ")
    assert "was deleted" not in trouble
    monkeypatch.setattr(redbeat, "ENTRIES_LIMIT", 1)
    shown(board)
    assert f"There are more entries than the {ENTRIES_LIMIT} that are shown." in str(board.entries().trouble)


def test_run_now_sends_what_beat_would(celery: Celery) -> None:
    celery.task(name="a.b", shared=False)(sign_in)
    keep(celery, "it", schedule(60), args=["ann"], options={"queue": "red", "headers": {"of": "the entry"}})
    board = Schedule(celery, lambda _: [])
    board.reader.read()
    board.reader.look_anew = lambda: None  # type: ignore[method-assign]  # no thread reads here
    sent = board.run("it", Registry(celery, "test"), Sender(celery, lambda: None))
    with celery.connection_for_read() as connection:
        message = connection.SimpleQueue("red").get(block=False)
        message.ack()
    assert (message.headers["id"], message.headers["of"]) == (sent.id, "the entry")


def test_redis_that_is_away_is_told(celery: Celery) -> None:
    celery.conf.redbeat_redis_url = "redis://127.0.0.1:1/0"
    board = Schedule(celery, lambda _: [])
    assert shown(board) == {}
    assert "The Redis of RedBeat cannot be read: ConnectionError: " in str(board.entries().trouble)
