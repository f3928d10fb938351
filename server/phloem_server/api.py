"""The HTTP calls under /api/v1: send a task, read tasks and logs, hand files in and out."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import msgspec
from celery.result import denied_join_result
from celery.utils import uuid
from flask import Blueprint, request
from kombu.exceptions import KombuError
from werkzeug.wrappers import Response

from phloem.channel import ChannelError
from phloem_server import __version__, errors, transfer
from phloem_server.errors import Problem
from phloem_server.query import Query, QueryError
from phloem_server.submission import Submission

if TYPE_CHECKING:
    from phloem.channel import Channel
    from phloem.files import FileStore
    from phloem_server.config import Config
    from phloem_server.registry import Registry

BODY_LIMIT = 1024 * 1024
"""Bytes of a JSON body; what a task needs beyond that is an upload."""

LOG_LIMIT = 1000
"""Entries of a log in one answer, at most."""

_LOG_PAGE = 200
_ENTRY = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")

logger = logging.getLogger("phloem.server")


class Relay(Protocol):
    """What the API asks of the relay."""

    @property
    def known(self) -> bool:
        """Whether the record was read at least once."""

    def page(self, query: Query, before: int | None = None) -> Any:
        """The newest tasks that match, below the offset `before`."""


def blueprint(
    *,
    config: Config,
    relay: Relay,
    channel: Channel,
    registry: Registry,
    files: FileStore,
    flush: Callable[[], object],
) -> Blueprint:
    """The calls. `flush` waits, for a moment at most, until what was just sent is in the record."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.errorhandler(ChannelError)
    def no_record(error: ChannelError) -> Response:
        return errors.response(Problem(503, str(error), headers=[("Retry-After", "1")]))

    @api.before_request
    def limit_body() -> None:
        request.max_content_length = BODY_LIMIT

    @api.post("/tasks")
    def submit() -> Response:
        if not request.is_json:
            came = request.mimetype or "of no named type"
            raise Problem(415, f"The body is {came}; this takes application/json.")
        wanted = Submission.parse(_body())
        registry.check(wanted.name, wanted.args, wanted.kwargs)
        task_id = uuid()
        _send(registry, task_id, wanted)
        try:
            flush()
        except Exception:
            # It was accepted; that it is shown late is no reason to say otherwise.
            logger.exception("The record of task %s is late", task_id)
        ours = quote(task_id, safe="")
        url = f"/api/v1/tasks/{ours}"
        return _json({"id": task_id, "url": url, "page": f"/tasks/{ours}"}, 202, location=url)

    @api.get("/tasks")
    def tasks() -> Response:
        if not relay.known:
            raise Problem(503, "The record of tasks could not be read yet.", headers=[("Retry-After", "1")])
        given = request.args.to_dict(flat=False)
        before = _whole("before", given.pop("before", None), low=0)
        # Only the state may repeat.
        single = {name: _one(name, values) for name, values in given.items() if name != "state"}
        try:
            query = Query.parse({**single, "state": given.get("state")})
        except QueryError as error:
            raise Problem(400, str(error)) from error
        page = relay.page(query, before)
        names = ("epoch", "offset", "tasks", "totals", "next")
        return _json({name: getattr(page, name) for name in names})

    @api.get("/tasks/<path:task_id>")
    def task(task_id: str) -> Response:
        found = channel.task(task_id)
        if found is None:
            raise _unknown(task_id)
        return _json(found)

    @api.get("/tasks/<path:task_id>/log")
    def log(task_id: str) -> Response:
        given = request.args.to_dict(flat=False)
        after = _one("after", given.get("after", [""]))
        if after and not _ENTRY.fullmatch(after):
            raise Problem(400, f"after is {after[:80]!r}; it takes the id of a log entry.")
        limit = _whole("limit", given.get("limit"), low=1, high=LOG_LIMIT) or _LOG_PAGE
        entries = channel.log(task_id, after, limit + 1)
        if not entries and channel.task(task_id) is None:
            raise _unknown(task_id)
        shown = entries[:limit]
        return _json({"entries": shown, "next": shown[-1].id if len(entries) > limit else None})

    @api.get("/registry")
    def known() -> Response:
        return _json({"tasks": registry.entries()})

    @api.post("/uploads")
    def upload() -> Response:
        kept = transfer.receive(files, config.upload_limit)
        told = ("id", "filename", "size", "content_type")
        body = {name: getattr(kept, name) for name in told}
        return _json(body, 201, location=f"/api/v1/files/{kept.id}")

    @api.get("/files/<file_id>")
    def download(file_id: str) -> Response:
        kept = files.get("files", file_id) or files.get("uploads", file_id)
        if kept is None or not kept.path.is_file():
            raise Problem(404, f"There is no file {file_id[:200]!r}, or no longer.")
        return transfer.offer(kept)

    @api.get("/session")
    def session() -> Response:
        return _json(
            {
                "password": config.password is not None,
                "files": {"max_upload": config.upload_limit},
                "version": __version__,
            }
        )

    return api


def _send(registry: Registry, task_id: str, wanted: Submission) -> None:
    """The one place where a task is sent. Nothing was accepted unless it returns."""
    options = wanted.options(datetime.now(UTC))
    # One more try, at once: a connection of the pool may have ended with a broker that is back.
    again = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    task = registry.celery.tasks[wanted.name]
    try:
        # Where waiting for results is allowed, a Redis result backend subscribes to that of every task
        # sent, one subscription more each time and for good. Nobody here waits for any.
        with denied_join_result():
            task.apply_async(
                wanted.args,
                wanted.kwargs,
                task_id=task_id,
                retry=True,
                retry_policy=again,
                **options,
            )
    except (KombuError, OSError) as error:
        logger.warning("Task %s could not be sent: %s", wanted.name, error)
        raise Problem(
            503,
            "The broker does not answer, so the task was not accepted.",
            headers=[("Retry-After", "1")],
        ) from error


def _json(body: object, status: int = 200, *, location: str | None = None) -> Response:
    answer = Response(msgspec.json.encode(body), status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    if location is not None:
        answer.headers["Location"] = location
    return answer


def _body() -> bytes:
    """The whole body, also where it does not tell its length."""
    request.max_content_length = None  # else one that does not tell its length is cut there, without a word
    body = bytearray()
    if (request.content_length or 0) <= BODY_LIMIT:
        while len(body) <= BODY_LIMIT and (more := request.stream.read(BODY_LIMIT + 1 - len(body))):
            body += more
    if max(len(body), request.content_length or 0) > BODY_LIMIT:
        raise Problem(413, f"The body is larger than {BODY_LIMIT:,} bytes; what a task needs beyond that is an upload.")
    return bytes(body)


def _unknown(task_id: str) -> Problem:
    return Problem(404, f"No task {task_id[:200]!r} is known; there was none, or it is no longer kept.")


def _one(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise Problem(400, f"{name} came {len(values)} times; it takes one value.")
    return values[0]


def _whole(name: str, values: list[str] | None, *, low: int, high: int = 10**15) -> int | None:
    """A whole number of the query string; None where there is none."""
    if values is None:
        return None
    text = _one(name, values)
    if not re.fullmatch(r"[0-9]{1,15}", text) or not low <= int(text) <= high:
        raise Problem(400, f"{name} is {text[:80]!r}; it takes a whole number from {low} to {high}.")
    return int(text)
