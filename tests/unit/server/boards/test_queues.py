"""The board of queues, from answers that the test gives."""

from __future__ import annotations

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem_server.boards.fleet import SILENT_ROUNDS
from phloem_server.control.brokers.held import UNKNOWN, Held
from tests.unit.server.boards.asked import Asked


def test_a_queue_has_its_depth_from_the_broker_and_its_waits_from_the_record(asked: Asked) -> None:
    asked.control.come("w@here", "default")
    asked.control.held = {"default": Held(messages=3), "mail": Held(messages=0), "odd": UNKNOWN}
    asked.task("1", State.PENDING, queue="default", created_at=990.0)
    asked.task("2", State.RECEIVED, queue="default", created_at=980.0)
    asked.task("3", State.PENDING, queue="mail", created_at=980.0, eta=2000.0)
    asked.task("4", State.STARTED, queue="mail")
    asked.fleet.ask()
    assert sorted(asked.control.asked_for) == ["default", "mail"]
    default, mail = asked.queue("default"), asked.queue("mail")
    assert (default.depth, default.waiting, default.oldest_at, default.consumers) == (3, 2, 980.0, ("w@here",))
    # What is to start later does not wait yet.
    assert (mail.depth, mail.waiting, mail.oldest_at, mail.running, mail.consumers) == (0, 1, None, 1, ())
    assert asked.queue("odd").depth is None


def test_who_is_not_online_takes_from_no_queue(asked: Asked) -> None:
    asked.control.come("w@here", "default")
    asked.fleet.ask()
    asked.control.stats.clear()
    for _ in range(SILENT_ROUNDS):
        asked.fleet.ask()
    assert asked.queues.picture().queues == ()


def test_a_task_that_was_removed_waits_no_more(asked: Asked) -> None:
    asked.task("1", State.PENDING, queue="default", created_at=990.0)
    asked.task("2", State.SUCCESS, queue="default")
    asked.apply(Changes(epoch="e", from_=2, to=3, drop=("1",)))
    assert (asked.queue("default").waiting, asked.queue("default").oldest_at) == (0, None)


def test_a_queue_of_which_no_task_is_left_is_forgotten(asked: Asked) -> None:
    asked.task("1", State.PENDING, created_at=990.0)  # nobody said yet where it waits
    asked.task("1", State.PENDING, queue="for-one-reply", created_at=990.0)
    assert asked.queue("for-one-reply").waiting == 1
    asked.task("1", State.STARTED, queue="for-one-reply")
    asked.task("1", State.SUCCESS, queue="for-one-reply")
    assert asked.queue("for-one-reply").waiting == 0
    asked.apply(Changes(epoch="e", from_=4, to=5, drop=("1",)))
    assert asked.queues.picture().queues == ()


def test_it_is_said_whether_the_record_knows_the_tasks_of_a_queue(asked: Asked) -> None:
    asked.control.come("w@here", "default", "theirs")
    asked.control.held = {"default": Held(messages=2), "theirs": Held(messages=2)}
    asked.task("1", State.REVOKED, queue="default")
    asked.fleet.ask()
    assert (asked.queue("default").waiting, asked.queue("default").recorded) == (0, True)
    assert (asked.queue("theirs").waiting, asked.queue("theirs").recorded) == (0, False)
