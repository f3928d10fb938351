"""All that a worker tells of itself when it is asked, without secrets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from phloem.instrument.messages.message import time_told
from phloem.model.task import Task
from phloem.redaction import WITHHELD, redact, scrub
from phloem_server.control.remote_control import RemoteControl

LISTED = 200
"""Most tasks of each kind that are listed."""


class HeldTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task that a worker has taken."""

    id: str
    """Id of the task."""

    name: str | None
    """Name of the task."""

    args: str | None
    """Positional arguments as the record has them: as text, without secrets. The worker would tell these whole."""

    kwargs: str | None
    """Keyword arguments, as text like `args`."""

    acknowledged: bool | None
    """Whether its message is acknowledged."""

    worker_pid: int | None
    """Id of the process that runs it."""

    time_start: float | None
    """When it started, in Unix seconds."""

    eta: float | None
    """When it may start at the earliest, in Unix seconds."""

    priority: int | None
    """Priority of its entry in the worker's timer."""

    delivery_info: dict[str, Any]
    """How its message came: `exchange`, `routing_key`, `priority`, `redelivered`."""


class WorkerAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker answered to each command of Celery's `inspect`; null to one that it did not answer."""

    name: str
    """Name of the worker."""

    heard_at: float
    """When it answered, in Unix seconds."""

    stats: dict[str, Any]
    """Its answer to `stats`: `pool`, `broker`, `total`, `prefetch_count`, `autoscaler`, `rusage`, `pid`, `clock`,
    `uptime`."""

    conf: dict[str, Any] | None
    """Its settings, those that are not the default ones; secrets are replaced, by itself and here."""

    registered: tuple[str, ...] | None
    """Names of the tasks that it has, each with its rate limit where it has one."""

    queues: tuple[dict[str, Any], ...] | None
    """The queues that it takes from, as it declares them."""

    active: tuple[HeldTask, ...] | None
    """The tasks that it runs; at most {worker_answers.LISTED}, as of the next two."""

    reserved: tuple[HeldTask, ...] | None
    """The tasks that it has taken ahead."""

    scheduled: tuple[HeldTask, ...] | None
    """The tasks that wait in it for their time."""

    revoked: tuple[str, ...] | None
    """Ids of tasks that it would not run; at most {worker_answers.LISTED}."""

    counts: dict[str, int]
    """Count of all that it has of `active`, `reserved`, `scheduled` and `revoked`."""


class WorkerInterview:
    """Asks a worker for all that it tells. `row` is the record's row of a task, `clock` gives Unix seconds."""

    def __init__(
        self, control: RemoteControl, row: Callable[[str], Task | None], clock: Callable[[], float] = time.time
    ) -> None:
        self._control = control
        self._row = row
        self._clock = clock

    def ask(self, worker: str) -> WorkerAnswers:
        """What the worker answers. NoAnswer where it does not."""
        said = self._control.interview(worker)
        held = {kind: _list(said[kind]) for kind in ("active", "reserved", "scheduled", "revoked")}
        registered, conf, queues = _list(said["registered"]), said["conf"], _list(said["active_queues"])
        return WorkerAnswers(
            name=worker,
            heard_at=self._clock(),
            stats=_plain(said["stats"]),
            conf=_plain(conf) if isinstance(conf, Mapping) else None,
            registered=None if registered is None else tuple(map(str, registered)),
            queues=None if queues is None else tuple(_routed(each) for each in queues if isinstance(each, Mapping)),
            active=self._tasks(held["active"]),
            reserved=self._tasks(held["reserved"]),
            scheduled=self._tasks(held["scheduled"]),
            revoked=None if held["revoked"] is None else tuple(map(str, held["revoked"][:LISTED])),
            counts={kind: len(tasks) for kind, tasks in held.items() if tasks is not None},
        )

    def _tasks(self, told: Sequence[Any] | None) -> tuple[HeldTask, ...] | None:
        if told is None:
            return None
        return tuple(self._task(each) for each in told[:LISTED] if isinstance(each, Mapping))

    def _task(self, told: Mapping[str, Any]) -> HeldTask:
        request = told.get("request", told)
        task_id = str(request.get("id"))
        row = self._row(task_id)
        return HeldTask(
            id=task_id,
            name=request.get("name"),
            args=WITHHELD if row is None else row.args,
            kwargs=WITHHELD if row is None else row.kwargs,
            acknowledged=request.get("acknowledged"),
            worker_pid=request.get("worker_pid"),
            time_start=request.get("time_start"),
            eta=time_told(told.get("eta")),
            priority=told.get("priority"),
            delivery_info=_routed(request.get("delivery_info")),
        )


def _list(told: Any) -> list[Any] | None:
    return told if isinstance(told, list) else None


def _plain(told: Any) -> dict[str, Any]:
    """A copy without secrets, of plain data alone."""
    return msgspec.json.decode(msgspec.json.encode(redact(told), enc_hook=repr), type=dict[str, Any] | None) or {}


def _routed(told: Any) -> dict[str, Any]:
    """Where messages go: a routing key is no secret, for all that its name ends in."""
    key = told.get("routing_key") if isinstance(told, Mapping) else None
    return _plain(told) | ({} if key is None else {"routing_key": scrub(str(key))})
