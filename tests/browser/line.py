"""What lies between a page and its server, to be disturbed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute


class Line:
    """The page's WebSocket, whose messages from the server can be held back or rewritten, or which can be cut."""

    def __init__(self, page: Page, rewrite: Callable[[str], str] = str) -> None:
        self._rewrite = rewrite
        self._held: list[str | bytes] | None = None
        self._route: WebSocketRoute | None = None
        self._server: WebSocketRoute
        page.route_web_socket("**/socket.io/**", self._open)

    def _open(self, route: WebSocketRoute) -> None:
        self._route = route
        self._server = route.connect_to_server()
        # What an earlier connection still says is not for the one that came after it.
        self._server.on_message(lambda message: self._from_server(message) if self._route is route else None)

    def _from_server(self, message: str | bytes) -> None:
        if self._held is not None:
            self._held.append(message)
        elif self._route is not None:
            self._route.send(self._rewrite(message) if isinstance(message, str) else message)

    def hold(self) -> None:
        """Nothing of the server reaches the page any more."""
        self._held = []

    def release(self) -> None:
        """What was held goes on, and all that follows."""
        held, self._held = self._held or [], None
        for message in held:
            self._from_server(message)

    def cut(self) -> None:
        """The connection is gone."""
        assert self._route is not None
        self._held = None
        self._server.close()
        self._route.close()
