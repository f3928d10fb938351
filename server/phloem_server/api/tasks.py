"""The HTTP calls under /api/v1: send a task, read tasks and logs, hand files in and out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from flask import Blueprint, request
from werkzeug.wrappers import Response

from phloem.record.record import ChannelError
from phloem_server import __version__
from phloem_server.api import files as transfer
from phloem_server.api.submission import Submission
from phloem_server.mirror.query import Query
from phloem_server.mirror.query_values import QueryError
from phloem_server.web import problem as errors
from phloem_server.web.body import BODY_LIMIT, answer, json_body, one, whole
from phloem_server.web.problem import Problem

if TYPE_CHECKING:
    from phloem.files import FileStore
    from phloem.record.record import Channel
    from phloem_server.control.registry import Registry
    from phloem_server.control.sender import Sender
    from phloem_server.settings import Config

LOG_LIMIT = 1000
"""Entries of a log in one answer, at most."""

_LOG_PAGE = 200
_ENTRY = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


class Relay(Protocol):
    """What the API asks of the relay."""

    @property
    def known(self) -> bool:
        """Whether the record was read at least once."""

    def page(self, query: Query) -> Any:
        """The newest tasks that match."""


def blueprint(
    *,
    config: Config,
    relay: Relay,
    channel: Channel,
    registry: Registry,
    files: FileStore,
    sender: Sender,
) -> Blueprint:
    """The calls."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.errorhandler(ChannelError)
    def no_record(error: ChannelError) -> Response:
        return errors.response(Problem(503, str(error), headers=[("Retry-After", "1")]))

    @api.before_request
    def limit_body() -> None:
        request.max_content_length = BODY_LIMIT

    @api.post("/tasks")
    def submit() -> Response:
        wanted = Submission.parse(json_body())
        registry.check(wanted.name, wanted.args, wanted.kwargs)
        return sender.send(wanted.name, wanted.args, wanted.kwargs, **wanted.options(datetime.now(UTC)))

    @api.get("/tasks")
    def tasks() -> Response:
        if not relay.known:
            raise Problem(503, "The record of tasks could not be read yet.", headers=[("Retry-After", "1")])
        try:
            query = Query.parse(_asked(request.args.to_dict(flat=False)))
        except QueryError as error:
            raise Problem(400, str(error)) from error
        page = relay.page(query)
        names = ("epoch", "offset", "tasks", "totals", "next")
        return answer({name: getattr(page, name) for name in names})

    @api.get("/tasks/<path:task_id>")
    def task(task_id: str) -> Response:
        found = channel.task(task_id)
        if found is None:
            raise unknown(task_id)
        return answer(found)

    @api.get("/tasks/<path:task_id>/log")
    def log(task_id: str) -> Response:
        given = request.args.to_dict(flat=False)
        after = one("after", given.get("after", [""]))
        if after and not _ENTRY.fullmatch(after):
            raise Problem(400, f"after is {after[:80]!r}; it takes the id of a log entry.")
        limit = whole("limit", given.get("limit"), low=1, high=LOG_LIMIT) or _LOG_PAGE
        entries = channel.log(task_id, after, limit + 1)
        if not entries and channel.task(task_id) is None:
            raise unknown(task_id)
        shown = entries[:limit]
        return answer({"entries": shown, "next": shown[-1].id if len(entries) > limit else None})

    @api.get("/registry")
    def known() -> Response:
        return answer({"tasks": registry.entries()})

    @api.post("/uploads")
    def upload() -> Response:
        kept = transfer.receive(files, config.upload_limit)
        told = ("id", "filename", "size", "content_type")
        body = {name: getattr(kept, name) for name in told}
        return answer(body, 201, location=f"/api/v1/files/{kept.id}")

    @api.get("/files/<file_id>")
    def download(file_id: str) -> Response:
        kept = files.find(file_id)
        if kept is None or not kept.path.is_file():
            raise Problem(404, f"There is no file {file_id[:200]!r}, or no longer.")
        return transfer.offer(kept)

    @api.get("/session")
    def session() -> Response:
        return answer(
            {
                "password": config.password is not None,
                "files": {"max_upload": config.upload_limit},
                "mailbox": config.smtp.is_local_mailbox,
                "version": __version__,
            }
        )

    return api


def unknown(task_id: str) -> Problem:
    """404 for a task that nobody knows."""
    return Problem(404, f"No task {task_id[:200]!r} is known; there was none, or it is no longer kept.")


def _asked(given: dict[str, list[str]]) -> dict[str, Any]:
    """The query of a query string: `not.name` stands for `name` within `not`. That, and the state, may repeat."""
    unlike = {name[4:]: values for name, values in given.items() if name.startswith("not.")}
    asked: dict[str, Any] = {
        name: values if name == "state" else one(name, values)
        for name, values in given.items()
        if not name.startswith("not.")
    }
    if "not" in asked:
        raise Problem(400, f"not is {asked['not'][:80]!r}; it needs a field, as in not.state=SUCCESS.")
    return {**asked, "not": unlike}
