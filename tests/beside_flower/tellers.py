"""What Flower and Phloem answer about one app at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, NamedTuple

from tests.beside_flower.stage import WORKER, Stage

Answer = Mapping[str, Any]


class Flower(NamedTuple):
    """Flower's answers, as its API and, where that lacks something, its pages give them."""

    tasks: Mapping[str, Answer]
    """By id, as on a task's page."""
    worker: Answer
    """As on a worker's page."""
    row: Answer
    """The worker in the table of workers."""
    queues: Sequence[Answer]
    """As on the page of the broker."""
    types: Sequence[str]
    broker: str
    """The address on the page of the broker."""
    metrics: str


class Phloem(NamedTuple):
    """Phloem's answers."""

    tasks: Mapping[str, Answer]
    """By id, with `log` and `children` beside what `GET /tasks/ID` answers."""
    worker: Answer
    """The worker on the board of workers."""
    details: Answer
    """`GET /workers/NAME`."""
    queues: Mapping[str, Any]
    """The board of queues; `by_name` has its queues by name."""
    registry: Answer
    totals: Mapping[str, Mapping[str, int]]
    """Tasks of the worker by state, and all of them under the empty name."""
    schedule: Sequence[Answer]
    """The entries of beat's schedule."""
    jobs: Sequence[Answer]
    """How the tasks of each name went in the last hour, by the board `now`."""


def ask_flower(stage: Stage, ids: Sequence[str]) -> Flower:
    """Asks Flower. A task that it does not know is left out."""
    known = stage.flower("/api/tasks").json()
    worker = stage.flower(f"/api/workers?refresh=1&workername={WORKER}").json()[WORKER]
    [row] = [each for each in stage.flower("/workers?json=1").json()["data"] if each["hostname"] == WORKER]
    return Flower(
        tasks={each: stage.flower(f"/api/task/info/{each}").json() for each in ids if each in known},
        worker=worker,
        row=row,
        queues=stage.flower("/api/queues/length").json()["active_queues"],
        types=stage.flower("/api/task/types").json()["task-types"],
        broker=_address(stage.flower("/broker").text),
        metrics=stage.flower("/metrics").text,
    )


def ask_phloem(stage: Stage, ids: Sequence[str]) -> Phloem:
    """Asks Phloem."""
    api = stage.api
    [worker] = [each for each in api.get("/workers").json()["workers"] if each["name"] == WORKER]
    queues = api.get("/queues").json()
    details = api.get(f"/workers/{WORKER}")
    return Phloem(
        tasks={each: _task(stage, each) for each in ids},
        worker=worker,
        details=details.json() if details.ok else {},
        queues={**queues, "by_name": {each["name"]: each for each in queues["queues"]}},
        registry=api.get("/registry").json(),
        totals=api.get("/tasks", params={"limit": 1, "worker": WORKER}).json()["totals"],
        schedule=api.get("/schedule").json()["entries"],
        jobs=api.get("/now").json()["jobs"],
    )


def _task(stage: Stage, task_id: str) -> Answer:
    api = stage.api
    found = api.get(f"/tasks/{task_id}")
    if not found.ok:
        return {}
    children = api.get("/tasks", params={"parent_id": task_id, "limit": 50}).json()["tasks"]
    return {**found.json(), "log": api.log(task_id), "children": [each["id"] for each in children]}


class _Address(HTMLParser):
    """Finds the address on the page of the broker."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = "broker-url" in (dict(attrs).get("class") or "")

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.address, self._inside = data.strip(), False


def _address(page: str) -> str:
    parser = _Address()
    parser.feed(page)
    return parser.address
