"""The app of the workers that the doctor looks at. FARM_ATTACH says whether it is attached."""

from __future__ import annotations

import os
import time

from celery import Celery

import phloem

app = Celery("farm", broker=os.environ["FARM_BROKER"], backend=os.environ["FARM_BROKER"])
app.conf.worker_prefetch_multiplier = 8
if os.environ.get("FARM_ATTACH") == "1":
    phloem.attach(app)


@app.task(name="farm.busy")
def busy(seconds: float) -> None:
    """Takes that long."""
    time.sleep(seconds)


@app.task(name="farm.late", acks_late=True)
def late() -> None:
    """Is acknowledged when it has run."""
