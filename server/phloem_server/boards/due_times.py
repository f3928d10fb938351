"""When a Celery schedule is due after a run. Versions of Celery answer that differently, from 5.3 on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import celery
from celery.schedules import BaseSchedule, crontab

VERSION = tuple(int(part) for part in celery.__version__.split(".")[:2])


def due_time(when: Any, moment: float) -> float:
    """When `when` is due after a run at `moment`, both in Unix seconds. Raises whatever a custom schedule raises."""
    if VERSION >= (5, 7) or not isinstance(when, BaseSchedule):
        left = when.remaining_estimate(datetime.fromtimestamp(moment, UTC))
        # Seconds added to seconds: added to a time of day, they would miss the hour that summer time takes or gives.
        return float(when.now().timestamp() + left.total_seconds())
    # Before 5.7 the time of a run is not converted to the schedule's zone, and the hours and minutes after it are left
    # out unless it was today: so let now be the moment of the run.
    run = datetime.fromtimestamp(moment, when.tz)
    left = _at(when, run).remaining_estimate(run)
    if VERSION < (5, 5) and isinstance(when, crontab):  # the difference of two times of day
        return float((run + left).timestamp())
    return float(moment + left.total_seconds())


def _at(when: BaseSchedule, now: datetime) -> Any:
    """The same schedule, for which it is `now`."""
    same = object.__new__(type(when))  # a copy would parse its expressions again
    same.__dict__.update(when.__dict__, nowfun=lambda: now)
    return same
