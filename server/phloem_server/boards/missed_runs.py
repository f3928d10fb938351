"""When an entry of the schedule is due, and how often it was due without a run."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from celery.schedules import schedule

from phloem.model.task import Task
from phloem_server.boards.due_times import due_time

MISSED_LIMIT = 1000
"""Missed runs that are counted; of more it is only known that they are more."""


class Missed(msgspec.Struct, frozen=True):
    """How many runs were missed, and when the last of them was due, in Unix seconds."""

    count: int
    last: float | None


class MissedRuns:
    """Counts the missed runs of each entry, by the entry's name. One thread at a time may call it.

    What was counted is kept, so that asking again costs only what is new.
    """

    def __init__(self) -> None:
        self._gaps: dict[str, dict[tuple[str, str], Missed]] = {}
        self._open: dict[str, tuple[float, float, int]] = {}

    def keep(self, entries: Collection[str]) -> None:
        """Forgets all entries but these."""
        for counted in (self._gaps, self._open):
            for name in counted.keys() - set(entries):
                del counted[name]

    def between(self, entry: str, when: Any, runs: Sequence[Task]) -> Missed:
        """Those between `runs`, which are in their order. `when` is the entry's Celery schedule."""
        known, kept, count, last = self._gaps.get(entry, {}), {}, 0, None
        for earlier, later in itertools.pairwise(runs):
            key = (earlier.id, later.id)
            gap = kept[key] = known.get(key) or _between(when, sent_at(earlier), sent_at(later))
            if gap.count:
                count, last = count + gap.count, gap.last
        self._gaps[entry] = kept
        return Missed(count, last)

    def since(self, entry: str, when: Any, start: float, end: float) -> Missed:
        """Those that were due after `start`, up to `end`."""
        known, last, count = self._open.get(entry, (start, start, 0))
        if known != start:
            last, count = start, 0
        while count < MISSED_LIMIT and (due := due_after(when, last)) is not None and last < due <= end:
            last, count = due, count + 1
        self._open[entry] = start, last, count
        return Missed(count, last if count else None)


def due_after(when: Any, moment: float) -> float | None:
    """When a schedule is due next after a run at `moment`, in Unix seconds; None where it cannot say."""
    try:
        due = due_time(when, moment)
    except Exception:  # noqa: BLE001  # a custom schedule may raise anything
        return None
    if due <= moment:  # it names one time, which has passed
        return None
    # Two looks at the clock lie between; what is meant is a whole second, unless it counts from the run.
    return round(due, 2) if is_interval(when) else float(round(due))


def is_interval(when: Any) -> bool:
    """Whether a schedule counts from its last run, instead of naming times."""
    return type(when) is schedule


def sent_at(task: Task) -> float:
    """When a task was sent, in Unix seconds, or first heard of."""
    return task.created_at or task.received_at or task.started_at or 0.0


def _between(when: Any, earlier: float, later: float) -> Missed:
    """The due times after one run up to the next, of which the last one is that next run's own."""
    dues, last, before = 0, earlier, None
    while dues < MISSED_LIMIT and (due := due_after(when, last)) is not None and last < due <= later:
        before, last, dues = last if dues else None, due, dues + 1
    return Missed(max(0, dues - 1), before)
