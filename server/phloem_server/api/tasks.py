"""Reading tasks: the list, one task, and its log."""

from __future__ import annotations

import re
from typing import Any, Protocol

from flask import Blueprint, request
from werkzeug.wrappers import Response

from phloem_server.api.known_tasks import KnownTasks
from phloem_server.api.resource import caller, resource
from phloem_server.live.errors import RecordUnread
from phloem_server.mirror.mirror import Page
from phloem_server.mirror.query import Query
from phloem_server.web.body import answer, one, whole
from phloem_server.web.declared import needs
from phloem_server.web.errors import QueryStringInvalid

LOG_LIMIT = 1000
"""Entries of a log in one answer, at most."""

_LOG_PAGE = 200  # entries, where the call names no limit
_ENTRY_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_PAGE_FIELDS = ("epoch", "offset", "tasks", "totals", "next")


class Pages(Protocol):
    """Lists of tasks: the follower of the record."""

    @property
    def known(self) -> bool:
        """Whether the record was read at least once."""

    def page(self, query: Query) -> Page:
        """The newest tasks that fit."""


def blueprint(*, follower: Pages, known: KnownTasks) -> Blueprint:
    """The calls."""
    calls = resource("tasks")

    @calls.get("/tasks")
    @needs("see", scoped=True)
    def tasks() -> Response:
        if not follower.known:
            raise RecordUnread("The record of tasks could not be read yet.")
        page = follower.page(Query.parse(_asked(request.args.to_dict(flat=False)), caller().scope))
        return answer({name: getattr(page, name) for name in _PAGE_FIELDS})

    @calls.get("/tasks/<name:task_id>")
    @needs("see", scoped=True)
    def task(task_id: str) -> Response:
        return answer(known.get(task_id))

    @calls.get("/tasks/<name:task_id>/log")
    @needs("see", scoped=True)
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
        return answer({"entries": shown, "next": shown[-1].id if len(entries) > limit else None})

    return calls


def _asked(given: dict[str, list[str]]) -> dict[str, Any]:
    """The query of a query string: `not.name` stands for `name` within `not`. That, and the state, may repeat."""
    unlike = {name[4:]: values for name, values in given.items() if name.startswith("not.")}
    asked: dict[str, Any] = {
        name: values if name == "state" else one(name, values)
        for name, values in given.items()
        if not name.startswith("not.")
    }
    if "not" in asked:
        raise QueryStringInvalid(f"not is {asked['not'][:80]!r}; it needs a field, as in not.state=SUCCESS.")
    return {**asked, "not": unlike}
