"""A Celery app that has nothing of Phloem, as its own docs show one."""

from __future__ import annotations

import os
import time
from pathlib import Path

from celery import Celery, Task

app = Celery("unattached", broker=os.environ["SHOP_BROKER"], backend=os.environ.get("SHOP_BACKEND"))
app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)


@app.task
def add(x: int, y: int) -> int:
    return x + y


@app.task
def fail(reason: str) -> None:
    raise ValueError(reason)


@app.task(bind=True, max_retries=3)
def flaky(self: Task[..., str]) -> str:
    if self.request.retries < 1:
        raise self.retry(exc=ConnectionError("the other side is away"), countdown=0)
    return "at last"


@app.task(bind=True)
def count(self: Task[..., int], total: int, file: str) -> int:
    """Reports half of the work, and ends when the file is there."""
    self.update_state(state="PROGRESS", meta={"current": total // 2, "total": total, "status": "Packing"})
    wait_for(file)
    return total


@app.task
def hold(file: str) -> str:
    """Ends when the file is there."""
    wait_for(file)
    return "held"


@app.task(ignore_result=True)
def hold_without_result(file: str) -> None:
    wait_for(file)


def wait_for(file: str) -> None:
    while not Path(file).exists():
        time.sleep(0.02)
