"""The built page with its files, and the two probes of a process manager: /healthz and /readyz."""

from __future__ import annotations

import logging
import re
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Protocol
from zlib import adler32

from flask import Blueprint, request, send_file, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from phloem_server.web import html
from phloem_server.web.declared import needs
from phloem_server.web.encodings import ENDINGS, coding
from phloem_server.web.errors import NotReady, PageNotBuilt, PathUnknown
from phloem_server.web.middleware.prefix import below
from phloem_server.web.paths import PAGES
from phloem_server.web.problem import of_problem

STATIC = Path(__file__).parents[1] / "static"
"""Where the build puts the page."""

_UNBUILT = "The page was not built. Run bin/setup or bin/build, then load this again."

_NAMED = re.compile(r'<meta name="build" content="(\w+)"')

_RELATIVE = re.compile(r'="\./')
"""How the build spells addresses of its own files in the page, which itself has addresses of any depth."""

logger = logging.getLogger(__name__)


class Build:
    """The build of the page that is in the folder `static` now: it may be replaced while the process runs."""

    def __init__(self, static: Path = STATIC) -> None:
        self._index = static / "index.html"
        self._known: tuple[int, str | None] = (0, None)

    def name(self) -> str | None:
        """The name that the build gave the page; None where the page was not built, or has no name."""
        try:
            changed = self._index.stat().st_mtime_ns
            if changed != self._known[0]:
                named = _NAMED.search(self._index.read_text())
                self._known = changed, named and named[1]
        except OSError:
            return None
        return self._known[1]


class Readiness(Protocol):
    """What /readyz depends on: the follower of the record."""

    @property
    def live(self) -> bool:
        """Whether Redis answers and everything it holds has arrived."""


def blueprint(*, follower: Readiness, static: Path = STATIC) -> Blueprint:
    """Everything outside the API: the page under its addresses, its files, /healthz and /readyz."""
    site = Blueprint("site", __name__)

    @needs("see", scoped=True)
    def index(**_: str) -> Response:
        if not (static / "index.html").is_file():
            return _unbuilt()
        return _page(static / "index.html", below(request.environ, "/"))

    for rule in PAGES:
        site.add_url_rule(rule, "index", index, strict_slashes=False)

    @site.get("/assets/<path:name>")
    @needs("see", scoped=True)
    def asset(name: str) -> Response:
        # Such a name contains a hash of its content.
        return _file(static / "assets", name, "public, max-age=31536000, immutable")

    @site.get("/<name>")
    @needs("see", scoped=True)
    def file(name: str) -> Response:
        return _file(static, name, "no-cache")

    @site.get("/healthz")
    def health() -> Response:
        return _plain("ok")

    @site.get("/readyz")
    def readiness() -> Response:
        if not follower.live:
            raise NotReady("Redis does not answer, or not everything it holds has arrived yet.")
        return _plain("ready")

    @site.app_errorhandler(NotFound)
    def nothing(_: NotFound) -> Response:
        path = request.path[:200]
        # Clients of the API are programs, whatever they say they accept.
        if html.is_wanted(request) and not path.startswith("/api/"):
            return html.page(
                404,
                "Not here",
                f"There is no page {path}",
                f'<a href="{escape(below(request.environ, "/"))}">All tasks</a>',
            )
        return of_problem(PathUnknown(f"There is nothing at {path}"))

    return site


def _file(folder: Path, name: str, caching: str) -> Response:
    """A file with an ETag, as the build compressed it where the client takes that.

    Caching "no-cache" means: ask each time, the answer is mostly 304.
    """
    if name.endswith(tuple(ENDINGS.values())):
        raise NotFound
    chosen = coding(folder, name, request.accept_encodings)
    if chosen is None:
        answer = send_from_directory(folder, name)
    else:
        answer = send_from_directory(folder, name + ENDINGS[chosen], download_name=Path(name).name)
        answer.headers["Content-Encoding"] = chosen
    answer.headers["Cache-Control"] = caching
    answer.vary.add("Accept-Encoding")
    return answer


def _page(file: Path, root: str) -> Response:
    """The page, which loads its files from below `root`; with an ETag, as a file."""
    page = _RELATIVE.sub(f'="{escape(root)}', file.read_text()).encode()
    changed = file.stat().st_mtime
    answer = send_file(
        BytesIO(page),
        "text/html",
        download_name=file.name,
        etag=f"{changed}-{len(page)}-{adler32(page)}",
        last_modified=changed,
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _plain(text: str) -> Response:
    return Response(f"{text}\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


def _unbuilt() -> Response:
    logger.error(_UNBUILT)
    if html.is_wanted(request):
        return html.page(503, "Not built yet", _UNBUILT)
    return of_problem(PageNotBuilt(_UNBUILT))
