"""Versions of Phloem that meet at one record: side by side where they share its format, and a sentence where not."""

from __future__ import annotations

from contextlib import closing
from threading import Thread

import pytest
import redis

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record import redis_record
from phloem.record.functions.library import FORMAT, library
from phloem.record.record import ChannelError, ChannelRefused, Subscribed
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.contract.telling import hear

META = "phloem:{phloem}:meta"
TASKS = 200


def started(number: int, source: str = "p") -> Event:
    return Event(id=f"{source}{number}", at=1.0, source=source, seq=number + 1, run="r1", state=State.STARTED)


@pytest.fixture
def older(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> RedisChannel:
    """The record as a version reads and writes it that does not know when tasks became known."""
    name, code = library()
    for known in ("  date(record)\n", """',"known_at":', task.known or 'null'"""):
        assert code.count(known) == 1
        code = code.replace(known, "" if "date" in known else "'', ''")
    with monkeypatch.context() as patch:
        patch.setattr(redis_record, "library", lambda _: (f"{name}o", code.replace(name, f"{name}o")))
        return RedisChannel(Settings(redis_url=redis_url))


@pytest.fixture
def upgraded(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> RedisChannel:
    """The record as another version of Phloem reads and writes it, in the same format."""
    name, code = library()
    other = code.replace(name, f"{name}x")
    with monkeypatch.context() as patch:
        patch.setattr(redis_record, "library", lambda _: (f"{name}x", other))
        return RedisChannel(Settings(redis_url=redis_url))


def test_two_versions_that_share_a_format_record_and_read_at_the_same_time(
    redis_url: str, upgraded: RedisChannel
) -> None:
    versions = (RedisChannel(Settings(redis_url=redis_url)), upgraded)
    with closing(versions[0].listen(1)) as heard:
        hear(heard, Subscribed)
        epoch = versions[0].record([]).epoch
        threads = [
            Thread(target=lambda v=version, s=source: [v.record([started(n, s)], epoch) for n in range(TASKS)])
            for version, source in zip(versions, ("old", "new"), strict=True)
        ]
        for thread in threads:
            thread.start()
        here = 0
        while here < 2 * TASKS:
            message = hear(heard, Changes)
            assert (message.epoch, message.from_) == (epoch, here)
            here = message.to
        for thread in threads:
            thread.join()
    for version in versions:
        read = [task.id for page in version.changed(Position()) for task in page.tasks]
        assert sorted(read) == sorted(f"{source}{number}" for source in ("old", "new") for number in range(TASKS))
        assert version.record([started(7, "old")], epoch).verdicts == ("duplicate",)


def test_when_a_task_became_known_stays_where_an_earlier_version_records_as_well(
    redis_url: str, older: RedisChannel
) -> None:
    newer = RedisChannel(Settings(redis_url=redis_url))
    older.record([started(0, "old")])
    newer.record([started(0, "new")])
    known = newer.task("new0")
    assert known is not None
    with closing(newer.listen(1)) as heard:
        hear(heard, Subscribed)
        for seq, state in enumerate((State.PROGRESS, State.SUCCESS), 8):  # the first one finds out that it is heard
            older.record([Event(id="new0", at=2.0, source="new", seq=seq, run="r1", state=state)])
        told = [(task.id, task.known_at) for _ in range(2) for task in hear(heard, Changes).tasks]
        assert told == [("new0", None)]
    newer.record([Event(id="old0", at=2.0, source="old", seq=9, run="r1", state=State.SUCCESS)])
    for channel in (newer, older):
        states = {task.id: task.state for page in channel.changed(Position()) for task in page.tasks}
        assert states == dict.fromkeys(("new0", "old0"), State.SUCCESS)
    rows = {task.id: task.known_at for page in newer.changed(Position()) for task in page.tasks}
    assert rows == {"new0": known.known_at, "old0": None}
    assert newer.task("new0") == older.task("new0")


def test_a_version_that_does_not_know_the_format_says_so_loses_nothing_and_does_not_start(redis_url: str) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    channel.record([started(0)])
    with redis.Redis.from_url(redis_url) as client:
        assert client.hget(META, "format") == str(FORMAT).encode()
        client.hset(META, "format", "999")
        for use in (lambda: channel.record([started(1)]), lambda: list(channel.changed(Position()))):
            with pytest.raises(
                ChannelError, match=rf"has format 999, and this version .* knows format {FORMAT}: "
            ) as told:
                use()
            assert not isinstance(told.value, ChannelRefused)
        with pytest.raises(ChannelRefused, match="has format 999, .*: give all processes the same version, or"):
            channel.check()
        client.hset(META, "format", FORMAT)
    assert channel.check() is None
    assert channel.record([started(1)]).verdicts == ("begin",)


def test_a_record_of_before_formats_were_written_has_the_first(redis_url: str) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    channel.record([started(0)])
    with redis.Redis.from_url(redis_url) as client:
        client.hdel(META, "format")
    assert FORMAT == 1
    assert channel.record([started(1)]).verdicts == ("begin",)
