"""The board of the last hour: all of it once, and then what is new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.testing import MemoryChannel
from phloem_server.boards.activity import PART_SECONDS, REPEAT_SECONDS, ActivityBoard, Picture
from phloem_server.live.board_hub import OVERLAP
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.freshness.liveness import Status
from phloem_server.mirror.mirror import Mirror
from phloem_server.mirror.statistics.last_hour import LastHour
from phloem_server.mirror.statistics.releases import Release, Releases
from phloem_server.mirror.statistics.statistic import Statistic
from phloem_server.mirror.statistics.workload import Workload

START = 1_700_000_040.0


class Setup:
    def __init__(self) -> None:
        self.now = START
        counted: list[Callable[[], Statistic]] = [
            lambda: LastHour(lambda: self.now),
            lambda: Releases(lambda: self.now),
        ]
        self.follower = Follower(MemoryChannel(), Mirror([Workload, *counted]))
        self.follower.liveness.found()
        self.board = ActivityBoard(self.follower, lambda: self.now, lambda: self.now)
        self._offset = 0

    def part(self, *, known: bool) -> Picture:
        part = self.board.part(known=known)
        assert part is not None
        return part

    def task(self, task_id: str, state: State = State.SUCCESS, name: str = "job", **facts: Any) -> None:
        self._offset += 1
        facts = {"finished_at": self.now, "started_at": self.now - 2, "created_at": self.now - 4, **facts}
        task = Task(id=task_id, state=state, offset=self._offset, first_offset=self._offset, name=name, **facts)
        self.follower.mirror.apply(
            Changes(epoch="e", from_=self._offset - 1, to=self._offset, tasks=(task,)), heard=True
        )


@pytest.fixture
def setup() -> Setup:
    return Setup()


def test_the_whole_hour_is_there_at_once(setup: Setup) -> None:
    setup.task("t1", finished_at=START - 1800)
    setup.task("t2", State.FAILURE)
    picture = setup.board.picture()
    assert [(moment.ok, moment.failed) for moment in picture.moments if moment.ok or moment.failed] == [(1, 0), (0, 1)]
    assert [(job.name, job.count, job.failed) for job in picture.jobs] == [("job", 2, 1)]
    assert (picture.seconds, picture.known, picture.stale_since, picture.trouble) == (10, True, None, None)


def test_a_part_tells_what_changed_since_all_was_told_and_for_some_time_again(setup: Setup) -> None:
    setup.task("t1", finished_at=START - 1800, name="before")
    assert setup.part(known=True).moments == ()
    setup.now += PART_SECONDS
    setup.task("t2")
    part = setup.part(known=False)
    assert [(moment.at, moment.ok) for moment in part.moments if moment.ok] == [(START, 1)]
    assert [job.name for job in part.jobs] == ["job"]
    setup.now += OVERLAP
    assert [job.name for job in setup.part(known=False).jobs] == ["job"]
    setup.now += REPEAT_SECONDS
    assert setup.part(known=False).jobs == ()


def test_a_part_is_made_once_a_second(setup: Setup) -> None:
    first = setup.part(known=False)
    setup.task("t1")
    setup.now += PART_SECONDS / 2
    assert setup.part(known=False) is first
    setup.now += PART_SECONDS / 2
    assert setup.part(known=False).moments[-1].ok == 1


def test_the_hour_of_another_record_is_told_whole_so_that_nothing_of_the_one_before_stays(setup: Setup) -> None:
    setup.task("t1")
    setup.part(known=True)
    setup.follower.mirror.replace(setup.follower.mirror.empty_index(), Position(epoch="another"))
    setup.now += PART_SECONDS
    assert setup.board.part(known=False) is None
    assert setup.board.picture().jobs == ()
    setup.now += PART_SECONDS
    assert setup.part(known=False).jobs == ()


def test_while_redis_is_away_time_stands_still_and_the_board_says_since_when(setup: Setup) -> None:
    setup.task("t1", State.STARTED, finished_at=None)
    before = setup.board.picture()
    setup.follower.liveness.status = Status(live=False, since=setup.now)
    setup.now += 600
    after = setup.board.picture()
    assert (after.moments, after.stale_since, after.trouble) == (before.moments, START, "Redis does not answer.")


def test_before_the_record_was_read_nothing_is_known() -> None:
    picture = ActivityBoard(Follower(MemoryChannel())).picture()
    assert (picture.known, picture.stale_since) == (False, None)


def test_each_picture_has_the_releases_that_began_in_the_hour(setup: Setup) -> None:
    setup.task("t1", started_at=START - 900, release="1.0")
    setup.task("t2", started_at=START - 600, release="1.1")
    marks = (Release(name="1.1", at=START - 600),)
    assert setup.board.picture().releases == marks
    assert setup.part(known=True).releases == marks


def test_what_waits_in_each_queue_is_told_whole_once_and_then_where_it_changed(setup: Setup) -> None:
    facts: dict[str, Any] = {"started_at": None, "finished_at": None}
    for minute in (20, 10):
        setup.task(f"{minute}", State.PENDING, queue="media", created_at=START - 60 * minute, **facts)
    whole = setup.board.picture().waiting_by_queue
    assert (whole.queues, whole.others) == (("media",), False)
    assert whole.levels[0] == (int(START) - 1200, 1)  # those of before, without any, are left out
    assert whole.levels[-1] == (int(START), 2)
    assert setup.part(known=True).waiting_by_queue.levels == ()
    setup.now += PART_SECONDS
    setup.task("now", State.PENDING, queue="media", created_at=START, **facts)
    assert setup.part(known=False).waiting_by_queue.levels == ((int(START), 3),)
    setup.task("10", queue="media", started_at=START - 60)
    setup.now += PART_SECONDS
    assert {row[1] for row in setup.part(known=False).waiting_by_queue.levels} == {1, 2}


def test_when_other_queues_are_told_the_hour_is_told_whole(setup: Setup) -> None:
    setup.part(known=True)
    setup.task("t1", State.PENDING, queue="media", created_at=START - 60, started_at=None, finished_at=None)
    setup.now += PART_SECONDS
    assert setup.board.part(known=False) is None
    assert setup.board.picture().waiting_by_queue.queues == ("media",)
    setup.now += PART_SECONDS
    assert setup.part(known=False).waiting_by_queue.levels == ()
