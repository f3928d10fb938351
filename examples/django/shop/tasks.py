"""The tasks of the shop."""

import time

import phloem
from celery import shared_task


@shared_task
def export(orders: int) -> str:
    """Writes a file of orders."""
    for _ in phloem.track(range(orders), "Exporting", unit="order"):
        time.sleep(0.02)
    return f"{orders} orders"
