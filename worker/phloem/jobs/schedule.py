"""When the bundled jobs run by themselves: `celery -A phloem.jobs.app beat`, which is to run once.

Times are in Celery's `timezone`, which is UTC unless set. Beat keeps in the data folder what it has sent, so an entry
that was due while beat was down runs once when it is back.
"""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

ENTRIES: dict[str, dict[str, Any]] = {
    "daily report": {
        "task": "phloem.jobs.daily_report",
        "schedule": crontab(hour=0, minute=0),
    },
    "clean up files": {
        "task": "phloem.jobs.cleanup_files",
        "schedule": crontab(hour=2, minute=0),
    },
}
