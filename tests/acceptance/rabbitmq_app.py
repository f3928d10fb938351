"""An app on RabbitMQ with results by rpc: one queue has priorities, one is of the kind quorum, one takes nothing."""

from __future__ import annotations

import os
import time
from typing import Any

from celery import Celery, Task

import phloem
from tests.queues import Exchange, Queue

app = Celery("rabbitmq", broker=os.environ["CELERY_BROKER_URL"], backend="rpc://")
app.conf.update(
    task_queues=[
        Queue("orders", Exchange("orders"), "orders", queue_arguments={"x-max-priority": 9}),
        # Celery delays messages by the broker itself for exchanges that look at the pattern of a key.
        Queue("safe", Exchange("safe", type="topic"), "safe", queue_arguments={"x-queue-type": "quorum"}),
        Queue("full", Exchange("full"), "full", queue_arguments={"x-max-length": 0, "x-overflow": "reject-publish"}),
    ],
    task_default_queue="orders",
    task_routes={"tests.acceptance.rabbitmq_app.keep": {"queue": "safe"}},
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)
phloem.attach(app)


@app.task
def add(x: int, y: int) -> int:
    return x + y


@app.task
def keep(x: int) -> int:
    """Goes by way of the quorum queue."""
    for _ in phloem.track(range(x), "Keeping"):
        pass
    return x


@app.task
def fail() -> None:
    raise ValueError("this cannot work")


@app.task(bind=True, max_retries=2)
def flaky(self: Task[..., str]) -> str:
    if self.request.retries < 1:
        raise self.retry(exc=ConnectionError("the other side is away"), countdown=1)
    return "at last"


@app.task
def sleep(seconds: float) -> None:
    for _ in phloem.track(range(int(seconds * 100)), "Sleeping"):
        time.sleep(0.01)


@app.task(bind=True)
def way(self: Task[..., Any]) -> Any:
    """How its message came, and what was written on it."""
    info, written = self.request.delivery_info, self.request.properties
    return {
        "by": info["exchange"],
        "to": info["routing_key"],
        "urgent": written["priority"],
        "mode": written["delivery_mode"],
        "answer": written["reply_to"],
        "shop": self.request.shop,
    }
