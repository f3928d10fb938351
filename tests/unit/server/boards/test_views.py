"""The board of shared views: read in a thread while a client watches, whatever becomes of the record meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.views import SharedView
from phloem.testing.views import MemoryViews
from phloem_server.boards import rounds
from phloem_server.boards.views import Views, ViewsBoard
from tests.waiting import wait_until

DEADLINE_SECONDS = 10.0


class Store(MemoryViews):
    """Can be away, and counts how often it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.away: Exception | None = None
        self.read = 0

    def all(self) -> tuple[SharedView, ...]:
        self.read += 1
        if self.away is not None:
            raise self.away
        return super().all()


@pytest.fixture
def store() -> Store:
    return Store()


@contextmanager
def running(board: ViewsBoard) -> Iterator[None]:
    thread = threading.Thread(target=board.run)
    thread.start()
    try:
        yield
    finally:
        board.stop()
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()


def wait_until_read_again(store: Store) -> None:
    read = store.read
    wait_until(lambda: store.read > read + 1, DEADLINE_SECONDS, "a reading that began by now is over")


def view(name: str) -> SharedView:
    return SharedView(name=name, search="state:failed", by=None, changed_at=1.0)


def test_what_another_process_saved_is_seen_while_a_client_watches_and_nothing_is_read_otherwise(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = ViewsBoard(store, every=0.01)
    with running(board):
        assert store.read == 0
        board.look()
        assert board.picture() == Views(views=())
        store.save(view("Nightly"))
        wait_until(lambda: board.picture().views == (view("Nightly"),), DEADLINE_SECONDS, "it is seen")
        monkeypatch.setattr(rounds, "WATCHED_SECONDS", -1.0)
        wait_until(lambda: not board._rounds.has_answered, DEADLINE_SECONDS, "the readings end")
        read = store.read
        board.keep_looking()
    assert store.read == read


def test_what_was_read_stays_while_the_record_is_away(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.save(view("Nightly"))
    board = ViewsBoard(store, every=0.01)
    with running(board):
        board.look()
        for store.away in (ChannelError("away"), RuntimeError("a bug")):
            wait_until_read_again(store)
            board.look()
            assert board.picture().views == (view("Nightly"),)
        store.save(view("Other"))
        store.away = None
        wait_until(lambda: len(board.picture().views) == 2, DEADLINE_SECONDS, "it is back")
    assert "The shared views could not be read" in caplog.text


def test_that_there_are_no_views_is_not_said_before_they_were_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.away = ChannelError("Redis is away")
    board = ViewsBoard(store)
    with running(board), pytest.raises(ChannelError, match="Redis is away"):
        board.look()
    monkeypatch.setattr(rounds, "ANSWER_SECONDS", 0.01)
    with pytest.raises(ChannelError, match="not read in time"):
        ViewsBoard(store).look()


def test_a_client_that_watches_on_waits_for_no_reading(store: Store) -> None:
    board = ViewsBoard(store)
    board.keep_looking()
    assert (store.read, board.picture()) == (0, Views(views=()))


def test_a_view_is_saved_also_where_it_cannot_be_read_anew(store: Store) -> None:
    store.away = ChannelError("away")
    assert ViewsBoard(store).save("Nightly", "a", None).name == "Nightly"
