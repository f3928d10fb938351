"""What the record in memory has beside the contract: faults of a Redis, for tests."""

from __future__ import annotations

import msgspec

from phloem.model.changes import Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.testing import MemoryChannel


def started(task_id: str, seq: int) -> Event:
    return Event(id=task_id, at=1.0, source="p", seq=seq, run="r1", state=State.STARTED, lease="w1")


def test_after_a_crash_some_tasks_are_gone_some_are_older_and_the_epoch_is_another() -> None:
    channel = MemoryChannel()
    channel.record([started("gone", 1), started("older", 2), started("kept", 3)])
    older = channel.task("older")
    assert older is not None
    epoch = channel.epoch
    channel.crash("gone", "never known", older=[msgspec.structs.replace(older, state=State.PENDING)], epoch="next")
    assert (channel.epoch, epoch == "next") == ("next", False)
    [page] = channel.changed(Position(epoch=epoch, offset=channel.offset))
    assert page.reset
    assert {task.id: task.state for task in page.tasks} == {"older": State.PENDING, "kept": State.STARTED}


def test_a_task_that_changes_comes_last_among_the_changes() -> None:
    channel = MemoryChannel()
    channel.record([started("a", 1), started("b", 2), started("c", 3)])
    before = Position(epoch=channel.epoch, offset=2)
    channel.record([msgspec.structs.replace(started("a", 4), state=State.SUCCESS)])
    [page] = channel.changed(before)
    assert [task.id for task in page.tasks] == ["c", "a"]


def test_the_lease_that_answers_for_a_task_can_be_asked_for() -> None:
    channel = MemoryChannel()
    channel.record([started("t1", 1)])
    assert (channel.lease("t1"), channel.lease("t2")) == ("w1", None)
