"""The answer to a call that sent a task."""

from __future__ import annotations

from urllib.parse import quote

from werkzeug.wrappers import Response

from phloem_server.control.sender import Sent
from phloem_server.web.body import answer
from phloem_server.web.paths import API


def accepted(sent: Sent) -> Response:
    """202 with the task's id, its address in the API, and that of its page."""
    quoted = quote(sent.id, safe="")
    url = f"{API}/tasks/{quoted}"
    return answer({"id": sent.id, "url": url, "page": f"/tasks/{quoted}"}, 202, location=url)
