"""The built page with its files, and the two probes of a process manager: /healthz and /readyz."""

from __future__ import annotations

import gzip
import logging
import re
import secrets
from collections.abc import Callable
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

_LATER = re.compile(r"\s*<link [^>]*\bdata-later\b[^>]*>")
"""What the page loads ahead, and does not need for the rows that it brings along."""

_PADDING = 64
"""Bytes by which the length of a compressed page with rows varies: it shall not tell what the rows have in common."""

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


def blueprint(
    *, follower: Readiness, first_rows: Callable[[], bytes | None] = lambda: None, static: Path = STATIC
) -> Blueprint:
    """Everything outside the API: the page under its addresses, its files, /healthz and /readyz.

    `first_rows` tells, as JSON, what the caller may see of the list that has no search.
    """
    site = Blueprint("site", __name__)
    index_file = static / "index.html"

    @needs("see", scoped=True)
    def index(**_: str) -> Response:
        if not index_file.is_file():
            return _unbuilt()
        rows = first_rows() if request.path == "/" and not request.query_string else None
        page = _page(index_file, below(request.environ, "/"))
        return _unchanging(page, index_file.stat().st_mtime) if rows is None else _with_rows(page, rows)

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


def _page(file: Path, root: str) -> str:
    """The page, which loads its files from below `root`."""
    return _RELATIVE.sub(f'="{escape(root)}', file.read_text())


def _unchanging(page: str, changed: float) -> Response:
    """The page with an ETag, as a file that changed then, in Unix seconds."""
    content = page.encode()
    answer = send_file(
        BytesIO(content),
        "text/html",
        download_name="index.html",
        etag=f"{changed}-{len(content)}-{adler32(content)}",
        last_modified=changed,
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _with_rows(page: str, rows: bytes) -> Response:
    """The page with the rows of one client in it, as data that no script is: nothing keeps it."""
    # Within JSON this sign stands in texts alone, and there it would end the element or begin a comment.
    data = rows.replace(b"<", rb"\u003c").decode()
    element = f'<script type="application/json" id="first-rows">{data}</script>'
    content = _LATER.sub("", page).replace("</body>", f"{element}</body>", 1).encode()
    answer = Response(content, content_type="text/html; charset=utf-8")
    if request.accept_encodings.best_match(["gzip", "identity"], "identity") == "gzip":
        content += f"<!--{secrets.token_hex(secrets.randbelow(_PADDING))}-->".encode()
        answer.data = gzip.compress(content, 6)
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Cache-Control"] = "no-store"
    answer.vary.add("Accept-Encoding")
    return answer


def _plain(text: str) -> Response:
    return Response(f"{text}\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


def _unbuilt() -> Response:
    logger.error(_UNBUILT)
    if html.is_wanted(request):
        return html.page(503, "Not built yet", _UNBUILT)
    return of_problem(PageNotBuilt(_UNBUILT))
