"""The entries of django-celery-beat, in Django's database.

Imported only where the app's scheduler is that one, so that nobody else needs Django. The entries are made here from
the rows: the library's own class writes to the database when a row makes no sense, and its scheduler leaves out what is
not due within two hours.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django
from celery import Celery
from celery.beat import ScheduleEntry
from celery.utils.time import maybe_make_aware
from django.apps import apps
from django.db import connections
from django.utils import timezone
from kombu.utils.json import loads

from phloem_server.boards.entries.source import ENTRIES_LIMIT, Found, Planned
from phloem_server.transport.modes.choice import run_in_thread

_OPTIONS = ("queue", "exchange", "routing_key", "priority")
_MARK = "periodic_task_name"
"""Header by which the library's result backend finds the entry of a task."""


class Database:
    """The entries of one app. `scheduler` is django-celery-beat's, or derived from it."""

    place = "The database of django-celery-beat"
    changes = True

    def __init__(self, celery: Celery, scheduler: Any) -> None:
        if not apps.ready:
            django.setup()
        self._celery = celery
        self._rows = scheduler.Model.objects
        # Beat writes down its last runs that seldom.
        self.lag = float(scheduler.sync_every)

    def read(self) -> Found:
        """Those that are enabled and will run again, by name."""
        found = run_in_thread(self._attempt)  # drivers written in C hold up all green threads
        if isinstance(found, Exception):
            raise found
        return found

    def _attempt(self) -> Found | Exception:
        """What `_read` returns or raises: gevent prints each error that leaves one of its threads."""
        try:
            return self._read()
        except Exception as error:  # noqa: BLE001  # of Django, or of a driver
            return error

    def _read(self) -> Found:
        rows = self._rows.enabled().order_by("name")
        try:
            listed = list(rows[: ENTRIES_LIMIT + 1])
        finally:
            # The next reading may come from another thread, or after the database was away.
            connections[rows.db].close()
        made, unreadable = [], {}
        for row in listed[:ENTRIES_LIMIT]:
            try:
                if not _is_over(row):
                    made.append(self._planned(row))
            except Exception as error:  # noqa: BLE001  # beat will switch this entry off
                unreadable[row.name] = f"{type(error).__name__}: {error}"
        return Found(entries=tuple(made), unreadable=unreadable, more=len(listed) > ENTRIES_LIMIT)

    def _planned(self, row: Any) -> Planned:
        if row.scheduler is None:
            raise ValueError("it has no schedule")
        options = {name: value for name in _OPTIONS if (value := getattr(row, name)) is not None}
        if row.expires_:
            options["expires"] = row.expires_
        options["headers"] = {**loads(row.headers or "{}"), _MARK: row.name}
        entry = ScheduleEntry(
            name=row.name,
            task=row.task,
            schedule=row.schedule,
            args=loads(row.args or "[]"),
            kwargs=loads(row.kwargs or "{}"),
            options=options,
            app=self._celery,
        )
        ran_at = None if row.last_run_at is None else maybe_make_aware(row.last_run_at).timestamp()
        return Planned(
            name=row.name,
            entry=entry,
            counts_from=ran_at or _unix(row.date_changed),
            starts_at=_unix(row.due_start_time(self._celery.timezone)) if row.start_time else None,
        )


def _is_over(row: Any) -> bool:
    """Whether beat will not send an enabled entry again, but switch it off."""
    expires = _unix(row.expires)
    done = row.one_off and row.total_run_count > 0
    return bool(done) or (expires is not None and expires <= timezone.now().timestamp())


def _unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()  # one without a zone is in Django's own, as is the process
