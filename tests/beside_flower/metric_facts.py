"""What Flower shows in `/metrics`, by worker and name of task: figures that Phloem has elsewhere."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.beside_flower.agreement import about, among
from tests.beside_flower.fact import Fact, Source, Value
from tests.beside_flower.stage import WORKER
from tests.beside_flower.tellers import Phloem

_ELSEWHERE = "Not in `/metrics`, which tells nothing of a task or a worker"


def _sum(name: str) -> Value:
    """All that a figure comes to, of the worker."""

    def find(flower: Any) -> float | None:
        found = [
            sample.value
            for family in text_string_to_metric_families(flower.metrics)
            for sample in family.samples
            if sample.name == name and sample.labels.get("worker") == WORKER
        ]
        return sum(found) if found else None

    return find


def _running(phloem: Phloem) -> int:
    return len(phloem.worker["running"])


def _taken(phloem: Phloem) -> Any:
    return phloem.worker["totals"].get("RECEIVED")


def _events(phloem: Phloem) -> Any:
    return sum(phloem.worker["totals"].values()) or None


def _run_times(phloem: Phloem) -> Any:
    return [each["p50"] for each in phloem.jobs if each["p50"] is not None]


def _waited(phloem: Phloem) -> Any:
    """Between its arrival at the worker and its start, of each task."""
    return [
        task["started_at"] - task["received_at"]
        for task in phloem.tasks.values()
        if task.get("started_at") and task.get("received_at")
    ]


METRICS = (
    Fact(
        "flower_worker_online",
        "`online`",
        "Workers",
        Source.EVENTS,
        _sum("flower_worker_online"),
        lambda phloem: float(phloem.worker["online"]),
        otherwise=_ELSEWHERE,
    ),
    Fact(
        "flower_worker_number_of_currently_executing_tasks",
        "`running`",
        "Workers",
        Source.EVENTS,
        _sum("flower_worker_number_of_currently_executing_tasks"),
        _running,
        otherwise=_ELSEWHERE,
    ),
    Fact(
        "flower_worker_prefetched_tasks",
        "`totals.RECEIVED`",
        "the list `worker:NAME state:received`",
        Source.EVENTS,
        _sum("flower_worker_prefetched_tasks"),
        _taken,
        about,
        _ELSEWHERE,
    ),
    Fact(
        "flower_task_prefetch_time_seconds",
        "`started_at` and `received_at` of each task",
        "Waited",
        Source.EVENTS,
        _sum("flower_task_prefetch_time_seconds"),
        _waited,
        among,
        _ELSEWHERE,
    ),
    Fact(
        "flower_task_runtime_seconds",
        "`p50`, `p95`, `p99` of each name in `GET /now`",
        "Now",
        Source.EVENTS,
        _sum("flower_task_runtime_seconds_count"),
        _run_times,
        among,
        _ELSEWHERE,
    ),
    Fact(
        "flower_events_total",
        "`totals`, and `count`, `failed` of each name in `GET /now`",
        "Now",
        Source.RECORD,
        _sum("flower_events_total"),
        _events,
        among,
        _ELSEWHERE,
    ),
)
"""The figures, each summed over the names of tasks."""
