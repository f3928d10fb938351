"""When an entry of the schedule runs next, and what of it did not come: of its schedule, its runs, and the time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from phloem.model.task import Task
from phloem_server.boards.entries.reader import Kept
from phloem_server.boards.missed_runs import MISSED_LIMIT, MissedRuns, due_after, is_interval, sent_at

LATE_SECONDS = 10.0
"""After which a run that was due and did not come is called missed. Beat looks at least that often."""


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What is to come, and what did not. Times are in Unix seconds."""

    next: float | None
    overdue_since: float | None
    missed: int
    missed_at: float | None


def outlook(
    kept: Kept, beat: Sequence[Task], missed: MissedRuns, now: float, *, since: float, lag: float = 0.0
) -> Outlook:
    """The outlook of an entry, whose runs by beat that are on record are `beat`, the oldest first.

    What was due before `since` without a run on record does not count as missed. `lag` is by how many seconds the last
    run that the scheduler itself keeps may be behind.
    """
    planned, changed_at = kept.planned, kept.changed_at
    when = planned.entry.schedule
    regular = not is_interval(when)
    before = missed.between(planned.name, when, [run for run in beat if sent_at(run) >= (changed_at or 0.0)])
    base, patience = sent_at(beat[-1]) if beat else None, LATE_SECONDS
    if planned.counts_from is not None and planned.counts_from > (base or 0.0) + LATE_SECONDS:
        base, patience = planned.counts_from, LATE_SECONDS + lag
    if base is None:
        base = (changed_at or since) if regular else None
    if base is None:
        return Outlook(next=planned.starts_at, overdue_since=None, missed=before.count, missed_at=before.last)
    # Beat sends at once what would have been due before there was this schedule, or before its first day.
    earliest = max(changed_at or 0.0, planned.starts_at or 0.0)
    due = due_after(when, base)
    due = max(due, earliest) if due is not None else None
    overdue = due if due is not None and due < now - patience else None
    if overdue is None:
        return Outlook(next=due, overdue_since=None, missed=before.count, missed_at=before.last)
    late = missed.since(planned.name, when, overdue, now - patience)
    return Outlook(
        next=due_after(when, now) if regular else due,
        overdue_since=overdue,
        missed=min(before.count + 1 + late.count, MISSED_LIMIT),
        missed_at=late.last or overdue,
    )
