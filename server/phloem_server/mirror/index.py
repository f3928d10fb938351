"""The tasks of the record in memory, with indexes for lists, filters and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter, itemgetter
from typing import TypeVar

from phloem.model.state import State
from phloem.model.task import Task
from phloem.model.times import known_since, state_since
from phloem_server.mirror.dates import Dates
from phloem_server.mirror.moments import Arrivals, micros
from phloem_server.mirror.offsets import Offsets
from phloem_server.mirror.query.fields import GROUPS, LINKS
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.search_text import search_texts
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.statistics.statistic import Statistic

FIRST = 0
"""Below all offsets."""

LAST = 2**63 - 1
"""Above all offsets."""

S = TypeVar("S", bound=Statistic)

_MERGED_LIMIT = 10
"""Most lists of offsets that are merged; with more of them it is quicker to examine every task."""

_PAGE = 1000

Clock = Callable[[Task], float | None]
"""A time that a task has, in Unix seconds."""

CLOCKS: tuple[Clock, ...] = (known_since, state_since)
"""The times by which tasks can be found."""

_TIMES = ("created_at", "received_at", "retried_at", "eta", "started_at", "finished_at")
_indexed = attrgetter("state", "retries", *GROUPS, *LINKS, *_TIMES)


class Group:
    """The tasks that have one value in common: their places, and how many there are in each state."""

    __slots__ = ("order", "totals")

    def __init__(self) -> None:
        self.order = Offsets()
        self.totals: Counter[State] = Counter()


class TaskIndex:
    """Tasks by id, by place (`first_offset`, the order in which they became known), and by what queries ask for.

    A change costs the same however many tasks there are: each index and each registered statistic is updated by the
    change alone. The caller holds the mirror's lock.
    """

    def __init__(self, statistics: Iterable[Statistic] = ()) -> None:
        self.totals: Counter[State] = Counter()
        self._tasks: dict[str, Task] = {}
        self._places: dict[int, Task] = {}
        self._all = Offsets()
        self.arrivals = Arrivals(self._before, self._places.get)
        self._moments: dict[str, int] = {}
        self._states: dict[State, Offsets] = {state: Offsets() for state in State}
        self._groups: dict[str, dict[str | None, Group]] = {name: {} for name in GROUPS}
        self._links: dict[str, dict[str, Offsets]] = {name: {} for name in LINKS}
        self._dates = {clock: Dates() for clock in CLOCKS}
        self._texts: dict[str, str] = {}
        self._statistics = {type(each): each for each in statistics}

    def __len__(self) -> int:
        return len(self._tasks)

    def get(self, task_id: str) -> Task | None:
        """The task without its long fields; None if the record does not hold it."""
        return self._tasks.get(task_id)

    def at(self, place: int) -> Task | None:
        """The task with this `first_offset`."""
        return self._places.get(place)

    def put(self, task: Task, moment: int = 0) -> None:
        """Adds a task, in place of an earlier state of it, as it was at a moment."""
        old = self._tasks.get(task.id)
        if old is not None and old.first_offset == task.first_offset:
            self.arrivals.add(old, task)
            self._moments[task.id] = max(moment, self._moments[task.id] + 1)
            self._tasks[task.id] = self._places[task.first_offset] = task
            self._texts.pop(task.id, None)
            if _indexed(old) != _indexed(task):
                self._move(old, task)
            self._tell_statistics(old, task)
            return
        if old is not None:
            moment = max(moment, self._moments[task.id] + 1)
            self.drop(task.id)  # removed and added again: it has another place
        self.arrivals.add(None, task)
        self._moments[task.id] = moment
        self._tasks[task.id] = self._places[task.first_offset] = task
        self._all.add(task.first_offset)
        self._move(None, task)
        self._tell_statistics(None, task)

    def drop(self, task_id: str) -> None:
        """Removes a task, if it is there."""
        task = self._tasks.pop(task_id, None)
        if task is not None:
            self._texts.pop(task_id, None)
            self._places.pop(task.first_offset, None)
            self._all.discard(task.first_offset)
            self.arrivals.discard(task.first_offset)
            del self._moments[task_id]
            self._move(task, None)
            self._tell_statistics(task, None)

    def seen(self, task: Task, scope: Scope) -> Task:
        """A task that is within a scope, as somebody sees it who is limited to that: moments stand for its offsets."""
        known = self._places.get(task.first_offset)
        if known is not None and known.id == task.id:
            first = self.arrivals.of(task.first_offset)
        else:  # it was read before it was heard of
            first = 0 if task.known_at is None else micros(task.known_at)
        latest = max(first, self._moments.get(task.id, 0))
        return scope.shown(task, self.get, offset=latest, first_offset=first)

    def place(self, moment: int, scope: Scope) -> int:
        """The place before which the tasks within a scope are that became known before a moment."""
        orders = [self._all]
        if scope.owner is not None:
            orders = [self._groups["owner"][scope.owner].order] if scope.owner in self._groups["owner"] else []
        elif scope.root is not None:
            orders = self._linked("root_id", scope.root, always=True)
        places = [order.first(moment, self.arrivals.of) for order in orders]
        return min((place for place in places if place is not None), default=LAST)

    def statistic(self, kind: type[S]) -> S:
        """The registered statistic of a class. KeyError if none of it was registered."""
        found = self._statistics[kind]
        assert isinstance(found, kind)
        return found

    def newest(self) -> Iterator[Task]:
        """All tasks, newest first. Tasks that are added or removed meanwhile may be missed."""
        places = self._all.before(LAST, _PAGE)
        while places:
            yield from self._at(places)
            places = self._all.before(places[-1], _PAGE)

    def texts(self, tasks: list[Task]) -> list[str]:
        """The search text of each task, built when it is first asked for."""
        known = self._texts
        unknown = [task for task in tasks if task.id not in known]
        known.update(zip([task.id for task in unknown], search_texts(unknown), strict=True))
        return [known[task.id] for task in tasks]

    def totals_of(self, query: Query) -> Counter[State] | None:
        """How many tasks of each state fit `query`, its choice of states aside; None where they have to be counted."""
        if query.takes_all:
            return self.totals
        if query.only_group is None:
            return None
        name, fits = query.only_group
        totals: Counter[State] = Counter()
        for value, group in self._groups[name].items():
            if fits[value]:
                totals.update(group.totals)
        return totals

    def totals_by(self, field: str) -> dict[str | None, Counter[State]]:
        """How many tasks of each state there are, by the value of a field of GROUPS."""
        return {value: group.totals for value, group in self._groups[field].items()}

    def candidates(self, query: Query, before: int, count: int, *, of_states: bool) -> list[Task]:
        """The newest `count` tasks before an offset, of the shortest list that contains all tasks that fit `query`.

        With `of_states`, tasks in other states than the query's may be left out.
        """
        choices = [[self._all]]
        if of_states and len(query.states) < len(State):
            choices.append([self._states[state] for state in query.states])
        for name, fits in query.groups.items():
            choices.append([group.order for value, group in self._groups[name].items() if fits[value]])
        for name, link in query.links.items():
            choices.append(self._linked(name, link))
        if query.scope is not None and query.scope.root is not None:
            choices.append(self._linked("root_id", query.scope.root, always=True))
        few = [orders for orders in choices if len(orders) <= _MERGED_LIMIT]
        orders = min(few, key=lambda orders: sum(map(len, orders)))
        places = [place for order in orders for place in order.before(before, count)]
        if len(orders) > 1:
            places.sort(reverse=True)
        return self._at(places[:count])

    def dated(self, clock: Clock, after: float, until: float) -> Iterator[tuple[float, Task]]:
        """Tasks with the time that a clock of CLOCKS has for them, those of (after, until], oldest first."""
        for places in self._dates[clock].around(after, until):
            tasks = [(clock(task) or 0.0, task) for task in self._at(places)]
            yield from sorted((each for each in tasks if after < each[0] <= until), key=itemgetter(0))

    def _tell_statistics(self, old: Task | None, new: Task | None) -> None:
        for statistic in self._statistics.values():
            statistic.note(old, new)

    def _before(self, task: Task) -> int | None:
        """The place of the task before this one, of the same owner."""
        return next(iter(self._groups["owner"][task.owner].order.before(task.first_offset, 1)), None)

    def _at(self, places: Iterable[int]) -> list[Task]:
        known = self._places
        return [known[place] for place in places]

    def _move(self, old: Task | None, new: Task | None) -> None:
        """Updates the indexes: removes `old` from them and adds `new`."""
        task = new or old
        assert task is not None
        place = task.first_offset
        if old is None or new is None or old.state is not new.state:
            _count(self.totals, old, new)
            if old is not None:
                self._states[old.state].discard(place)
            if new is not None:
                self._states[new.state].add(place)
        for name, groups in self._groups.items():
            self._regroup(groups, place, old, new, name)
        for name, links in self._links.items():
            before, after = _link(old, name), _link(new, name)
            if before != after:
                self._relink(links, place, before, after)
        for clock, dates in self._dates.items():
            dates.move(place, None if old is None else clock(old), None if new is None else clock(new))

    def _regroup(
        self, groups: dict[str | None, Group], place: int, old: Task | None, new: Task | None, name: str
    ) -> None:
        before: str | None = getattr(old, name, None)
        after: str | None = getattr(new, name, None)
        if old is not None and new is not None and before == after:
            if old.state is not new.state:
                _count(groups[before].totals, old, new)
            return
        if old is not None:
            group = groups[before]
            group.order.discard(place)
            _count(group.totals, old, None)
            if not group.order:
                del groups[before]
        if new is not None:
            group = groups.get(after) or groups.setdefault(after, Group())
            group.order.add(place)
            _count(group.totals, None, new)

    def _linked(self, name: str, value: str, *, always: bool = False) -> list[Offsets]:
        """The tasks that hold this id, and the task itself where it holds its own, as the root of others does, or
        `always`.
        """
        orders = [self._links[name][value]] if value in self._links[name] else []
        task = self._tasks.get(value)
        if task is not None and (always or getattr(task, name) == value):
            itself = Offsets()
            itself.add(task.first_offset)
            orders.append(itself)
        return orders

    def _relink(self, links: dict[str, Offsets], place: int, old: str | None, new: str | None) -> None:
        if old is not None:
            links[old].discard(place)
            if not links[old]:
                del links[old]
        if new is not None:
            links.setdefault(new, Offsets()).add(place)


def _link(task: Task | None, name: str) -> str | None:
    """The id of another task. Most tasks are their own root; indexing that would list every task once more."""
    link: str | None = None if task is None else getattr(task, name)
    return None if task is None or link == task.id else link


def _count(totals: Counter[State], old: Task | None, new: Task | None) -> None:
    if old is not None:
        totals[old.state] -= 1
    if new is not None:
        totals[new.state] += 1
