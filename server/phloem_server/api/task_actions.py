"""Acting on a task that is there: revoking it, or running it again."""

from __future__ import annotations

import time
from typing import Any, Literal

import msgspec
from flask import Blueprint, request
from werkzeug.wrappers import Response

from phloem.model.event import Event
from phloem.model.state import RUNNING
from phloem.model.task import Task
from phloem_server.access.permissions import check
from phloem_server.api.calls.accepted import accepted
from phloem_server.api.calls.answers import Accepted, Revoked
from phloem_server.api.calls.by_whom import Report, tell, tell_launch, who
from phloem_server.api.calls.errors import TaskEnded, TaskNotEnded
from phloem_server.api.calls.known_tasks import KnownTasks
from phloem_server.api.calls.resource import caller, resource
from phloem_server.api.submission import QueueName
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.reruns import Changes, Kept, Reruns
from phloem_server.web.body import answer, optional
from phloem_server.web.declared import Needs, needs, tells
from phloem_server.web.noted import noted

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

    @property
    def is_launch(self) -> bool:
        """Whether it is about more than running again what ran before."""
        return any(each is not None for each in (self.args, self.kwargs, self.queue))


def blueprint(
    *,
    known: KnownTasks,
    reruns: Reruns,
    control: RemoteControl,
    report: Report,
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
        noted(request.environ).detail = effect
        effect_by = _effect(task, wanted, "" if (name := who()) is None else f" by {name}")
        tell(report, task_id, effect_by, revoked=True)
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
        if wanted.is_launch:
            check(caller(), Needs("launch", scoped=True), task_id)
        if not task.state.ended:
            raise TaskNotEnded(f"This task has not ended ({task.state}); only one that has can be run again.")
        changes = Changes(args=wanted.args, kwargs=wanted.kwargs, queue=wanted.queue, follow=wanted.follow)
        sent, effect = reruns.run(task, changes)
        report(Event(id=task_id, at=time.time(), retried_as=sent.id))
        tell_launch(report, sent.id, "Run again")
        return accepted(sent, effect=effect)

    return calls


def _effect(task: Task, wanted: Revocation, who: str = "") -> str:
    """What will come of it, in a sentence; `who` is " by" somebody."""
    if task.state in RUNNING and wanted.terminate:
        return f"Asked{who} to be stopped ({wanted.signal})."
    if task.state in RUNNING:
        return f"Asked{who} to be revoked. It runs already and may end; it is not tried again."
    return f"Asked{who} to be revoked. A worker drops it when its turn comes."
