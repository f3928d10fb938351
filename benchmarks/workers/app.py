"""The app of a contestant; its environment says how it is observed."""

from __future__ import annotations

import os

from celery import Celery

BARE, EVENTS, ATTACHED = "bare", "Celery's events", "attached"
WAYS = (BARE, EVENTS, ATTACHED)
"""How tasks are observed: not at all, by Celery's own events, and by Phloem."""

WAY, BROKER, RESULTS = "OVERHEAD_WAY", "OVERHEAD_BROKER", "OVERHEAD_RESULTS"
"""The variables that say which of them it is, and where its broker and its results are."""

app = Celery("overhead", broker=os.environ.get(BROKER), backend=os.environ.get(RESULTS))

if os.environ.get(WAY) == EVENTS:
    app.conf.update(worker_send_task_events=True, task_send_sent_event=True)
elif os.environ.get(WAY) == ATTACHED:
    import phloem

    phloem.attach(app)


def _nothing() -> None:
    """The empty task: what it takes is what surrounds it."""


nothing = app.task(_nothing, name="nothing")
