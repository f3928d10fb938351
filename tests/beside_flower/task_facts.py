"""What Flower shows of a task, on its page and in `GET /api/task/info/ID`; the columns of its list are among these."""

from __future__ import annotations

from typing import Any

from tests.beside_flower.agreement import (
    among,
    any_traceback,
    at_most_later,
    covers,
    moment,
    near,
    same_error,
    same_state,
    same_text,
)
from tests.beside_flower.fact import Fact, Source, key
from tests.beside_flower.tellers import Answer


def _failed(task: Answer) -> Any:
    """Why a task failed, or was tried again."""
    tries = [each["error"] for each in task.get("tries") or () if each["error"]]
    return task.get("error") or (tries[-1] if tries else None)


def _parent(task: Answer) -> Any:
    """Celery's events name a task that is tried again as its own parent, which it is not."""
    return None if task["parent_id"] == task["uuid"] else task["parent_id"]


def _children(task: Answer) -> Any:
    return [each for each in task["children"] if each != task["uuid"]]


def _client(task: Answer) -> Any:
    """Who sent it first: of a task that is tried again, Flower shows the worker that sent it last."""
    return None if task["retries"] else task["client"]


def _last(task: Answer) -> Any:
    times = (task.get(name) for name in ("created_at", "received_at", "started_at", "retried_at", "finished_at"))
    return max((time for time in times if time is not None), default=None)


def _of_try(task: Answer) -> Any:
    return None if task["state"] == "FAILURE" else task["traceback"]


def _logged(task: Answer) -> Any:
    return [entry["message"] for entry in task.get("log") or () if entry["kind"] == "log"]


def _of_failure(task: Answer) -> Any:
    return task["traceback"] if task["state"] == "FAILURE" else None


def _told(task: Answer) -> Any:
    found = [task["error"]["traceback"]] if task.get("error") else []
    return [each for each in (*found, *_logged(task)) if each]


_END = "Finished"

TASK = (
    Fact("name", "`name`", "heading", Source.EVENTS, key("name"), key("name")),
    Fact("uuid", "`id`", "heading", Source.EVENTS, key("uuid"), key("id")),
    Fact("state", "`state`", "heading", Source.BOTH, key("state"), key("state"), same_state),
    Fact("args", "`args`", "Arguments", Source.EVENTS, key("args"), key("args"), same_text),
    Fact("kwargs", "`kwargs`", "Arguments", Source.EVENTS, key("kwargs"), key("kwargs"), same_text),
    Fact(
        "result",
        "`result`, whole where the backend tells",
        "Result",
        Source.BOTH,
        key("result"),
        key("result"),
        same_text,
    ),
    Fact("sent", "`created_at`", "Created", Source.SENT, key("sent"), key("created_at"), near),
    Fact("received", "`received_at`", "Received", Source.EVENTS, key("received"), key("received_at"), near),
    Fact("started", "`started_at`", "Started", Source.EVENTS, key("started"), key("started_at"), near),
    Fact("succeeded", "`finished_at`", _END, Source.BOTH, key("succeeded"), key("finished_at"), at_most_later),
    Fact("failed", "`finished_at`", _END, Source.BOTH, key("failed"), key("finished_at"), at_most_later),
    Fact("revoked", "`finished_at`", _END, Source.BOTH, key("revoked"), key("finished_at"), at_most_later),
    Fact("rejected", "`finished_at`", _END, Source.BOTH, key("rejected"), key("finished_at"), at_most_later),
    Fact(
        "retried",
        "`retried_at`, and the end of each of `tries`",
        "Tries",
        Source.BOTH,
        key("retried"),
        key("retried_at"),
        near,
    ),
    Fact("runtime", "`runtime`", "Ran", Source.EVENTS, key("runtime"), key("runtime"), near),
    Fact("timestamp", "the last of the times above", "Log", Source.BOTH, key("timestamp"), _last, at_most_later),
    Fact("eta", "`eta`", "Not before", Source.EVENTS, key("eta"), key("eta"), moment),
    Fact("expires", "`expires`", "Expires", Source.EVENTS, key("expires"), key("expires"), moment),
    Fact("retries", "`retries`", "Tries", Source.EVENTS, key("retries"), key("retries")),
    Fact("worker", "`worker`", "Worker", Source.EVENTS, key("worker"), key("worker")),
    Fact(
        "exception",
        "`error`, and that of each of `tries`",
        "Error, Tries",
        Source.BOTH,
        key("exception"),
        _failed,
        same_error,
    ),
    Fact(
        "traceback",
        "`error.traceback`; in the log where the backend stores none",
        "Error",
        Source.BOTH,
        _of_failure,
        _told,
        any_traceback,
    ),
    Fact("traceback, of a try before", "`GET /tasks/ID/log`", "Log", Source.EVENTS, _of_try, _logged, any_traceback),
    Fact("exchange", "`exchange`", "Exchange", Source.SENT, key("exchange"), key("exchange")),
    Fact("routing_key", "`routing_key`", "Routing key", Source.SENT, key("routing_key"), key("routing_key")),
    Fact("client", "`origin`", "Sent by", Source.SENT, _client, key("origin")),
    Fact("root, root_id", "`root_id`", "Began with", Source.EVENTS, key("root_id"), key("root_id")),
    Fact("parent, parent_id", "`parent_id`", "Started by", Source.EVENTS, _parent, key("parent_id")),
    Fact(
        "children", "`GET /tasks?parent_id=ID`", "Started from here", Source.EVENTS, _children, key("children"), covers
    ),
    Fact(
        "clock",
        "`offset`",
        "the order of lists",
        Source.RECORD,
        key("clock"),
        key("offset"),
        among,
        "The order of all changes without a gap, where Celery's logical clock is that of one worker.",
    ),
)
