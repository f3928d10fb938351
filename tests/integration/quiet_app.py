"""An app whose logging disables all loggers that exist when it is configured, as Django's does."""

from __future__ import annotations

import logging.config
import os

from celery import Celery, signals

import phloem
from phloem.settings import RecordSettings

early = logging.getLogger("quiet.early")

app = Celery("quiet", broker=os.environ["REDIS_URL"], set_as_current=False)
phloem.attach(app)


@signals.setup_logging.connect
def configure(**_: object) -> None:
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})


@app.task(name="quiet.speak", shared=False)
def speak() -> None:
    """Says something in every way, and does what Phloem warns of."""
    print("printed")
    phloem.log("logged")
    logging.getLogger("quiet.late").warning("warned")
    early.warning("told to be silent")
    phloem.attach(app, RecordSettings(redis_url="redis://elsewhere:1/0"))
