"""The answer to a call that sent a task."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from phloem_server.api.calls.answers import Accepted
from phloem_server.control.sender import Sent
from phloem_server.web.body import answer
from phloem_server.web.middleware.prefix import below
from phloem_server.web.paths import API, segment


def accepted(sent: Sent, effect: str | None = None) -> Response:
    """202 with the task's id, its address in the API, that of its page, and what will come of it."""
    url, page = (below(request.environ, f"{start}/tasks/{segment(sent.id)}") for start in (API, ""))
    return answer(Accepted(id=sent.id, url=url, page=page, effect=effect), 202, location=url)
