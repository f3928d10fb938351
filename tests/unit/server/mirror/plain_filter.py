"""What a query means, written down once more and as plainly as can be."""

from __future__ import annotations

import json
from typing import Any

from phloem.model.state import State
from phloem.model.task import Task

WAITS = {State.PENDING, State.RECEIVED, State.RETRY}
RUNS = {State.STARTED, State.PROGRESS}


def shown(asked: dict[str, Any], task: Task, now: float) -> bool:
    """Whether a task is a row: it fits, with its state, and with where a page begins."""
    states = asked.get("state", list(State))
    unlike = asked.get("not", {}).get("state", [])
    older = task.first_offset < asked.get("before", 10**9)
    return fits(asked, task, now) and task.state in states and task.state not in unlike and older


def fits(asked: dict[str, Any], task: Task, now: float) -> bool:
    """Whether a task is counted: its state and its place aside. `asked` has ages such as "30s" for times."""
    unlike = asked.get("not", {})
    fields = ("name", "queue", "worker", "owner", "release", "label", "parent_id", "root_id", "group_id")
    known = next((at for at in (task.created_at, task.received_at, task.started_at) if at is not None), None)
    since = _since(task, known)
    return (
        all(_like(getattr(task, name), asked[name]) for name in fields if name in asked)
        and not any(_like(getattr(task, name), each) for name in fields for each in unlike.get(name, ()))
        and all(_has(task, word) for word in asked.get("q", "").split())
        and not any(_has(task, text) for text in unlike.get("q", ()))
        and ("error" not in asked or _fails_with(task, asked["error"]))
        and not any(_fails_with(task, text) for text in unlike.get("error", ()))
        and all(_argument(task, name) == value for name, value in asked.get("args", {}).items())
        and not any(_argument(task, name) == value for name, value in unlike.get("args", {}).items())
        and ("tries" not in asked or task.retries + 1 > int(asked["tries"][1:]))
        and ("within" not in asked or (known is not None and known > now - asked["within"]))
        and ("older" not in asked or (known is not None and known <= now - asked["older"]))
        and ("since" not in asked or (since is not None and since > now - float(asked["since"][:-1])))
        and ("until" not in asked or (since is not None and since <= now - float(asked["until"][:-1])))
        and ("ran" not in asked or _lasted(asked["ran"], task.state in RUNS, task.started_at, task.finished_at, now))
        and ("waited" not in asked or _lasted(asked["waited"], task.state in WAITS, _ready(task), task.started_at, now))
    )


def _like(value: str | None, wanted: str) -> bool:
    if wanted.endswith("*"):
        return value is not None and value.startswith(wanted[:-1])
    return value == wanted


def _has(task: Task, text: str) -> bool:
    texts = (task.name, task.label, task.id, task.queue, task.worker, task.owner, task.message, task.args, task.kwargs)
    found = any(text.lower() in each.lower() for each in texts if each)
    return found or _fails_with(task, text)


def _fails_with(task: Task, text: str) -> bool:
    return task.error is not None and text.lower() in f"{task.error.type}: {task.error.message}".lower()


def _argument(task: Task, name: str) -> str | None:
    found: str | None = json.loads(task.kwargs or "{}").get(name)
    return found


def _ready(task: Task) -> float | None:
    """When a task could have started."""
    sent = task.retried_at if task.retries or task.retried_at is not None else task.created_at
    return None if sent is None else max(sent, task.eta or 0.0)


def _since(task: Task, known: float | None) -> float | None:
    at = task.started_at if task.state in RUNS else _ready(task) if task.state in WAITS else task.finished_at
    return known if at is None else at


def _lasted(asked: str, goes_on: bool, begun: float | None, ended: float | None, now: float) -> bool:
    longer, bound = asked[0] == ">", float(asked[1:-1])
    if begun is None:
        return False
    if goes_on:
        return (begun <= now - bound) is longer
    if ended is None:
        return False
    took = max(0.0, ended - begun)
    return took > bound if longer else took < bound
