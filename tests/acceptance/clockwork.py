"""A Celery app with a schedule: one entry by the clock, one by an interval, and jobs that take as long as one asks."""

from __future__ import annotations

import os
import time

from celery import Celery
from celery.schedules import crontab

import phloem

app = Celery("clockwork", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(
    task_default_queue="default",
    task_routes={"clockwork.slow": {"queue": "slow"}},
    task_queues={name: {"exchange": name, "routing_key": name} for name in ("default", "slow", "nobody")},
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    beat_schedule_filename=f"{os.environ['PHLOEM_DATA_DIR']}/beat",
    beat_schedule={
        "by the clock": {"task": "clockwork.quick", "schedule": crontab(), "args": ["clock"]},
        "often": {"task": "clockwork.quick", "schedule": 2.0, "args": ["often"]},
        "far away": {"task": "clockwork.quick", "schedule": crontab(minute=0, hour=2), "args": ["far"]},
    },
)
phloem.attach(app)


@app.task(name="clockwork.quick", shared=False)
def quick(what: str) -> str:
    return what


@app.task(name="clockwork.slow", shared=False)
def slow(seconds: float) -> None:
    time.sleep(seconds)
