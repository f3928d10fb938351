"""The entries of Celery's own schedulers: those of the app's setting `beat_schedule`.

Nothing has to be read from beat, which keeps its own file locked while it runs.
"""

from __future__ import annotations

from celery import Celery
from celery.beat import PersistentScheduler, ScheduleEntry, Scheduler

from phloem_server.boards.entries.source import Found, Planned

_WHERE_FROM = ("setup_schedule", "get_schedule", "set_schedule", "schedule", "merge_inplace", "update_from_dict", "add")
"""What a scheduler overrides that has entries from elsewhere."""


def fits(scheduler: type[Scheduler]) -> bool:
    """Whether a scheduler has its entries from `beat_schedule`, as Celery's own."""
    own = PersistentScheduler if issubclass(scheduler, PersistentScheduler) else Scheduler
    return all(getattr(scheduler, name) is getattr(own, name) for name in _WHERE_FROM)


class Static:
    """The entries of one app, as beat makes them."""

    place = "The app's beat_schedule"
    changes: bool = False
    lag = 0.0

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def read(self) -> Found:
        """All of them, however many: the app's own code lists them."""
        made, unreadable = [], {}
        for name, given in dict(self._celery.conf.beat_schedule or {}).items():
            try:
                entry = given if isinstance(given, ScheduleEntry) else ScheduleEntry(**{**given, "name": name})
                made.append(Planned(name=str(name), entry=entry))
            except Exception as error:  # noqa: BLE001  # beat will say the same, and not start
                unreadable[str(name)] = str(error)
        return Found(entries=tuple(made), unreadable=unreadable)
