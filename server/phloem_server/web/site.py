"""The built page and what belongs to it, and the two questions that a process manager asks."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Protocol

from flask import Blueprint, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from phloem_server.web import html as markup
from phloem_server.web import problem as errors
from phloem_server.web.problem import Problem

STATIC = Path(__file__).parents[1] / "static"
"""Where the build puts the page."""

PAGES = (
    "/",
    "/tasks/<path:task_id>",
    "/launch",
    "/mailbox",
    "/mailbox/<message_id>",
    "/workers",
    "/queues",
    "/schedule",
    "/now",
)
"""Addresses that the page itself understands."""

_UNBUILT = "The page was not built. Run bin/setup or bin/build, then load this again."

_NAMED = re.compile(r'<meta name="build" content="(\w+)"')

logger = logging.getLogger("phloem.server")


class Build:
    """Which page this server hands out at present: it may be built anew while the process runs."""

    def __init__(self, static: Path = STATIC) -> None:
        self._index = static / "index.html"
        self._known: tuple[int, str | None] = (0, None)

    def name(self) -> str | None:
        """The name that the page was given when it was built; None for one that was not built, or has none."""
        try:
            changed = self._index.stat().st_mtime_ns
            if changed != self._known[0]:
                named = _NAMED.search(self._index.read_text())
                self._known = changed, named and named[1]
        except OSError:
            return None
        return self._known[1]


class Relay(Protocol):
    """What readiness depends on."""

    @property
    def live(self) -> bool:
        """Whether Redis answers and everything it holds has arrived."""


def blueprint(*, relay: Relay, static: Path = STATIC) -> Blueprint:
    """Everything outside the API: the page under its addresses, its files, /healthz and /readyz."""
    pages = Blueprint("pages", __name__)

    def index(**_: str) -> Response:
        if not (static / "index.html").is_file():
            return _unbuilt()
        return _file(static, "index.html", "no-cache")

    for rule in PAGES:
        pages.add_url_rule(rule, "index", index, strict_slashes=False)

    @pages.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        # Such a name contains a hash of its content.
        return _file(static / "assets", name, "public, max-age=31536000, immutable")

    @pages.get("/<name>")
    def file(name: str) -> Response:
        return _file(static, name, "no-cache")

    @pages.get("/healthz")
    def health() -> Response:
        return _plain("ok")

    @pages.get("/readyz")
    def readiness() -> Response:
        if not relay.live:
            raise Problem(503, "Redis does not answer, or not everything it holds has arrived yet.")
        return _plain("ready")

    @pages.app_errorhandler(NotFound)
    def nothing(_: NotFound) -> Response:
        path = request.path[:200]
        # What lies under the API is asked for by programs, whatever they say they accept.
        if _is_person() and not path.startswith("/api/"):
            return markup.page(404, "Not here", f"There is no page {path}", '<a href="/">All tasks</a>')
        return errors.response(Problem(404, f"There is nothing at {path}"))

    return pages


def _file(folder: Path, name: str, caching: str) -> Response:
    """A file with an ETag. Caching "no-cache" means: ask each time, the answer is mostly 304."""
    answer = send_from_directory(folder, name)
    answer.headers["Cache-Control"] = caching
    return answer


def _plain(text: str) -> Response:
    return Response(f"{text}\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


def _is_person() -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _unbuilt() -> Response:
    logger.error(_UNBUILT)
    if _is_person():
        return markup.page(503, "Not built yet", _UNBUILT)
    return errors.response(Problem(503, _UNBUILT))
