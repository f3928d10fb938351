"""Which queues are told by name, and that their number is bounded."""

from __future__ import annotations

from phloem_server.mirror.statistics.queue_levels import CHANGES_LIMIT, SHOWN_LIMIT, QueueLevels, WaitingByQueue

INTERVALS = 12


def levels(of: QueueLevels, newest: int) -> WaitingByQueue:
    """Of as many intervals as are kept, each of ten seconds."""
    return of.levels(newest, INTERVALS, 10)


def test_the_queues_in_which_most_waited_at_once_are_told_by_name_and_the_rest_is_of_others() -> None:
    queues = QueueLevels(INTERVALS)
    for number in range(2 * SHOWN_LIMIT):
        for _ in range(number + 1):
            queues.change(f"q{number}", 100, 1)
            queues.change(f"q{number}", 105, -1)
    told = levels(queues, 110)
    assert told.queues == tuple(f"q{number}" for number in range(SHOWN_LIMIT, 2 * SHOWN_LIMIT))
    assert told.levels[:2] == ((990, 0, 0, 0, 0, 0), (1000, 6, 7, 8, 9, 10))
    assert told.levels[-6:-4] == ((1050, 0, 0, 0, 0, 0), (1060, 0, 0, 0, 0, 0))
    assert told.others


def test_what_waits_for_a_moment_changes_nothing_while_there_are_enough_queues() -> None:
    queues = QueueLevels(INTERVALS)
    for number in range(SHOWN_LIMIT):
        queues.change(f"q{number}", 100, 1)
    told = levels(queues, 101).queues
    for _ in range(50):
        queues.change("moment", 101, 1)
    assert levels(queues, 101).queues == told
    assert "moment" in levels(queues, 102).queues  # it has stayed


def test_a_queue_in_which_nothing_changed_in_the_hour_has_what_waits_all_along() -> None:
    queues = QueueLevels(INTERVALS)
    queues.change("old", None, 1)
    told = levels(queues, 100)
    assert (told.queues, {row[1] for row in told.levels}, len(told.levels)) == (("old",), {1}, INTERVALS)


def test_of_hundreds_of_queues_a_bounded_number_is_kept_and_the_rest_is_of_others() -> None:
    queues = QueueLevels(INTERVALS)
    for number in range(2 * CHANGES_LIMIT):
        queues.change(f"q{number}", 100, 1)
    assert len(queues._back) == CHANGES_LIMIT
    beyond = f"q{2 * CHANGES_LIMIT - 1}"
    for _ in range(10):
        queues.change(beyond, 101, 1)
    told = levels(queues, 105)
    assert (beyond in told.queues, told.others) == (False, True)
    for number in range(CHANGES_LIMIT):
        queues.change(f"q{number}", 105, -1)
    queues.forget(96, INTERVALS)
    assert not queues._back  # there is room again
    queues.change(beyond, 110, 1)
    assert beyond in levels(queues, 111).queues


def test_a_queue_that_is_empty_and_did_not_change_takes_no_memory() -> None:
    queues = QueueLevels(INTERVALS)
    for number in range(1000):
        queues.change(f"q{number}", None, 1)
        queues.change(f"q{number}", None, -1)
    assert not queues._waiting
    assert not queues._back
