"""The Celery app of the bundled jobs, and the settings and the file store that they share."""

from __future__ import annotations

import sys

from celery import Celery

import phloem
from phloem.files import FileStore
from phloem.jobs.factory import create_app
from phloem.jobs.schedule import ENTRIES
from phloem.jobs.settings import JobSettings
from phloem.settings import SettingError

try:
    settings = JobSettings.from_environment()
    if opened := settings.make_data_dir():
        print(opened, file=sys.stderr)  # noqa: T201  # for the person who starts the process
    where = settings.celery
except SettingError as error:
    # Celery would show an exception that is raised here with its traceback; the one line is enough.
    print(error, file=sys.stderr)  # noqa: T201  # for the person who starts the process
    raise SystemExit(2) from None

files = FileStore(settings.data_dir, most=settings.files_limit, most_bytes=settings.files_bytes)

JOBS = (
    "phloem.jobs.build_report",
    "phloem.jobs.cleanup_files",
    "phloem.jobs.countdown",
    "phloem.jobs.daily_report",
    "phloem.jobs.fetch_url",
    "phloem.jobs.log_event",
    "phloem.jobs.resize_image",
    "phloem.jobs.send_email",
    "phloem.jobs.send_newsletter",
)
"""The modules of the jobs, one job in each."""

QUEUES = ("default", "mail", "media")
"""Where each queue has a worker of its own, jobs that wait for mail servers or take long hold up no others."""

CONFIG = {
    **where,
    "include": JOBS,
    # A worker takes from all queues, one that is started with `-Q mail` only from that one.
    "task_queues": {name: {"exchange": name, "routing_key": name} for name in QUEUES},
    "task_default_queue": "default",
    "task_routes": {
        "phloem.jobs.send_*": {"queue": "mail"},
        "phloem.jobs.resize_image": {"queue": "media"},
        "phloem.jobs.fetch_url": {"queue": "media"},
    },
    # JSON only: being able to write to the broker must not mean being able to run code.
    "accept_content": ["json"],
    "task_serializer": "json",
    "result_serializer": "json",
    "result_expires": settings.retention_days * 86400,
    # AsyncResult tells a task that runs from one that waits.
    "task_track_started": True,
    # For jobs that set no limits of their own. Soft: the job can tidy up. Hard: it is killed.
    "task_soft_time_limit": 10 * 60,
    "task_time_limit": 11 * 60,
    # One message ahead for each process: a long job must not hold up those behind it.
    "worker_prefetch_multiplier": 1,
    # Redis may go away and come back at any time: keep trying, without an end.
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "socket_keepalive": True,
        "socket_connect_timeout": 5,
        **where.get("broker_transport_options", {}),
    },
    "result_backend_always_retry": True,
    "result_backend_max_sleep_between_retries_ms": 1000,
    # A running job goes on while the broker is away.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "beat_schedule": ENTRIES,
    "beat_schedule_filename": str(settings.data_dir / "beat"),
}

flask = create_app(settings, CONFIG)
app: Celery = flask.extensions["celery"]
phloem.attach(app, settings)
