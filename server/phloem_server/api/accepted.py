"""The answer to a call that sent a task."""

from __future__ import annotations

from urllib.parse import quote

from flask import request
from werkzeug.wrappers import Response

from phloem_server.control.sender import Sent
from phloem_server.web.body import answer
from phloem_server.web.paths import API
from phloem_server.web.prefix import below


def accepted(sent: Sent, **more: object) -> Response:
    """202 with the task's id, its address in the API, that of its page, and `more`."""
    quoted = quote(sent.id, safe="")
    url, page = (below(request.environ, f"{start}/tasks/{quoted}") for start in (API, ""))
    return answer({"id": sent.id, "url": url, "page": page, **more}, 202, location=url)
