"""The record in memory and the views of it that somebody looks at. Knows no Redis and no viewers."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.list_view import Change, ListView
from phloem_server.mirror.query import Query
from phloem_server.mirror.search_text import SearchTexts
from phloem_server.mirror.statistics.last_hour import LastHour
from phloem_server.mirror.statistics.statistic import Statistic
from phloem_server.mirror.statistics.workload import Workload
from phloem_server.mirror.task_view import TaskView, View

TURN = 0.0015
"""Seconds for which views look for older tasks before everybody else has a turn."""

STATISTICS: tuple[Callable[[], Statistic], ...] = (Workload, LastHour)
"""What is kept of all tasks beside the index itself; each is made anew with the index."""

V = TypeVar("V", bound=View)

logger = logging.getLogger("phloem.relay")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks, newest first; `next` is what to ask for as `before` to read on."""

    epoch: str
    offset: int
    tasks: tuple[Task, ...]
    totals: dict[str, int]
    next: int | None = None


class Mirror:
    """The tasks as of `position`, and the views of them. Its methods may be called from any thread.

    `lock` guards all of it; `unfilled` is set while a view has something left to find, which `tend` does.
    """

    def __init__(self, statistics: Sequence[Callable[[], Statistic]] = STATISTICS) -> None:
        self._statistics = statistics
        self.lock = threading.RLock()
        self.unfilled = threading.Event()
        self.position = Position()
        self.index = self.empty_index()
        self.replaced = 0  # times that another record took the place of the one before
        self._views: dict[str, View] = {}
        self._passing: list[ListView] = []

    def empty_index(self) -> TaskIndex:
        """An index of no tasks, with its statistics, for a record that is read from its beginning."""
        return TaskIndex(make() for make in self._statistics)

    def open(self, query: Query | str) -> View:
        """The view of a query, or of the task with an id: made now, or shared with who asked the same.

        It may not hold everything yet: a list is filled by `fill`, the view of a task is told by who reads Redis.
        """
        with self.lock:
            if isinstance(query, Query):
                return self._views.get(query.key) or self._add(self._window(query))
            return self._views.get(f"task:{query}") or self._add(TaskView(query, self.index, self.position.offset))

    def close(self, key: str) -> None:
        """Forgets a view that nobody looks at any more."""
        with self.lock:
            self._views.pop(key, None)

    def opened(self) -> list[View]:
        """All views."""
        with self.lock:
            return list(self._views.values())

    def fill(self, view: ListView, seconds: float = math.inf) -> None:
        """Fills a view for so long at most. Everybody else has turns meanwhile."""
        until = time.monotonic() + seconds
        while True:
            with self.lock:
                now = time.monotonic()
                turn = now + TURN
                while view.searching and now <= turn:
                    view.fill(self.position.offset)
                    now = time.monotonic()
            if not view.searching or now >= until:
                return
            time.sleep(0)

    def tend(self) -> bool:
        """Gives each view a turn that has something left to find or that is about the age of tasks.

        Whether one found something to say.
        """
        searching = concerned = False
        for view in self.opened():
            if not isinstance(view, ListView):
                continue
            before = view.finds
            if view.query.ages:
                with self.lock:
                    view.pass_time(time.time(), self.position.offset)
            if view.searching and not view.awaited:
                self.fill(view, 0)
                searching |= view.searching
                time.sleep(0)
            concerned |= view.finds > before
        if searching:
            self.unfilled.set()
        return concerned

    def page(self, query: Query) -> Page:
        """One page of what fits `query`."""
        # One more row than is asked for tells whether there are more.
        asked = msgspec.structs.replace(query, limit=query.limit + 1)
        with self.lock:
            view = self._window(asked)
            self._passing.append(view)
        try:
            self.fill(view)
            with self.lock:
                while view.searching:  # a row left since
                    view.fill(self.position.offset)
                tasks = view.news(None).put
                return Page(
                    epoch=self.position.epoch,
                    offset=self.position.offset,
                    tasks=tasks[: query.limit],
                    totals=view.totals(),
                    next=tasks[query.limit - 1].first_offset if len(tasks) > query.limit else None,
                )
        finally:
            with self.lock:
                self._passing.remove(view)

    def totals(self) -> dict[str, int]:
        """How many tasks of each state are index."""
        with self.lock:
            return {state: self.index.totals[state] for state in State}

    def replace(self, index: TaskIndex, position: Position) -> None:
        """Shows another record from now on."""
        with self.lock:
            self.index, self.position = index, position
            self.replaced += 1
            for view in (*self._views.values(), *self._passing):
                view.rebuild(index, position.offset)
            self.unfilled.set()

    def apply(self, changes: Changes, *, heard: bool) -> bool:
        """Takes in what changed, `heard` as it happened or read as a page. Whether a view has something to say."""
        concerned = False
        with self.lock:
            changed = self._retain(changes)
            texts = SearchTexts()  # for all views that search
            for old, new in changed:
                concerned |= self._note(old, new, changes.to)
            for task in changes.tasks:
                view = self._views.get(f"task:{task.id}")
                if isinstance(view, TaskView):
                    view.hear(changes.logs.get(task.id, ()), changes.to)
                    view.wants = view.wants or not heard  # pages do not tell what a task said meanwhile
                    view.dirty = concerned = True
            for task_id in changes.drop:  # of one that came and went before it was heard of, too
                view = self._views.get(f"task:{task_id}")
                if isinstance(view, TaskView) and self.index.get(task_id) is None and view.lose(changes.to):
                    view.dirty = concerned = True
            self.position = Position(epoch=changes.epoch, offset=changes.to)
            for view in self._views.values():
                if isinstance(view, ListView):
                    if view.note(changed, changes.to, texts) | view.settle(changes.to):
                        view.dirty = concerned = True
                    if view.searching:
                        self.unfilled.set()
            for passing in self._passing:
                passing.note(changed, changes.to, texts)
        return concerned

    def doubt(self) -> None:
        """Some of what tasks said may have come in no page: who looks at one reads it once more."""
        with self.lock:
            for view in self._views.values():
                if isinstance(view, TaskView):
                    view.wants = True

    def _window(self, query: Query) -> ListView:
        return ListView(query, self.index, self.position.offset, time.time())

    def _add(self, view: V) -> V:
        self._views[view.key] = view
        return view

    def _retain(self, changes: Changes) -> list[Change]:
        """Holds what changed, and gives what that was. A task that was made again went, and came."""
        changed: list[Change] = []
        # Removed first: a task that was removed and made again within this stretch is among the tasks.
        for task_id in changes.drop:
            old = self.index.get(task_id)
            if old is not None:
                self.index.drop(task_id)
                changed.append((old, None))
        for task in changes.tasks:
            old = self.index.get(task.id)
            if old is None or task.offset > old.offset:
                # A record has one task at a place; a message can be forged.
                other = self.index.at(task.first_offset)
                if other is not None and other.id != task.id:
                    self.index.drop(other.id)
                    changed.append((other, None))
                self.index.put(task)
                if old is not None and old.first_offset != task.first_offset:
                    changed += ((old, None), (None, task))
                else:
                    changed.append((old, task))
        return changed

    def _note(self, old: Task | None, new: Task | None, offset: int) -> bool:
        task = new or old
        view = None if task is None else self._views.get(f"task:{task.id}")
        if not isinstance(view, TaskView) or not view.note(old, new, offset):
            return False
        view.dirty = True
        return True
