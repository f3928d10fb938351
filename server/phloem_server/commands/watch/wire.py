"""The wire over Socket.IO: connects, and connects again, for ever. What it hears it hands over as calls, in order."""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import engineio
import requests
import socketio

from phloem_server.web.hosts import is_loopback

PAUSES = (0.2, 2.0)
"""Seconds before the first and before every later attempt to connect again, doubled in between."""

PATIENCE = 10.0
"""Seconds for a server to say hello."""

_quiet = logging.getLogger("phloem.watch.wire")  # the library would write to the terminal
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class Hearing(Protocol):
    """Who is told."""

    def up(self) -> None: ...
    def down(self, reason: str, *, refused: bool = False) -> None: ...
    def frame(self, content: Any) -> None: ...
    def resync(self, content: Any) -> None: ...
    def status(self, content: Any) -> None: ...


class InOrder(engineio.Client):  # type: ignore[misc]  # it brings no types
    """Handles messages as they come; left alone it gives each a thread of its own, and they may change places."""

    def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        return super()._trigger_event(event, *args, **{**options, "run_async": False})


class Client(socketio.Client):  # type: ignore[misc]  # it brings no types
    """Without the library's own reconnection: what a refusal means is decided here."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return InOrder


class SocketWire:
    """`post` takes calls from other threads, to be made on the one that has called `open`."""

    def __init__(self, url: str, password: str | None, post: Callable[[Callable[[], None]], None]) -> None:
        self._url, self._password, self._post = url, password, post
        self._client: Any = None
        self._closed = threading.Event()

    def open(self, hearing: Hearing) -> None:
        """Begins to connect."""
        threading.Thread(target=self._run, args=(hearing,), name="phloem-wire", daemon=True).start()

    def send(self, message: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        """What is sent while there is no connection is lost, as on any wire."""

        def answered(*arguments: Any) -> None:
            if then is not None:
                self._post(partial(then, arguments[0] if arguments else None))

        with suppress(socketio.exceptions.SocketIOError):
            self._client.emit(message, dict(content), callback=answered if then is not None else None)

    def renew(self) -> None:
        """Ends the socket under the connection: who reads from it finds it closed. Polling has its own limit."""
        with suppress(AttributeError, OSError):
            self._client.eio.ws.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leaves, without waiting for anybody."""
        self._closed.set()
        if getattr(getattr(self._client, "eio", None), "current_transport", None) == "polling":
            self._client.eio.disconnect(abort=True)
        else:
            self.renew()

    def _run(self, hearing: Hearing) -> None:
        pause = PAUSES[0]
        while not self._closed.is_set():
            with self._session() as session:
                reason, refused = self._knock(session)
                if not reason:
                    reason = self._connect(session, hearing)
                    if not reason:
                        self._client.eio.wait()
                        reason, pause = "The connection is lost.", PAUSES[0]
            self._post(partial(hearing.down, reason, refused=refused))
            self._closed.wait(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, PAUSES[1])

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # a .netrc would replace the password, and a proxy does not lead to this machine
        if not is_loopback(urlsplit(self._url).hostname or ""):
            session.proxies.update(requests.utils.get_environ_proxies(self._url))
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        if self._password is not None:
            session.headers["Authorization"] = f"Bearer {self._password}".encode().decode("latin-1")
        return session

    def _knock(self, session: requests.Session) -> tuple[str, bool]:
        """Why the server does not let us in, if so, and whether it is because of the password."""
        try:
            answer = session.get(f"{self._url}/api/v1/session", timeout=PATIENCE, allow_redirects=False)
        except requests.RequestException as error:
            return f"nobody answers at {self._url} ({_short(error)})", False
        if answer.status_code in (401, 429):
            held = "is not the password" if self._password else "is not set, and there is a password"
            return f"PHLOEM_PASSWORD {held} of the server at {self._url}", True
        if answer.status_code != 200 or "json" not in answer.headers.get("Content-Type", ""):
            return f"{self._url} does not answer as a Phloem server does (status {answer.status_code})", False
        return "", False

    def _connect(self, session: requests.Session, hearing: Hearing) -> str:
        """Over WebSocket, else over polling; why neither works, if so."""
        token = {} if self._password is None else {"Authorization": f"Bearer {self._password}"}
        # Polling has the token from the session, because `headers` come with its first request only.
        for transport, headers in (("websocket", token), ("polling", {})):
            client = Client(
                reconnection=False, handle_sigint=False, http_session=session, logger=_quiet, engineio_logger=_quiet
            )
            for message in ("frame", "resync", "status"):
                client.on(message, partial(self._hand_over, getattr(hearing, message)))
            client.on("connect", partial(self._post, hearing.up))
            self._client = client
            try:
                client.connect(self._url, headers=dict(headers), transports=[transport], wait_timeout=PATIENCE)
            except (socketio.exceptions.SocketIOError, OSError, ValueError) as error:
                reason = f"{self._url} answers, but no live connection can be made ({_short(error)})"
            else:
                return ""
        return reason

    def _hand_over(self, heard: Callable[[Any], None], content: Any) -> None:
        self._post(partial(heard, content))


def _short(error: BaseException) -> str:
    """The innermost cause, which is the part that a person understands."""
    while (cause := error.__cause__ or error.__context__ or getattr(error, "reason", None)) is not None:
        if not isinstance(cause, BaseException):
            break
        error = cause
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
