"""An app whose tasks do what the scenario looks at. Its broker is CELERY_BROKER_URL, its results are in REDIS_URL."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from celery import Celery, Task, chord

import phloem

app = Celery("shop", broker=os.environ["CELERY_BROKER_URL"], backend=os.environ["REDIS_URL"])
app.conf.broker_connection_retry_on_startup = True
phloem.attach(app)


@app.task
def pack(gate: str) -> str:
    """Packs two parcels, and waits between them until there is a file `gate`."""
    for parcel in phloem.track(range(2), "Packing", unit="parcel"):
        while parcel == 1 and not Path(gate).exists():
            time.sleep(0.02)
    phloem.log("Packed")
    return "packed"


@app.task(bind=True)
def count(self: Task[..., str], gate: str) -> str:
    """Says how far it is in Celery's own way."""
    self.update_state(state="PROGRESS", meta={"current": 3, "total": 4})
    while not Path(gate).exists():
        time.sleep(0.02)
    return "counted"


@app.task(bind=True, autoretry_for=(ConnectionError,), max_retries=2, default_retry_delay=0)
def fetch(self: Task[..., str]) -> str:
    """Succeeds when it is run the third time."""
    if self.request.retries < 2:
        raise ConnectionError("the other side is away")
    return "fetched"


@app.task
def divide(number: int, by: int) -> float:
    return number / by


@app.task
def stay() -> None:
    time.sleep(60)


@app.task(time_limit=1)
def overrun() -> None:
    time.sleep(60)


@app.task
def crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@app.task
def total(numbers: list[float]) -> float:
    return sum(numbers)


@app.task
def sums(by: list[int]) -> str:
    """Sends a chord: 12 divided by each of these numbers, added up. The id of its body."""
    body: Any = chord(divide.s(12, number) for number in by)(total.s())
    return str(body.id)
