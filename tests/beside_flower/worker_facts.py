"""What Flower shows of a worker: in its table, and on its page. Each function takes all that was answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.beside_flower.agreement import among, covers, near, same_keys, same_text
from tests.beside_flower.fact import Fact, Source, Value
from tests.beside_flower.tellers import Answer, Flower, Phloem


def _row(name: str) -> Value:
    return lambda flower: flower.row.get(name)


def _ours(name: str) -> Value:
    return lambda phloem: phloem.worker.get(name)


def _stats(name: str) -> Value:
    def find(told: Flower | Phloem) -> Any:
        return ((told.worker if isinstance(told, Flower) else told.details).get("stats") or {}).get(name)

    return find


def _ended(state: str) -> Value:
    return lambda phloem: (phloem.worker.get("totals") or {}).get(state)


def _at_least(value: int, ours: int) -> bool:
    return ours >= value


def _software(flower: Flower) -> str | None:
    row = flower.row
    return f"{row['sw_ident']} {row['sw_ver']} {row['sw_sys']}" if row.get("sw_ident") else None


def _seen(phloem: Phloem) -> int:
    return sum((phloem.worker.get("totals") or {}).values())


def _tasks(told: Iterable[Answer]) -> list[tuple[str, str]]:
    return sorted((each["id"], each["name"]) for each in told)


def _held(name: str) -> tuple[Value, Value]:
    """Which tasks it holds in one way, by both."""

    def requests(flower: Flower) -> Any:
        told = flower.worker.get(name) or ()
        return _tasks(each.get("request", each) for each in told)

    return requests, lambda phloem: _tasks(phloem.details.get(name) or ())


def _active(field: str) -> tuple[Value, Value]:
    """A field of the task with the smallest id that it runs, by both."""

    def first(told: Iterable[Answer]) -> Any:
        return next((each[field] for each in sorted(told, key=lambda each: str(each["id"]))), None)

    return lambda flower: first(flower.worker.get("active") or ()), lambda phloem: first(
        phloem.details.get("active") or ()
    )


def _names(told: Flower | Phloem) -> Any:
    return (told.worker if isinstance(told, Flower) else told.details).get("registered")


def _conf(told: Flower | Phloem) -> Any:
    return (told.worker if isinstance(told, Flower) else told.details).get("conf")


def _consumed(told: Flower | Phloem) -> Any:
    return told.worker.get("active_queues") if isinstance(told, Flower) else told.details.get("queues")


def _other(told: Flower | Phloem) -> Any:
    stats = (told.worker if isinstance(told, Flower) else told.details).get("stats") or {}
    known = {"pool", "pid", "prefetch_count", "autoscaler", "consumer", "broker", "clock", "total", "rusage"}
    return {name: value for name, value in stats.items() if name not in known}


def _status(flower: Flower) -> bool:
    return bool(flower.row["status"])


ROW = (
    Fact("Worker (hostname)", "`name`", "name", Source.EVENTS, _row("hostname"), _ours("name")),
    Fact("Status", "`online`", "the dot before the name", Source.EVENTS, _status, _ours("online")),
    Fact(
        "Active",
        "`running`",
        "the rows of what it runs",
        Source.EVENTS,
        _row("active"),
        lambda phloem: len(phloem.worker["running"]),
    ),
    Fact(
        "Processed (task-received)",
        "the sum of `totals`",
        "the list `worker:NAME`",
        Source.RECORD,
        _row("task-received"),
        _seen,
        among,
        "Tasks in the record, where Flower counts messages since its start.",
    ),
    Fact(
        "Failed (task-failed)",
        "`totals.FAILURE`",
        "failed",
        Source.RECORD,
        _row("task-failed"),
        _ended("FAILURE"),
        _at_least,
    ),
    Fact(
        "Succeeded (task-succeeded)",
        "`totals.SUCCESS`",
        "succeeded",
        Source.RECORD,
        _row("task-succeeded"),
        _ended("SUCCESS"),
        _at_least,
    ),
    Fact(
        "task-revoked",
        "`totals.REVOKED`",
        "the list `worker:NAME state:revoked`",
        Source.RECORD,
        _row("task-revoked"),
        _ended("REVOKED"),
        _at_least,
    ),
    Fact(
        "task-started, task-retried, task-rejected",
        "`totals`, `tries` of each task",
        "the list `worker:NAME`",
        Source.RECORD,
        _row("task-started"),
        _seen,
        among,
        "States and tries of the tasks themselves, where Flower counts events since it was started.",
    ),
    Fact("Load Average", "`load`", "load", Source.EVENTS, _row("loadavg"), _ours("load"), same_keys),
    Fact("pid", "`pid`", "All that it tells", Source.EVENTS, _row("pid"), _ours("pid")),
    Fact("processed", "`processed`", "tasks taken", Source.INSPECT, _row("processed"), _ours("processed")),
    Fact(
        "heartbeats",
        "`heard_at`",
        "gone, last heard",
        Source.EVENTS,
        lambda flower: max(flower.row["heartbeats"], default=None),
        _ours("heard_at"),
        lambda value, ours: ours > value - 5,
        "When it was last heard of, where Flower's API has four times.",
    ),
    Fact("sw_ident, sw_ver, sw_sys", "`software`", "All that it tells", Source.EVENTS, _software, _ours("software")),
    Fact(
        "clock",
        "`stats.clock`",
        "All that it tells",
        Source.INSPECT,
        _row("clock"),
        _stats("clock"),
        among,
        "Its logical clock as it answers.",
    ),
)
"""Its row in the table of workers, and in `GET /workers?json=1`."""

PAGE = (
    Fact(
        "Pool: implementation, max concurrency, processes, tasks per child, timeouts, writes",
        "`stats.pool`",
        "All that it tells",
        Source.INSPECT,
        _stats("pool"),
        _stats("pool"),
        same_keys,
    ),
    Fact("Pool: Worker PID", "`stats.pid`", "All that it tells", Source.INSPECT, _stats("pid"), _stats("pid")),
    Fact(
        "Pool: Prefetch Count",
        "`stats.prefetch_count`",
        "All that it tells",
        Source.INSPECT,
        _stats("prefetch_count"),
        _stats("prefetch_count"),
        same_keys,
    ),
    Fact(
        "Pool: Autoscaler options",
        "`stats.autoscaler`",
        "All that it tells",
        Source.INSPECT,
        _stats("autoscaler"),
        _stats("autoscaler"),
        same_keys,
    ),
    Fact(
        "Broker: options",
        "`stats.broker`",
        "All that it tells",
        Source.INSPECT,
        _stats("broker"),
        _stats("broker"),
        same_keys,
    ),
    Fact(
        "Queues: name, exclusive, durable, routing key, no ack, alias, arguments, auto delete",
        "`queues`",
        "All that it tells",
        Source.INSPECT,
        _consumed,
        _consumed,
        same_keys,
    ),
    Fact(
        "Tasks: processed, by name",
        "`stats.total`",
        "All that it tells",
        Source.INSPECT,
        _stats("total"),
        _stats("total"),
    ),
    Fact("Tasks: active", "`active`", "All that it tells", Source.INSPECT, *_held("active")),
    Fact(
        "Tasks: active, Ack", "`active[].acknowledged`", "All that it tells", Source.INSPECT, *_active("acknowledged")
    ),
    Fact("Tasks: active, PID", "`active[].worker_pid`", "All that it tells", Source.INSPECT, *_active("worker_pid")),
    Fact("Tasks: active, args", "`active[].args`", "All that it tells", Source.EVENTS, *_active("args"), same_text),
    Fact(
        "Tasks: active, kwargs", "`active[].kwargs`", "All that it tells", Source.EVENTS, *_active("kwargs"), same_text
    ),
    Fact(
        "Tasks: active, time_start",
        "`active[].time_start`",
        "All that it tells",
        Source.INSPECT,
        *_active("time_start"),
        near,
    ),
    Fact(
        "Tasks: active, delivery_info",
        "`active[].delivery_info`",
        "All that it tells",
        Source.INSPECT,
        *_active("delivery_info"),
    ),
    Fact("Tasks: scheduled", "`scheduled`", "All that it tells", Source.INSPECT, *_held("scheduled")),
    Fact("Tasks: reserved", "`reserved`", "All that it tells", Source.INSPECT, *_held("reserved")),
    Fact(
        "Tasks: revoked",
        "`revoked`",
        "All that it tells",
        Source.INSPECT,
        lambda flower: sorted(flower.worker.get("revoked") or ()),
        lambda phloem: sorted(phloem.details.get("revoked") or ()),
    ),
    Fact(
        "Limits: task names (registered)", "`registered`", "All that it tells", Source.INSPECT, _names, _names, covers
    ),
    Fact("Config", "`conf`", "All that it tells", Source.INSPECT, _conf, _conf, same_keys),
    Fact(
        "System", "`stats.rusage`", "All that it tells", Source.INSPECT, _stats("rusage"), _stats("rusage"), same_keys
    ),
    Fact("Other: uptime", "`stats`, `since`", "up", Source.INSPECT, _other, _other, same_keys),
    Fact(
        "timestamp",
        "`heard_at`",
        "All that it tells",
        Source.INSPECT,
        lambda flower: flower.worker.get("timestamp"),
        lambda phloem: phloem.details.get("heard_at"),
        lambda value, ours: abs(value - ours) < 60,
    ),
)
"""Its page, and `GET /api/workers?workername=NAME`."""
