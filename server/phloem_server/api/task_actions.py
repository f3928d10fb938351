"""Acting on a task that is there: revoking it, or running it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from flask import Blueprint
from werkzeug.wrappers import Response

from phloem.instrument.headers import RETRY_OF
from phloem.model.event import Event
from phloem.model.state import RUNNING
from phloem.model.task import Line, Task
from phloem.record.record import Channel
from phloem_server.api.accepted import accepted
from phloem_server.api.errors import CallNotKept, TaskEnded, TaskNotEnded, TaskUnknown, TaskUnnamed
from phloem_server.api.resource import resource
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.sender import Sender
from phloem_server.web.body import answer, optional

Signal = Literal["SIGTERM", "SIGKILL", "SIGQUIT", "SIGHUP", "SIGUSR1"]
"""Those that reach a child of a worker. SIGUSR1 is what the soft time limit sends: the task can tidy up."""


class Revocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `revoke`: whether to stop the task where it runs, and how."""

    terminate: bool = False
    signal: Signal = "SIGTERM"


class Again(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `retry`: arguments to use instead of the kept ones."""

    args: list[Any] | None = None
    kwargs: dict[str, Any] | None = None


def blueprint(
    *,
    channel: Channel,
    registry: Registry,
    sender: Sender,
    control: RemoteControl,
    report: Callable[[Event], object],
) -> Blueprint:
    """The calls. `report` records what was done, for the task's log."""
    calls = resource("task_actions")

    @calls.post("/tasks/<path:task_id>/revoke")
    def revoke(task_id: str) -> Response:
        wanted = optional(Revocation)
        task = _known(channel, task_id)
        if task.state.ended:
            raise TaskEnded(f"This task has ended ({task.state}); there is nothing left to revoke.")
        control.revoke(task_id, task.worker, terminate=wanted.terminate, signal=wanted.signal)
        effect = _effect(task, wanted)
        report(Event(id=task_id, at=time.time(), log=(Line(at=time.time(), level="info", message=effect),)))
        return answer({"id": task_id, "effect": effect}, 202)

    @calls.post("/tasks/<path:task_id>/retry")
    def retry(task_id: str) -> Response:
        wanted = optional(Again)
        task = _known(channel, task_id)
        if not task.state.ended:
            raise TaskNotEnded(f"This task has not ended ({task.state}); only one that has can be run again.")
        if task.name is None:
            raise TaskUnnamed("Nobody said what this task is called, so it cannot be run again.")
        args, kwargs = _arguments(channel, task_id, wanted)
        registry.check(task.name, args, kwargs)
        queue = registry.queue(task.queue)
        return accepted(sender.send(task.name, args, kwargs, queue=queue, headers={RETRY_OF: task_id}))

    return calls


def _known(channel: Channel, task_id: str) -> Task:
    task = channel.task(task_id)
    if task is None:
        raise TaskUnknown(task_id)
    return task


def _effect(task: Task, wanted: Revocation) -> str:
    """What will come of it, in a sentence."""
    if task.state in RUNNING and wanted.terminate:
        return f"Asked to be stopped ({wanted.signal})."
    if task.state in RUNNING:
        return "Asked to be revoked. It runs already and may end; it is not tried again."
    return "Asked to be revoked. A worker drops it when its turn comes."


def _arguments(channel: Channel, task_id: str, wanted: Again) -> tuple[list[Any], dict[str, Any]]:
    """The arguments that came, otherwise those that were kept. CallNotKept where there are neither."""
    if wanted.args is not None and wanted.kwargs is not None:
        return wanted.args, wanted.kwargs
    kept = channel.call(task_id)
    if kept is None and wanted.args is None and wanted.kwargs is None:
        raise CallNotKept(
            "The arguments of this task were not kept (they are not plain data, or too large, or PHLOEM_KEEP_CALLS "
            "is 0). Send args and kwargs."
        )
    args, kwargs = msgspec.json.decode(kept) if kept is not None else ([], {})
    return (
        wanted.args if wanted.args is not None else list(args or ()),
        wanted.kwargs if wanted.kwargs is not None else dict(kwargs or {}),
    )
