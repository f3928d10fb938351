"""Which source an app's schedule is read from, by its setting `beat_scheduler`, or by what is installed."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.beat import Scheduler
from celery.utils.imports import load_extension_class_names, symbol_by_name

from phloem.redaction import scrub
from phloem_server.boards.entries import static
from phloem_server.boards.entries.source import Found, ScheduleUnreadable, Source

DEFAULT = "celery.beat:PersistentScheduler"
"""What `beat_scheduler` is where the app does not set it."""

_DATABASE = "django_celery_beat.schedulers:DatabaseScheduler"
_ALIASES = "celery.beat_schedulers"
"""Group of the entry points by which packages give their schedulers short names, as Celery reads it."""


class Nowhere:
    """Stands for entries that cannot be read in this process, with the reason as a sentence."""

    place = "The schedule"
    changes = False
    lag = 0.0

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def read(self) -> Found:
        """Raises ScheduleUnreadable."""
        raise ScheduleUnreadable(self._reason)


def source(celery: Celery) -> Source:
    """The source of an app's entries."""
    named = _scheduler(celery)
    name = named if isinstance(named, str) else f"{named.__module__}:{named.__qualname__}"
    try:
        scheduler = symbol_by_name(named, aliases=dict(load_extension_class_names(_ALIASES)))
        found = _source(celery, scheduler)
    except Exception as error:  # noqa: BLE001  # code of the application, and of packages
        why = scrub(" ".join(f"{type(error).__name__}: {error}".split()))
        return Nowhere(f"The schedule is kept by {name} (beat_scheduler), which this server cannot load: {why}.")
    return found or Nowhere(
        f"The schedule is kept by {name} (beat_scheduler), and this server cannot read what that one keeps."
    )


def _scheduler(celery: Celery) -> Any:
    """The scheduler of an app. Its name is often given to the command `celery beat` alone, which nobody else sees: an
    app that has django-celery-beat in Django, and no entries of its own, is taken to use it.
    """
    named = celery.conf.beat_scheduler
    if named != DEFAULT or celery.conf.beat_schedule:
        return named
    django = sys.modules.get("django.conf")
    if django is None or not django.settings.configured:
        return named
    installed = map(str, getattr(django.settings, "INSTALLED_APPS", ()))
    return _DATABASE if any(each.partition(".")[0] == "django_celery_beat" for each in installed) else named


def _source(celery: Celery, scheduler: Any) -> Source | None:
    if not (inspect.isclass(scheduler) and issubclass(scheduler, Scheduler)):
        raise TypeError("it is no scheduler of Celery")
    for base in scheduler.__mro__:
        make = _KINDS.get(f"{base.__module__}:{base.__qualname__}")
        if make is not None:
            return make(celery, scheduler)
    return static.Static(celery) if static.fits(scheduler) else None


def _database(celery: Celery, scheduler: Any) -> Source:
    from phloem_server.boards.entries.database import Database

    return Database(celery, scheduler)


def _redbeat(celery: Celery, scheduler: Any) -> Source:
    from phloem_server.boards.entries.redbeat import RedBeat

    return RedBeat(celery, scheduler)


_KINDS: dict[str, Callable[[Celery, Any], Source]] = {
    _DATABASE: _database,
    "redbeat.schedulers:RedBeatScheduler": _redbeat,
}
"""How the source of a scheduler is made, by its class or one that it is derived from. Its package is imported then."""
