"""The application that Phloem is a part of, where it decides itself who may do what: `Phloem(app, may=…)`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import msgspec
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from phloem_server.access.principal import Principal
from phloem_server.web.declared import Action

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import WSGIEnvironment

May = Callable[[Principal, Action, str | None], bool]
"""Whether a client may do this: to the task with that id, or in general where there is none. The principal says
nothing of the client: who that is, the application knows by its own session."""

_LEFT_OUT = ("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING")
"""What tells of a body, which is not the application's."""


class Application:
    """Asks an application what its clients may do, each time within their request."""

    def __init__(self, may: May, within: Callable[[WSGIEnvironment], AbstractContextManager[object]]) -> None:
        """`within` makes a request the present one of the application, as Flask's `request_context` does."""
        self._may = may
        self._within = within

    def principal(self, request: Request) -> Principal:
        """The client of a request, which may do what the application says at that moment."""
        # A connection outlives its request: what is kept of that are texts, among them its cookies.
        kept = {name: value for name, value in request.environ.items() if isinstance(value, str)}
        environ = create_environ() | {name: value for name, value in kept.items() if name not in _LEFT_OUT}
        asked = Principal(kind="application")

        def decides(action: Action, task_id: str | None) -> bool:
            with self._within({**environ}):
                return bool(self._may(asked, action, task_id))

        return msgspec.structs.replace(asked, decides=decides)
