"""Who sends the audit, and from where on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from phloem.record.record import ChannelError
from phloem.testing.access import MemoryDuties
from phloem.testing.audit import MemoryAudit
from phloem_server.access.audit.entry import KeptEntry
from phloem_server.access.audit.forwarding import forwarder as module
from phloem_server.access.audit.forwarding.forwarder import Forwarder
from phloem_server.access.audit.forwarding.target import NotSent
from tests.unit.server.access.audit.entries import chain_over, done
from tests.waiting import wait_until


class Place:
    """A place that takes entries, unless it is closed."""

    name = "place"

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.is_away = False
        self.tries = 0
        self.closed = 0

    def send(self, entries: Sequence[KeptEntry]) -> None:
        self.tries += 1
        if self.is_away:
            raise NotSent("away")
        self.taken += [entry.number for entry in entries]

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 0.02)


@pytest.fixture
def duties() -> MemoryDuties:
    return MemoryDuties()


@contextmanager
def forwarding(store: MemoryAudit, duties: MemoryDuties, place: Place) -> Iterator[None]:
    forwarder = Forwarder(chain_over(store), duties, place)
    thread = threading.Thread(target=forwarder.run)
    thread.start()
    try:
        yield
    finally:
        forwarder.stop()
        thread.join(5)
        assert not thread.is_alive()


def test_all_entries_are_sent_in_their_order_those_from_before_as_well(
    store: MemoryAudit, duties: MemoryDuties
) -> None:
    place, chain = Place(), chain_over(store)
    chain.append([done(number) for number in range(250)])
    with forwarding(store, duties, place):
        wait_until(lambda: len(place.taken) == 250, 60)
        chain.append([done()])
        wait_until(lambda: len(place.taken) == 251, 60)
    assert place.taken == list(range(1, 252))
    assert place.closed == 1


def test_a_restart_leaves_nothing_out_and_sends_nothing_again(store: MemoryAudit, duties: MemoryDuties) -> None:
    place, chain = Place(), chain_over(store)
    chain.append([done()])
    with forwarding(store, duties, place):
        wait_until(lambda: place.taken == [1], 60)
    chain.append([done(), done()])
    with forwarding(store, duties, place):
        wait_until(lambda: place.taken == [1, 2, 3], 60)


def test_one_process_sends_and_another_goes_on_where_it_ends(store: MemoryAudit, duties: MemoryDuties) -> None:
    first, second, chain = Place(), Place(), chain_over(store)
    chain.append([done()])
    with forwarding(store, duties, first):
        wait_until(lambda: first.taken == [1], 60)
        with forwarding(store, duties, second):
            chain.append([done()])
            wait_until(lambda: first.taken == [1, 2], 60)
        assert second.tries == 0
    chain.append([done()])
    with forwarding(store, duties, second):
        wait_until(lambda: second.taken == [3], 60)


def test_a_place_that_is_away_gets_all_of_it_later_and_it_is_logged_once(
    store: MemoryAudit, duties: MemoryDuties, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place()
    place.is_away = True
    chain_over(store).append([done(), done()])
    with forwarding(store, duties, place):
        wait_until(lambda: place.tries > 3, 60)
        place.is_away = False
        wait_until(lambda: place.taken == [1, 2], 60)
    assert caplog.text.count("The audit is sent later: away") == 1


def test_while_the_record_is_away_nothing_is_lost(
    store: MemoryAudit, duties: MemoryDuties, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, asked = Place(), threading.Event()
    chain_over(store).append([done()])

    def refuse(reader: str) -> str:
        asked.set()
        raise ChannelError("Redis does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(store, "position", refuse)
        with forwarding(store, duties, place):
            assert asked.wait(5)
            patch.undo()
            wait_until(lambda: place.taken == [1], 60)
