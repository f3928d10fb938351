"""Reading tasks: the list, one task, and its log."""

from __future__ import annotations

import re
from typing import Annotated, Any, Protocol

from flask import Blueprint, request
from msgspec import Meta
from werkzeug.wrappers import Response

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.api.calls.answers import LogPage
from phloem_server.api.calls.known_tasks import KnownTasks
from phloem_server.api.calls.resource import caller, resource
from phloem_server.live.errors import RecordUnread
from phloem_server.mirror.mirror import Page
from phloem_server.mirror.query.exclusion import Exclusion
from phloem_server.mirror.query.fields import GROUPS, LINKS
from phloem_server.mirror.query.query import LIMIT, Query
from phloem_server.mirror.scope import Scope
from phloem_server.web.body import answer, one, whole
from phloem_server.web.declared import needs, tells
from phloem_server.web.errors import QueryStringInvalid

LOG_LIMIT = 1000
"""Entries of a log in one answer, at most."""

_LOG_PAGE = 200  # entries, where the call names no limit
_ENTRY_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_PARAMETERS: dict[str, Any] = {
    **dict.fromkeys((*GROUPS, "label", *LINKS, "args.NAME", "error", "since", "until", "q"), str),
    **dict.fromkeys(("ran", "waited", "tries"), list[str]),
    "state": list[State],
    **{f"not.{name}": list[str] for name in Exclusion.__struct_fields__ if name != "args"},
    "not.args.NAME": str,
    "within": float,
    "older": float,
    "before": int,
    "limit": Annotated[int, Meta(ge=1, le=LIMIT)],
}
"""What the query string of the list may hold; see `mirror.query`."""

_SEVERAL = ("state", "ran", "waited", "tries")
"""What may repeat in it, apart from what is excluded."""


class Pages(Protocol):
    """Lists of tasks: the follower of the record."""

    @property
    def known(self) -> bool:
        """Whether the record was read at least once."""

    def page(self, query: Query) -> Page:
        """The newest tasks that fit."""

    def seen(self, task: Task, scope: Scope) -> Task:
        """A task that is within a scope, as somebody sees it who is limited to that."""


def blueprint(*, follower: Pages, known: KnownTasks) -> Blueprint:
    """The calls."""
    calls = resource("tasks")

    @calls.get("/tasks")
    @needs("see", scoped=True)
    @tells("A page of the tasks that fit, newest first.", Page, query=_PARAMETERS)
    def tasks() -> Response:
        if not follower.known:
            raise RecordUnread("The record of tasks could not be read yet.")
        page = follower.page(Query.parse(_asked(request.args.to_dict(flat=False)), caller().scope))
        return answer(page)

    @calls.get("/tasks/<name:task_id>")
    @needs("see", scoped=True)
    @tells("A task, with its long texts and its tries.", Task)
    def task(task_id: str) -> Response:
        return answer(known.get(task_id))

    @calls.get("/tasks/<name:task_id>/log")
    @needs("see", scoped=True)
    @tells(
        "Entries of the log of a task, the oldest first.",
        LogPage,
        query={"after": str, "limit": Annotated[int, Meta(ge=1, le=LOG_LIMIT)]},
    )
    def log(task_id: str) -> Response:
        given = request.args.to_dict(flat=False)
        after = one("after", given.get("after", [""]))
        if after and not _ENTRY_ID.fullmatch(after):
            raise QueryStringInvalid(f"after is {after[:80]!r}; it takes the id of a log entry.")
        limit = whole("limit", given.get("limit"), low=1, high=LOG_LIMIT) or _LOG_PAGE
        known.check(task_id)
        entries = known.channel.log(task_id, after, limit + 1)
        if not entries:
            known.get(task_id)
        shown = entries[:limit]
        return answer(LogPage(entries=tuple(shown), next=shown[-1].id if len(entries) > limit else None))

    return calls


def _asked(given: dict[str, list[str]]) -> dict[str, Any]:
    """The query of a query string: `not.name` stands for `name` within `not`, `args.name` for `name` within `args`."""
    unlike = {name[4:]: values for name, values in given.items() if name.startswith("not.")}
    asked: dict[str, Any] = {
        name: values if name in _SEVERAL else one(name, values)
        for name, values in given.items()
        if not name.startswith(("not.", "args."))
    }
    if "not" in asked:
        raise QueryStringInvalid(f"not is {asked['not'][:80]!r}; it needs a field, as in not.state=SUCCESS.")
    if "args" in asked or "args" in unlike:
        raise QueryStringInvalid("args needs the name of an argument, as in args.customer=ACME.")
    excluded: dict[str, Any] = {name: values for name, values in unlike.items() if not name.startswith("args.")}
    return {**asked, **_arguments(given, "args."), "not": {**excluded, **_arguments(given, "not.args.")}}


def _arguments(given: dict[str, list[str]], prefix: str) -> dict[str, dict[str, str]]:
    named = {name[len(prefix) :]: one(name, values) for name, values in given.items() if name.startswith(prefix)}
    return {"args": named} if named else {}
