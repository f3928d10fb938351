"""The trail: entries from the whole process, on their way to the chain."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.audit import End, Keep, Link
from phloem.testing.audit import MemoryAudit
from phloem_server.access.audit import trail as trail_module
from phloem_server.access.audit.trail import Trail
from phloem_server.access.audit.verification import verify
from tests.unit.server.access.audit.entries import chain_over, done, refused
from tests.waiting import wait_until


class Away(MemoryAudit):
    """An audit in a Redis that can be away."""

    is_away = False
    answers = True

    def append(self, after: End, links: Sequence[Link], keep: Keep) -> End:
        if self.is_away:
            raise ChannelError("Redis does not answer")
        end = super().append(after, links, keep)
        if not self.answers:
            self.answers = True
            raise ChannelError("Redis does not answer")
        return end


@pytest.fixture
def store() -> Away:
    return Away()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail_module, "TURN_SECONDS", 0.01)


@contextmanager
def running(store: Away, now: float = 1000.0) -> Iterator[Trail]:
    trail = Trail(chain_over(store), clock=lambda: now)
    thread = threading.Thread(target=trail.run)
    thread.start()
    try:
        yield trail
    finally:
        trail.stop()
        thread.join(5)
        assert not thread.is_alive()


def targets(store: Away) -> list[str]:
    return [entry.target for entry in chain_over(store).following("", 100_000)]


def test_entries_of_many_threads_become_one_chain(store: Away) -> None:
    with running(store) as trail:

        def add() -> None:
            for number in range(100):
                trail.add(done(number))

        threads = [threading.Thread(target=add) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_until(lambda: len(targets(store)) == 500, 60)
    assert verify(store, trail.chain.key).breaks == ()


def test_what_came_before_the_end_is_appended(store: Away) -> None:
    with running(store) as trail:
        trail.add(done(1))
        trail.add(refused())
        trail.add(refused())
        trail.add(refused())
    assert [entry.count for entry in chain_over(store).following("", 10)] == [1, 1, 2]


def test_anybody_who_has_signing_in_fail_again_and_again_pushes_out_nothing(store: Away) -> None:
    failed = msgspec.structs.replace(refused(code="sessions_unread"), outcome="failed")
    store.is_away = True
    with running(store) as trail:
        for _ in range(2 * trail_module.HELD_LIMIT):
            trail.add(failed)
        trail.add(done(1))
        store.is_away = False
        wait_until(lambda: "task-1" in targets(store), 60)
    entries = chain_over(store).following("", 10)
    assert [(entry.action, entry.count) for entry in entries] == [
        ("sign_in", 1),
        ("revoke", 1),
        ("sign_in", 2 * trail_module.HELD_LIMIT - 1),
    ]


def test_entries_are_held_while_redis_is_away_and_follow_in_their_order(store: Away) -> None:
    store.is_away = True
    with running(store) as trail:
        for number in range(300):
            trail.add(done(number))
        wait_until(lambda: trail._is_away, 60)
        assert targets(store) == []
        store.is_away = False
        wait_until(lambda: len(targets(store)) == 300, 60)
    assert targets(store) == [f"task-{number}" for number in range(300)]


def test_what_is_more_than_can_be_held_is_counted_in_the_chain(store: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail_module, "HELD_LIMIT", 10)
    store.is_away = True
    with running(store) as trail:
        trail.add(done(0))
        wait_until(lambda: trail._is_away, 60)
        for number in range(1, 31):
            trail.add(done(number))
        store.is_away = False
        wait_until(lambda: len(targets(store)) == 12, 60)
    last = chain_over(store).newest("", 1)[0]
    assert (last.action, last.outcome, last.count) == ("audit", "failed", 20)
    assert "were dropped, the first of 1970-01-01 00:16:40 UTC" in last.detail


def test_an_answer_that_got_lost_does_not_double_an_entry(store: Away) -> None:
    store.answers = False
    with running(store) as trail:
        trail.add(done(1))
        wait_until(lambda: store.answers, 60)
        trail.add(done(2))
        wait_until(lambda: len(targets(store)) >= 2, 60)
    assert targets(store) == ["task-1", "task-2"]


def test_an_entry_that_cannot_be_appended_does_not_stand_in_the_way_of_others(
    store: Away, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = threading.Event()

    def fail(entry: object) -> str:
        broken.set()
        monkeypatch.undo()
        raise ValueError("a bug")

    monkeypatch.setattr("phloem_server.access.audit.chain.encoded", fail)
    with running(store) as trail:
        trail.add(done(1))
        assert broken.wait(5)
        trail.add(done(2))
        wait_until(lambda: "task-2" in targets(store), 60)
    assert sum(entry.count for entry in chain_over(store).following("", 9) if entry.action == "audit") == 1
    assert "a bug" in caplog.text
