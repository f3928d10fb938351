"""The tasks of the shop, for `celery -A tasks worker`."""

import time

import phloem
from celery import Celery

celery = Celery("tasks", broker="redis://127.0.0.1:6390/0")
phloem.attach(celery)


@celery.task
def export(orders: int) -> str:
    """Writes a file of orders."""
    for _ in phloem.track(range(orders), "Exporting", unit="order"):
        time.sleep(0.02)
    return f"{orders} orders"
