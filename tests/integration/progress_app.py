"""Tasks that say how far they are in every way a task can."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import warnings
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery import Celery, Task
from celery.utils.log import get_task_logger

import phloem
from phloem.tqdm import tqdm

app = Celery("progress", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(broker_connection_retry_on_startup=True)
phloem.attach(app, label="{customer}")


class Base(Task):  # type: ignore[misc]  # Celery has no types
    """As applications have them."""


@app.task
def steps() -> None:
    with phloem.step("All", total=2) as whole:
        for name in ("first", "second"):
            for _ in tqdm(range(3), desc=name, unit="file"):
                pass
            whole.advance()


@app.task
def served(customer: str = "Contoso") -> None: ...


@app.task
def calls_itself(customer: str = "Contoso") -> None:
    phloem.label(f"<b>{customer}\u202e-Corp</b>\n" + "!" * 100_000)


@app.task(bind=True, max_retries=1)
def imports(self: Any) -> None:
    with phloem.step("Importing", total=1), phloem.step("Reading") as reading:
        reading.describe(f"page {self.request.retries}")
        phloem.log("Read", page=self.request.retries, password="geheim")
        print("printed")
        if not self.request.retries:
            raise self.retry(countdown=0)


@app.task
def talk() -> None:
    phloem.log("this is the message")
    get_task_logger(__name__).info("of the task's logger")
    logging.getLogger("somewhere").warning("of any logger")
    logging.getLogger("somewhere").debug("too quiet")
    print("printed", "in", 3)
    print("to stderr", file=sys.stderr)
    warnings.warn("a warning", stacklevel=1)
    print("unfinished", end="")


@app.task
def flood() -> None:
    for number in range(3000):
        print("line", number)


@app.task(bind=True, ignore_result=True, base=Base)
def update(self: Any) -> None:
    self.update_state(state="PROGRESS", meta={"pending": False, "current": 3, "total": 4, "description": "Row 3"})


@app.task(bind=True)
def custom(self: Any) -> None:
    self.update_state(state="UPLOADING", meta={"whatever": object.__name__})


def part(name: str) -> None:
    with phloem.step(name):
        phloem.log(f"from {name}")


@app.task
def threads() -> None:
    with phloem.step("task"):
        thread = threading.Thread(target=part, args=("thread",))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(1) as executor:
            executor.submit(part, "executor").result()


@app.task
def coroutines() -> None:
    async def pages() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def one(name: str) -> None:
        part(name)
        await asyncio.to_thread(part, f"{name} in a thread")

    async def main() -> None:
        async for _ in phloem.track(pages(), "pages"):
            await asyncio.gather(one("a"), one("b"))

    asyncio.run(main())
