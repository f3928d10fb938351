"""A schedule in words: "every day at 02:00", "every 5 minutes"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from celery.schedules import crontab, schedule, solar

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_TIMES_NAMED = 6
"""Times of a day that are listed; of more, minutes and hours are told apart."""


def in_words(when: Any) -> str:
    """A Celery schedule as a person says it; the `repr` of one that is of another kind."""
    if isinstance(when, crontab):
        return _crontab(when)
    if isinstance(when, solar):
        return f"at {when.event.replace('_', ' ')} at {when.lat}, {when.lon}"
    if type(when) is schedule:
        return _interval(when.run_every)
    if isinstance(moment := getattr(when, "clocked_time", None), datetime):  # as of django-celery-beat
        local = moment.astimezone(when.tz)
        return f"once, on {local.day} {_MONTHS[local.month - 1]} {local.year} at {local:%H:%M:%S}".removesuffix(":00")
    if (rule := getattr(when, "rrule", None)) is not None:  # as of RedBeat
        return f"by the rule {' '.join(str(rule).split())}"[:200]
    return repr(when)[:200]


def timezone(when: Any) -> str | None:
    """The time zone of the times of day that the words name; None where they name none."""
    named = isinstance(when, crontab) or hasattr(when, "clocked_time")
    return str(when.tz) if named else None


def _interval(every: timedelta) -> str:
    seconds = every.total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    return "every second" if seconds == 1 else f"every {seconds:g} seconds"


def _crontab(when: crontab) -> str:
    days = _days(when)
    time, often = _time(sorted(when.minute), sorted(when.hour))
    if often:  # every day is understood
        return f"{time}, {days}" if days else time
    return f"{days or 'every day'} {time}"


def _time(minutes: Sequence[int], hours: Sequence[int]) -> tuple[str, bool]:
    """The time of day, and whether it says by itself how often."""
    if (step := _step(minutes, 60)) and len(minutes) > 1:
        every = "every minute" if step == 1 else f"every {step} minutes"
        return every + (f" {_span(hours)}" if len(hours) < 24 else ""), True
    if len(minutes) == 1:
        at = "" if minutes[0] == 0 else f" at minute {minutes[0]}"
        if len(hours) == 24:
            return f"every hour{at}", True
        if (step := _step(hours, 24)) and len(hours) > 2:
            return f"every {step} hours{at}", True
    if len(minutes) * len(hours) <= _TIMES_NAMED:
        return f"at {_listed([f'{hour:02}:{minute:02}' for hour in hours for minute in minutes])}", False
    at = f"at minute{'s' if len(minutes) > 1 else ''} {_listed([str(minute) for minute in minutes])}"
    return f"{at} of every hour" + (f" {_span(hours)}" if len(hours) < 24 else ""), True


def _span(hours: Sequence[int]) -> str:
    if hours[-1] - hours[0] == len(hours) - 1:
        return f"from {hours[0]:02}:00 to {hours[-1]:02}:59"
    return f"in the hours {_listed([str(hour) for hour in hours])}"


def _days(when: crontab) -> str:
    """Which days, "" for all of them. Celery runs on those that fit both the week and the month."""
    weekdays, dates, months = sorted(when.day_of_week), sorted(when.day_of_month), sorted(when.month_of_year)
    of = "" if len(months) == 12 else " of " + _listed([_MONTHS[month - 1] for month in months])
    if len(dates) < 31:
        on = f"on the {_listed([_ordinal(date) for date in dates])}{of or ' of every month'}"
        return f"{on} if it is a {_listed([_DAYS[day] for day in weekdays], 'or')}" if len(weekdays) < 7 else on
    if len(weekdays) < 7:
        return f"every {_week(weekdays)}{of.replace(' of ', ' in ')}"
    return f"every day{of.replace(' of ', ' in ')}" if of else ""


def _week(days: Sequence[int]) -> str:
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"day from {_DAYS[days[0]]} to {_DAYS[days[-1]]}"
    # The week is listed from Monday.
    return _listed([_DAYS[day] for day in sorted(days, key=lambda day: day or 7)])


def _step(values: Sequence[int], whole: int) -> int | None:
    """n, if these are all multiples of n below `whole`; else None."""
    step = values[1] if len(values) > 1 else whole
    return step if list(values) == list(range(0, whole, step)) and whole % step == 0 else None


def _ordinal(number: int) -> str:
    suffix = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _listed(items: Collection[str], joined: str = "and") -> str:
    *head, last = items
    return f"{', '.join(head)} {joined} {last}" if head else last
