"""A Celery app whose tasks do what a page has to show: fail, try again, start others, say what they are told."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from celery import Celery

import phloem
from tests.browser.sample_name import HOSTILE

REDIS_URL = os.environ["REDIS_URL"]

app = Celery("sample", broker=REDIS_URL, backend=REDIS_URL)
app.conf.task_default_queue = "sample"
app.conf.task_routes = {"sample.nothing": {"queue": "unserved"}}  # a queue of the app that no worker takes from
phloem.attach(app)


class Refused(Exception):
    """What a service far away might raise."""


@app.task(name="sample.echo", shared=False)
def echo(value: Any = None, says: str | None = None, **_: Any) -> Any:
    """Returns what it is given."""
    if says is not None:
        phloem.log(says)
    return value


@app.task(name="sample.talk", shared=False)
def talk(lines: list[tuple[str, str]]) -> int:
    """Logs lines, each with its level."""
    for level, message in lines:
        phloem.log(message, level=level)
    return len(lines)


@app.task(name="sample.broken", shared=False)
def broken(text: str) -> Any:
    """Fails in the standard library, called from here."""
    return read(text)


def read(text: str) -> Any:
    """What fails."""
    return json.loads(text)


@app.task(name="sample.refused", shared=False)
def refused(message: str) -> None:
    """Fails with a message of one's choice."""
    raise Refused(message)


@app.task(name="sample.unreliable", bind=True, shared=False, max_retries=5)
def unreliable(self: Any, failures: int = 2, pause: float = 0.5) -> str:
    """Fails so many times before it succeeds."""
    if self.request.retries < failures:
        raise self.retry(exc=Refused("not yet"), countdown=pause)
    return "at last"


@app.task(name="sample.stepwise", bind=True, shared=False, max_retries=1)
def stepwise(self: Any) -> None:
    """Fails in its first step, and succeeds at the next try."""
    with phloem.step("Reading <b>", total=12) as reading:
        for number in range(12):
            phloem.log(f"row {number}")
            reading.advance()
        time.sleep(0.1)
        if not self.request.retries:
            raise self.retry(exc=Refused("not yet"), countdown=0.1)
    with phloem.step("Writing"):
        phloem.log("written")
        time.sleep(0.1)


@app.task(name="sample.family", shared=False)
def family(children: int) -> list[str]:
    """Starts others."""
    return [echo.delay(number).id for number in range(children)]


@app.task(name="sample.patient", shared=False)
def patient(seconds: float = 60) -> str:
    """Lasts, with a bar, until it is ended."""
    with phloem.step("Waiting", total=seconds, unit="s") as step:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            step.set(seconds - left)
            time.sleep(min(0.1, left))
    return "nobody ended it"


@app.task(name="sample.once", shared=False)
def once(text: str) -> str:
    """Fails the first time that it is given this text."""
    if app.backend.client.sadd("sample-once", text):
        raise Refused(text)
    return f"{text}, this time"


@app.task(name="sample.careless", shared=False)
def careless() -> str:
    """Leaves a step that it never counted."""
    with phloem.step("Parts", total=3, unit="part"):
        pass
    return "left early"


@app.task(name=f"sample.{HOSTILE}", bind=True, shared=False, max_retries=1)
def hostile(self: Any, text: str, fails: bool = False, **_: Any) -> dict[str, str]:
    """Says, returns or fails with whatever it is given, in two tries."""
    with phloem.step(text, total=2, unit=text) as step:
        step.advance()
        phloem.log(text, level="warning")
        fields: dict[str, Any] = {text: text, "order": 17}
        phloem.log("with fields", **fields)
        phloem.label(text)
        step.describe(text[::-1])
        if fails and not self.request.retries:
            raise self.retry(exc=Refused(text), countdown=0)
        if fails:
            raise Refused(text)
        step.advance()
    return {text: text}
