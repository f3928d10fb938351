"""The record in memory, and the views of it that clients watch. Knows neither Redis nor clients."""

from __future__ import annotations

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
from phloem_server.mirror.moments import micros
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.search_text import SearchTexts
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.statistics.flow import Flow
from phloem_server.mirror.statistics.last_hour import LastHour
from phloem_server.mirror.statistics.lost import Lost
from phloem_server.mirror.statistics.releases import Releases
from phloem_server.mirror.statistics.statistic import Statistic
from phloem_server.mirror.statistics.workload import Workload
from phloem_server.mirror.task_view import TaskView, key_of
from phloem_server.mirror.view import View

SEARCH_TURN_SECONDS = 0.0015
"""Seconds for which views search for older tasks before other threads and greenlets have a turn."""

STATISTICS: tuple[Callable[[], Statistic], ...] = (Workload, Flow, Lost, LastHour, Releases)
"""What is kept of all tasks beside the index itself; each is made anew with the index."""

K = TypeVar("K")
V = TypeVar("V", bound=View)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks, newest first; `next` is the `before` of the page that follows, None at the end."""

    epoch: str
    offset: int
    tasks: tuple[Task, ...]
    totals: dict[str, int]
    next: int | None = None


class Mirror:
    """The tasks as of `position`, and the views of them. Its methods may be called from any thread.

    `lock` guards all of it. `unfilled` is set while a view has tasks left to examine, which `tend` does.
    """

    def __init__(self, statistics: Sequence[Callable[[], Statistic]] = STATISTICS) -> None:
        self._statistics = statistics
        self.lock = threading.RLock()
        self.unfilled = threading.Event()
        self.position = Position()
        self.index = self.empty_index()
        self.replaced = 0  # how many times the record started over
        self._views: dict[str, View] = {}
        self._of_owner: dict[str | None, list[ListView]] = {}  # by the owner that its clients are limited to
        self._of_task: dict[str, list[TaskView]] = {}  # one for each scope of its clients
        self._passing: list[ListView] = []

    def empty_index(self) -> TaskIndex:
        """An index of no tasks, with its statistics, for a record that is read from its beginning."""
        return TaskIndex(make() for make in self._statistics)

    def open(self, query: Query | str, scope: Scope | None = None) -> View:
        """The view of a query, or of the task with an id for clients with a scope: an existing one where there is one.

        It may be incomplete: `fill` completes the view of a query, the follower that of a task.
        """
        with self.lock:
            if isinstance(query, Query):
                return self._views.get(query.key) or self._add(self._window(query))
            known = self._views.get(key_of(query, scope))
            return known or self._add(TaskView(query, self.index, self.position.offset, scope))

    def close(self, key: str) -> None:
        """Drops a view that no client watches any more."""
        with self.lock:
            view = self._views.pop(key, None)
            if isinstance(view, TaskView):
                _leave(self._of_task, view.task_id, view)
            elif isinstance(view, ListView):
                _leave(self._of_owner, view.owner, view)

    def opened(self) -> list[View]:
        """All views that are open."""
        with self.lock:
            return list(self._views.values())

    def fill(self, view: ListView, seconds: float = math.inf) -> None:
        """Searches for `seconds` at most; other threads and greenlets have turns meanwhile."""
        until = time.monotonic() + seconds
        while True:
            with self.lock:
                now = time.monotonic()
                turn = now + SEARCH_TURN_SECONDS
                while view.searching and now <= turn:
                    view.fill(self.position.offset)
                    now = time.monotonic()
            if not view.searching or now >= until:
                return
            time.sleep(0)

    def tend(self) -> bool:
        """Gives a turn to each view that has tasks left to examine or that depends on the age of tasks.

        Whether one of them has something to send.
        """
        searching = concerned = False
        for view in self.opened():
            if not isinstance(view, ListView):
                continue
            before = view.finds
            if view.query.passes:
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
        """One page of the tasks that fit `query`."""
        # One row more than was asked for tells whether another page follows.
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
                    epoch=view.positions.epoch(self.position.epoch),
                    offset=view.positions.tell(self.position.offset, view.changes, time.time()),
                    tasks=tasks[: query.limit],
                    totals=view.totals(),
                    next=tasks[query.limit - 1].first_offset if len(tasks) > query.limit else None,
                )
        finally:
            with self.lock:
                self._passing.remove(view)

    def view(self, key: str) -> View | None:
        """The view of a key; None where it is not open."""
        with self.lock:
            return self._views.get(key)

    def totals(self) -> dict[str, int]:
        """How many tasks there are in each state."""
        with self.lock:
            return {state: self.index.totals[state] for state in State}

    def replace(self, index: TaskIndex, position: Position) -> None:
        """Puts the index of another epoch in place of this one; all views start over."""
        with self.lock:
            self.index, self.position = index, position
            self.replaced += 1
            for view in (*self._views.values(), *self._passing):
                view.rebuild(index, position.offset)
            self.unfilled.set()

    def apply(self, changes: Changes, *, heard: bool) -> bool:
        """Takes in changes, `heard` as they were published or read as a page. Whether a view has something to send."""
        concerned = False
        with self.lock:
            changed = self._put(changes)
            texts = SearchTexts()  # shared by all views that search
            for old, new in changed:
                concerned |= self._note(old, new, changes.to)
            for task in changes.tasks:
                for view in self._of_task.get(task.id, ()):
                    if view.may_show:
                        view.hear(changes.logs.get(task.id, ()), changes.to)
                        view.wants = view.wants or not heard  # pages contain no log entries
                        view.dirty = concerned = True
            for task_id in changes.drop:  # also those that are not in the index
                for view in self._of_task.get(task_id, ()):
                    if self.index.get(task_id) is None and view.lose(changes.to):
                        view.dirty = concerned = True
            self.position = Position(epoch=changes.epoch, offset=changes.to)
            # A change costs the same however many owners look on: it concerns the views of its own alone.
            owners = {None, *(task.owner for change in changed for task in change if task is not None)}
            for each in (view for owner in owners for view in self._of_owner.get(owner, ())):
                if each.note(changed, changes.to, texts) | each.settle(changes.to):
                    each.dirty = concerned = True
                if each.searching:
                    self.unfilled.set()
            for passing in self._passing:
                passing.note(changed, changes.to, texts)
        return concerned

    def doubt(self) -> None:
        """Has the views of single tasks read again: log entries may have been published that no page contained."""
        with self.lock:
            for view in self._views.values():
                if isinstance(view, TaskView):
                    view.wants = True

    def _window(self, query: Query) -> ListView:
        return ListView(query, self.index, self.position.offset, time.time())

    def _add(self, view: V) -> V:
        self._views[view.key] = view
        if isinstance(view, TaskView):
            self._of_task.setdefault(view.task_id, []).append(view)
        elif isinstance(view, ListView):
            self._of_owner.setdefault(view.owner, []).append(view)
        return view

    def _put(self, changes: Changes) -> list[Change]:
        """Puts changes into the index and returns them. A task that was removed and added again is two changes."""
        changed: list[Change] = []
        moment = 0 if changes.at is None else micros(changes.at)
        # Removals first: a task that was removed and added again within these changes is among the tasks.
        for task_id in changes.drop:
            old = self.index.get(task_id)
            if old is not None:
                self.index.drop(task_id)
                changed.append((old, None))
        for task in changes.tasks:
            old = self.index.get(task.id)
            if old is None or task.offset > old.offset:
                # A record has one task at each place, but a message can be forged.
                other = self.index.at(task.first_offset)
                if other is not None and other.id != task.id:
                    self.index.drop(other.id)
                    changed.append((other, None))
                self.index.put(task, moment)
                if old is not None and old.first_offset != task.first_offset:
                    changed += ((old, None), (None, task))
                else:
                    changed.append((old, task))
        return changed

    def _note(self, old: Task | None, new: Task | None, offset: int) -> bool:
        task = new or old
        noted = False
        for view in () if task is None else self._of_task.get(task.id, ()):
            if view.note(old, new, offset):
                view.dirty = noted = True
        return noted


def _leave(views: dict[K, list[V]], key: K, view: V) -> None:
    """Takes a view out of those under a key."""
    views[key].remove(view)
    if not views[key]:
        del views[key]
