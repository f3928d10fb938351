"""The Celery app of the recorded conversation. It runs in the processes that are asked, from a folder of their own.

Of the library it uses what the contract names: `attach`, `track`, `step` and `log`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from celery import Celery
from celery.schedules import crontab

import phloem

app = Celery("shop", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(
    task_default_queue="orders",
    broker_connection_retry_on_startup=True,
    beat_schedule={
        "every day": {"task": "shop.add", "schedule": timedelta(days=1), "args": (1, 2)},
        "new year": {
            "task": "shop.wait",
            "schedule": crontab(minute="0", hour="0", day_of_month="1", month_of_year="1"),
            "kwargs": {"password": "hunter2"},
            "options": {"queue": "nobody"},
        },
    },
)
phloem.attach(app)

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)


@app.task(name="shop.add", shared=False)  # type: ignore[untyped-decorator]
def add(x: int, y: int = 2) -> int:
    """Adds two numbers."""
    return x + y


@app.task(name="shop.broken", shared=False)  # type: ignore[untyped-decorator]
def broken(text: str, password: str = "") -> None:
    """Fails with a text."""
    raise ValueError(text)


@app.task(name="shop.flaky", bind=True, shared=False, max_retries=5)  # type: ignore[untyped-decorator]
def flaky(self: Any, pause: float = 0, *, failures: int = 1) -> str:
    """Fails so many times before it succeeds. After a pause it is for nobody to try again."""
    if self.request.retries < failures:
        options = {"queue": "nobody"} if pause else {}
        raise self.retry(exc=ConnectionError("the other side is away"), countdown=pause, **options)
    return "at last"


@app.task(name="shop.import_orders", shared=False)  # type: ignore[untyped-decorator]
def import_orders(rows: int, note: str | None = None, token: str = "") -> dict[str, Any]:
    """Says and counts what it does.

    This has more than one line.
    """
    for _ in phloem.track(range(rows), "Importing", unit="row"):
        pass
    with phloem.step("Telling the warehouse", total=3) as step:
        for place in ("north", "south", "east"):
            step.describe(place)
            step.advance()
    phloem.log("2 rows were skipped", level="warning")
    phloem.log('"quoted" <b>&amp; größer</b> \u2028 \\ \x1b[1m')
    print("printed")
    return {"rows": rows, "note": note, "none": None, "share": 0.5}


@app.task(name="shop.wait", shared=False)  # type: ignore[untyped-decorator]
def wait(password: str = "", said: list[str] | None = None) -> None:
    """Waits in a queue that nobody takes from."""


@app.task(name="shop.part", shared=False, launch=False)  # type: ignore[untyped-decorator]
def part() -> None:
    """A part of another, which nobody launches."""


@app.task(name="shop.hold", shared=False)  # type: ignore[untyped-decorator]
def hold(name: str) -> str:
    """Does what it is told, word by word, in a pipe of that name."""
    with phloem.step("Holding", total=4, unit="turn") as step, Path(name).open() as words:
        for line in iter(words.readline, ""):
            word, _, rest = line.strip().partition(" ")
            if word == "turn":
                step.advance()
            elif word == "say":
                phloem.log(rest)
            else:
                break
    return "let go"


def seed() -> None:
    """Sends what the record is to hold, under ids that are always the same, before any worker is there."""
    links = {"root_id": "seed-sum", "parent_id": "seed-sum", "group_id": "seed-group"}
    hold.apply_async(("hold",), task_id="seed-hold")
    add.apply_async((2, 3), task_id="seed-sum")
    broken.apply_async(("this cannot work",), {"password": "hunter2"}, task_id="seed-broken")
    flaky.apply_async(task_id="seed-flaky")
    import_orders.apply_async((3,), {"note": "ä\n<i>", "token": "s3cret"}, task_id="seed-import", **links)
    broken.apply_async(("told to nobody",), argsrepr="(...)", task_id="seed-private")
    add.apply_async((1,), expires=NEVER, task_id="seed-expired")
    flaky.apply_async((3600,), task_id="seed-retrying")
    add.apply_async((4, 4), eta=MUCH_LATER, task_id="seed-later")
    wait.apply_async(kwargs={"said": ["a", "b"]}, queue="nobody", task_id="seed-waiting", **links)
