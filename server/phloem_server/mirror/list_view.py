"""The view of a query: the newest tasks that fit, and how many there are in each state."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from phloem.model.state import State
from phloem.model.task import Task
from phloem.model.times import known_since, state_since
from phloem_server.mirror.index import FIRST, LAST, TaskIndex
from phloem_server.mirror.moments import positions
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.search_text import Texts, search_texts
from phloem_server.mirror.view import Marked, News

Change = tuple[Task | None, Task | None]
"""A task before and after a change: None before it was added, None after it was removed."""

GONE_KEPT = 1000
"""Removed rows that a view remembers. A client that missed more is sent all rows, which is less."""

SLICE = 500
"""Tasks examined at a time: about 0.2 ms, or 0.5 ms where their search text has to be built first."""

CROSSINGS = 500
"""Tasks that reach an age of the query, examined at a time, and with them all that reach it at the same moment."""


class ListView(Marked):
    """The newest tasks that fit a query, at most its limit of them.

    It searches from the newest task on, a slice at a time: `fill` examines one more. Tasks that the search has passed
    are kept up to date by `note`; those ahead of it are examined as they are then. So a task that changes meanwhile is
    neither missed nor counted twice. The search for rows has got down to `_reach`; counting has got down to
    `_counted`. When a row leaves, the search continues at `_reach`. The view is `awaited` until its first answer.
    """

    leaps = True

    def __init__(self, query: Query, index: TaskIndex, offset: int, now: float = 0.0) -> None:
        self.key = query.key
        self.is_limited = query.scope is not None
        self.owner = None if query.scope is None else query.scope.owner
        self.query = query
        self._takes_all = query.takes_all
        self.awaited = True
        self.finds = 0  # times that the search, or time, produced something to send
        self._now = now
        self.rebuild(index, offset)

    def rebuild(self, index: TaskIndex, offset: int) -> None:
        self.floor = self.flushed = offset
        self.dirty = False
        self._index = index
        self._late: dict[int, None] = {}
        self._gone: dict[str, int] = {}
        self._learnt: dict[str, int] = {}
        self._given: set[str] = set()  # rows that clients at `flushed` may hold
        self._order: list[tuple[int, str]] = []
        self.positions = positions(limited=self.is_limited)
        self._top = self._place(self.query.before)
        self._reach = self._top
        totals = index.totals_of(self.query)
        self._shares_totals = totals is index.totals
        self._totals = Counter[State]() if totals is None else totals
        self._counted = LAST if totals is None else FIRST

    @property
    def searching(self) -> bool:
        """Whether rows or counts of older tasks are still to come."""
        return self._seeks or self._counted > FIRST

    @property
    def next(self) -> int | None:
        """The `before` of the query that shows the rows that follow; None where there are none."""
        if len(self._order) < self.query.limit or self._reach == FIRST:
            return None
        known = self._counted == FIRST and self.query.before is None
        if known and sum(self._totals[state] for state in self.query.states) == len(self._order):
            return None
        place, _ = self._order[0]
        return self._index.arrivals.of(place) if self.is_limited else place

    def note(self, changes: Sequence[Change], offset: int, texts: Texts = search_texts) -> bool:
        """Takes in changes; `texts` gives the search texts of their tasks. Whether a row or count changed."""
        fitted = self._those_that_fit([old for old, _ in changes if old is not None], texts)
        fit = self._those_that_fit([new for _, new in changes if new is not None], texts)
        concerned = False
        for old, new in changes:
            before = old if id(old) in fitted else None
            after = new if id(new) in fit else None
            if before is not None or after is not None:
                concerned |= self._change(before, after, offset)
        return concerned

    def settle(self, offset: int) -> bool:
        """Fills the places of rows that left with the change at `offset` from one slice of older tasks.

        Whether any was found.
        """
        return self._seeks and not self.awaited and self._seek(offset)

    def fill(self, offset: int) -> bool:
        """Examines one more slice of tasks. Whether there is something to send."""
        if self._seeks:
            found = self._seek(offset)
        elif self._counted > FIRST:
            found = self._add_up()
        else:
            return False
        return self._told_late(offset, found or not self.searching)

    def pass_time(self, now: float, offset: int) -> bool:
        """Takes in that it is `now`, or as late as one slice allows. Whether there is something to send."""
        if not self.query.passes or now <= self._now:
            return False
        crossed: dict[str, Task] = {}
        for clock, ages in ((known_since, self.query.known_ages), (state_since, self.query.state_ages)):
            for age in ages:
                last = -math.inf
                for number, (at, task) in enumerate(self._index.dated(clock, self._now - age, now - age)):
                    if number >= CROSSINGS and at > last:
                        now = last + age
                        break
                    last = at
                    crossed[task.id] = task
        # The newest first: of many that are rows from then on, none has to leave for the next.
        tasks = sorted(crossed.values(), key=attrgetter("first_offset"), reverse=True)
        fitted = self._those_that_fit(tasks, self._index.texts)
        self._now = now
        fit = self._those_that_fit(tasks, self._index.texts)
        found = False
        for task in tasks:
            before, after = id(task) in fitted, id(task) in fit
            if before is not after:
                found |= self._change(task if before else None, task if after else None, offset)
        return self._told_late(offset, found)

    def resumes(self, since: int) -> bool:
        # A client that left at an offset at which older rows were found later has not seen these.
        return since >= self.floor and since not in self._late

    def news(self, since: int | None) -> News:
        rows = (task_id for _, task_id in reversed(self._order) if since is None or self._learnt[task_id] > since)
        found = (self._index.get(task_id) for task_id in rows)
        drop: list[str] = []
        if since is not None and since < self.floor:
            drop = sorted(self._given - self._learnt.keys())
        elif since is not None:
            for gone, at in reversed(self._gone.items()):  # in order of their offsets
                if at <= since:
                    break
                drop.append(gone)
        scope = self.query.scope
        if scope is not None:
            found = (task and self._index.seen(task, scope) for task in found)
        return News(put=tuple(task for task in found if task is not None), drop=tuple(reversed(drop)))

    def given(self, *, to_all: bool) -> None:
        if to_all:
            self._given.clear()
        self._given.update(self._learnt)

    def totals(self) -> dict[str, int]:
        return {state: self._totals[state] for state in State}

    @property
    def _seeks(self) -> bool:
        """Whether there is room for rows, and there may be some left to find."""
        return self._reach > FIRST and len(self._order) < self.query.limit

    def _place(self, before: int | None) -> int:
        """The place before which rows are to be, from the `before` of a client."""
        if before is None:
            return LAST
        scope = self.query.scope
        return before if scope is None else self._index.place(before, scope)

    def _change(self, old: Task | None, new: Task | None, offset: int) -> bool:
        """Takes in a task that fitted as `old` and fits as `new`, at the same place. Whether a row or count changed."""
        task = new or old
        if task is None:
            return False
        place = task.first_offset
        counted = place >= self._counted and self._count(old, new)
        if not self._reach <= place < self._top:
            return counted
        if new is not None and new.state in self.query.states:
            if task.id in self._learnt:
                self._learnt[task.id] = offset
                return True
            return self._enter(task, offset) or counted
        if task.id in self._learnt:
            del self._order[bisect_left(self._order, (place, task.id))]
            self._depart(task.id, offset)
            return True
        return counted

    def _count(self, old: Task | None, new: Task | None) -> bool:
        """Keeps the totals, unless they are those of the index. Whether they changed."""
        before, after = None if old is None else old.state, None if new is None else new.state
        if before is after:
            return False
        if not self._shares_totals:
            if before is not None:
                self._totals[before] -= 1
            if after is not None:
                self._totals[after] += 1
        return True

    def _enter(self, task: Task, offset: int) -> bool:
        """Adds a row, and removes the oldest where there are too many. Whether the row is shown."""
        insort(self._order, (task.first_offset, task.id))
        self._learnt[task.id] = offset
        if len(self._order) > self.query.limit:
            _, oldest = self._order.pop(0)
            self._reach, _ = self._order[0]
            if oldest == task.id:  # where it was a row before, it stays among those that left
                del self._learnt[oldest]
                return False
            self._depart(oldest, offset)
        self._gone.pop(task.id, None)
        return True

    def _depart(self, task_id: str, offset: int) -> None:
        del self._learnt[task_id]
        self._gone[task_id] = offset
        if len(self._gone) > GONE_KEPT:
            oldest = next(iter(self._gone))
            self.floor = max(self.floor, self._gone.pop(oldest))

    def _seek(self, offset: int) -> bool:
        """Searches one slice of older tasks for rows, and counts it where that is due. Whether any task fits."""
        room, states = self.query.limit - len(self._order), self.query.states
        counts = self._counted == self._reach and len(states) == len(State)
        tasks = self._index.candidates(self.query, self._reach, SLICE, of_states=not counts)
        end = tasks[-1].first_offset if len(tasks) == SLICE else FIRST
        found = self._sift(tasks)
        if counts:
            self._totals.update([task.state for task in found])
            self._counted = end
        found = [task for task in found if task.state in states][:room]
        for task in found:
            self._learnt[task.id] = offset
            self._gone.pop(task.id, None)
        self._order[:0] = [(task.first_offset, task.id) for task in reversed(found)]
        self._reach = self._order[0][0] if len(found) == room else end
        return bool(found)

    def _add_up(self) -> bool:
        """Counts one slice of older tasks. Whether any fits."""
        tasks = self._index.candidates(self.query, self._counted, SLICE, of_states=False)
        found = self._sift(tasks)
        self._totals.update([task.state for task in found])
        self._counted = tasks[-1].first_offset if len(tasks) == SLICE else FIRST
        return bool(found)

    def _sift(self, tasks: list[Task]) -> list[Task]:
        return tasks if self._takes_all else self.query.sift(tasks, self._now, self._index.texts)

    def _those_that_fit(self, tasks: list[Task], texts: Texts) -> set[int]:
        """The object ids of the tasks that fit: one task may be given as it was and as it is."""
        found = tasks if self._takes_all else self.query.sift(tasks, self._now, texts)
        return set(map(id, found))

    def _told_late(self, offset: int, found: bool) -> bool:
        """Marks what was found without a change of the record as unsent for clients that were sent all changes."""
        if found and not self.awaited:
            self.flushed = max(0, min(self.flushed, offset - 1))
            self.dirty = True
            self.finds += 1
            self._late[offset] = None
            if len(self._late) > GONE_KEPT:
                oldest = next(iter(self._late))
                self.floor = max(self.floor, oldest + 1)
                del self._late[oldest]
        return found
