"""Acting on a task that is there: revoking it, or running it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from flask import Blueprint
from werkzeug.wrappers import Response

from phloem.model.event import Event
from phloem.model.state import RUNNING
from phloem.model.task import Line, Task
from phloem_server.api.accepted import accepted
from phloem_server.api.answers import Accepted, Revoked
from phloem_server.api.errors import TaskEnded, TaskNotEnded
from phloem_server.api.known_tasks import KnownTasks
from phloem_server.api.resource import resource
from phloem_server.api.submission import QueueName
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.reruns import Changes, Kept, Reruns
from phloem_server.web.body import answer, optional
from phloem_server.web.declared import needs, tells

Signal = Literal["SIGTERM", "SIGKILL", "SIGQUIT", "SIGHUP", "SIGUSR1"]
"""Those that reach a child of a worker. SIGUSR1 is what the soft time limit sends: the task can tidy up."""


class Revocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `revoke`: whether to stop the task where it runs, and how."""

    terminate: bool = False
    signal: Signal = "SIGTERM"


class Again(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `retry`: arguments and a queue to use instead of the kept ones, and whether what follows runs too."""

    args: list[Any] | None = None
    kwargs: dict[str, Any] | None = None
    queue: QueueName | None = None
    follow: bool = False


def blueprint(
    *,
    known: KnownTasks,
    reruns: Reruns,
    control: RemoteControl,
    report: Callable[[Event], object],
) -> Blueprint:
    """The calls. `report` records what was done, for the task's log."""
    calls = resource("task_actions")

    @calls.post("/tasks/<name:task_id>/revoke")
    @needs("revoke", scoped=True)
    @tells("Revokes a task.", Revoked, status=202, body=Revocation, needs_body=False)
    def revoke(task_id: str) -> Response:
        wanted = optional(Revocation)
        task = known.get(task_id)
        if task.state.ended:
            raise TaskEnded(f"This task has ended ({task.state}); there is nothing left to revoke.")
        control.revoke(task_id, task.worker, terminate=wanted.terminate, signal=wanted.signal)
        effect = _effect(task, wanted)
        report(Event(id=task_id, at=time.time(), log=(Line(at=time.time(), level="info", message=effect),)))
        return answer(Revoked(id=task_id, effect=effect), 202)

    @calls.get("/tasks/<name:task_id>/call")
    @needs("retry", scoped=True)
    @tells("What is kept to run a task again.", Kept)
    def call(task_id: str) -> Response:
        return answer(reruns.kept(known.get(task_id)))

    @calls.post("/tasks/<name:task_id>/retry")
    @needs("retry", scoped=True)
    @tells("Runs a task again, as another task.", Accepted, status=202, body=Again, needs_body=False)
    def retry(task_id: str) -> Response:
        wanted = optional(Again)
        task = known.get(task_id)
        if not task.state.ended:
            raise TaskNotEnded(f"This task has not ended ({task.state}); only one that has can be run again.")
        changes = Changes(args=wanted.args, kwargs=wanted.kwargs, queue=wanted.queue, follow=wanted.follow)
        sent, effect = reruns.run(task, changes)
        return accepted(sent, effect=effect)

    return calls


def _effect(task: Task, wanted: Revocation) -> str:
    """What will come of it, in a sentence."""
    if task.state in RUNNING and wanted.terminate:
        return f"Asked to be stopped ({wanted.signal})."
    if task.state in RUNNING:
        return "Asked to be revoked. It runs already and may end; it is not tried again."
    return "Asked to be revoked. A worker drops it when its turn comes."
