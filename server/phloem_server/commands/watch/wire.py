"""The wire over Socket.IO: it connects again for ever, and hands messages over as calls, in their order."""

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

RECONNECT_SECONDS = (0.2, 2.0)
"""Before the first attempt to connect again, and at most before a later one; doubled in between."""

CONNECT_SECONDS = 10.0
"""For a server to answer while a connection is made."""

_quiet = logging.getLogger(f"{__name__}.library")  # it would write to the terminal
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class Receiver(Protocol):
    """What is called with the messages: the client."""

    def up(self) -> None: ...
    def down(self, reason: str, *, refused: bool = False) -> None: ...
    def frame(self, content: Any) -> None: ...
    def resync(self, content: Any) -> None: ...
    def status(self, content: Any) -> None: ...


class OrderedEngine(engineio.Client):  # type: ignore[misc]  # it brings no types
    """Handles messages one after the other; the library gives each a thread of its own, so they may change places."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Python checks text where it decodes it; before that the library would look at each
        # byte by itself, which takes a sixth of a second for a megabyte.
        self.websocket_extra_options: dict[str, Any] = {"skip_utf8_validation": True, **self.websocket_extra_options}

    def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        return super()._trigger_event(event, *args, **{**options, "run_async": False})


class SocketClient(socketio.Client):  # type: ignore[misc]  # it brings no types
    """The library's client, with messages in order."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return OrderedEngine


class SocketWire:
    """The connection. `post` takes calls from its thread, to be made on the thread that called `open`."""

    def __init__(self, url: str, password: str | None, post: Callable[[Callable[[], None]], None]) -> None:
        self._url, self._password, self._post = url, password, post
        self._client: Any = None
        self._closed = threading.Event()

    def open(self, receiver: Receiver) -> None:
        """Connects, in a thread of its own."""
        threading.Thread(target=self._run, args=(receiver,), name="phloem-wire", daemon=True).start()

    def send(self, message: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        """Sends a message; one that is sent while there is no connection is lost."""

        def answered(*arguments: Any) -> None:
            if then is not None:
                self._post(partial(then, arguments[0] if arguments else None))

        with suppress(socketio.exceptions.SocketIOError):
            self._client.emit(message, dict(content), callback=answered if then is not None else None)

    def renew(self) -> None:
        """Shuts the socket down, so that the thread that reads from it ends. Polling has its own timeout."""
        with suppress(AttributeError, OSError):
            self._client.eio.ws.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends the connection without waiting."""
        self._closed.set()
        if getattr(getattr(self._client, "eio", None), "current_transport", None) == "polling":
            self._client.eio.disconnect(abort=True)
        else:
            self.renew()

    def _run(self, receiver: Receiver) -> None:
        pause = RECONNECT_SECONDS[0]
        while not self._closed.is_set():
            with self._session() as session:
                reason, refused = self._knock(session)
                if not reason:
                    reason = self._connect(session, receiver)
                    if not reason:
                        self._client.eio.wait()
                        reason, pause = "The connection is lost.", RECONNECT_SECONDS[0]
            self._post(partial(receiver.down, reason, refused=refused))
            self._closed.wait(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, RECONNECT_SECONDS[1])

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
        """Why the server lets no connection in, "" if it does; and whether that is because of the password."""
        try:
            answer = session.get(f"{self._url}/api/v1/session", timeout=CONNECT_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            return f"nobody answers at {self._url} ({_short(error)})", False
        if answer.status_code in (401, 429):
            held = "is not the password" if self._password else "is not set, and there is a password"
            return f"PHLOEM_PASSWORD {held} of the server at {self._url}", True
        if answer.status_code != 200 or "json" not in answer.headers.get("Content-Type", ""):
            return f"{self._url} does not answer as a Phloem server does (status {answer.status_code})", False
        return "", False

    def _connect(self, session: requests.Session, receiver: Receiver) -> str:
        """Connects by WebSocket, else by polling; why neither works, "" if one does."""
        token = {} if self._password is None else {"Authorization": f"Bearer {self._password}"}
        # Polling has the token from the session, because `headers` come with its first request only.
        for transport, headers in (("websocket", token), ("polling", {})):
            client = SocketClient(
                reconnection=False, handle_sigint=False, http_session=session, logger=_quiet, engineio_logger=_quiet
            )
            for message in ("frame", "resync", "status"):
                client.on(message, partial(self._hand_over, getattr(receiver, message)))
            client.on("connect", partial(self._post, receiver.up))
            self._client = client
            try:
                client.connect(
                    self._url,
                    headers=dict(headers),
                    transports=[transport],
                    socketio_path=f"{urlsplit(self._url).path}/socket.io",
                    wait_timeout=CONNECT_SECONDS,
                )
            except (socketio.exceptions.SocketIOError, OSError, ValueError) as error:
                reason = f"{self._url} answers, but no live connection can be made ({_short(error)})"
            else:
                return ""
        return reason

    def _hand_over(self, take: Callable[[Any], None], content: Any) -> None:
        self._post(partial(take, content))


def _short(error: BaseException) -> str:
    """The innermost cause, which is the part that people understand."""
    while (cause := error.__cause__ or error.__context__ or getattr(error, "reason", None)) is not None:
        if not isinstance(cause, BaseException):
            break
        error = cause
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
