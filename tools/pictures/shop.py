"""The Celery app on the pictures: a shop that imports the orders of its customers."""

from __future__ import annotations

import os
import time

from celery import Celery

import phloem

REDIS_URL = os.environ["REDIS_URL"]

app = Celery("shop", broker=REDIS_URL, backend=REDIS_URL)
app.conf.task_default_queue = "default"
app.conf.task_routes = {"shop.send_invoice": {"queue": "mail"}}
app.conf.worker_prefetch_multiplier = 1
phloem.attach(app, label="{customer}")

PLACES = ("north", "south", "east")

ORDER_SECONDS = 0.02

REFUSED = "Wingtip"
"""The customer of whom the warehouse wants to hear only when it is told again."""


@app.task(name="shop.import_orders", max_retries=2)
def import_orders(customer: str, count: int = 250) -> str:
    """Reads a customer's orders and tells the warehouse.

    Args:
        customer: whose orders are read
        count: how many orders there are
    """
    with phloem.step("Reading the file"):
        time.sleep(0.4)
    for number in phloem.track(range(count), "Importing", unit="order"):
        time.sleep(ORDER_SECONDS)
        if number % 80 == 79:
            phloem.log("no address", level="warning", order=number)
    with phloem.step("Telling the warehouse", total=len(PLACES)) as step:
        for place in PLACES:
            step.describe(f"Telling {place}")
            time.sleep(0.5)
            if customer == REFUSED and place == "south" and not import_orders.request.retries:
                refusal = ConnectionRefusedError(f"the warehouse {place} does not answer")
                raise import_orders.retry(exc=refusal, countdown=1)
            step.advance()
    return f"{count} orders of {customer} are imported"


@app.task(name="shop.send_invoice")
def send_invoice(customer: str, amount: float = 120) -> str:
    """Sends an invoice.

    Args:
        customer: who gets it
        amount: in euros
    """
    time.sleep(0.1)
    if amount <= 0:
        raise ValueError(f"an invoice of {amount:.2f} euros cannot be sent")
    return f"invoice of {amount:.2f} euros is on its way to {customer}"


@app.task(name="shop.stock_report")
def stock_report(month: str = "June", pages: int = 12) -> str:
    """Counts what is in stock.

    Args:
        month: at its end
        pages: how many it has
    """
    for _ in phloem.track(range(pages), f"Counting {month}", unit="page"):
        time.sleep(0.1)
    return f"{pages} pages about {month}"
