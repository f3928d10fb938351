"""The page at the address at which people open it: requests as a browser sends them, through whatever is in between."""

from __future__ import annotations

import http.client
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import requests
import websocket

from phloem_server.web.hosts import is_loopback

ANSWER_SECONDS = 5.0
"""For which an answer is waited for."""

SEPARATOR = "\x1e"
"""Between the packets of one answer of long-polling."""

REFUSAL_SECONDS = 2.0
"""Within which a proxy refuses a body that is too long, by its head alone."""


class Site:
    """The site at `url`, which has no slash at its end. `password` is that of the page or a token, if it asks."""

    def __init__(self, url: str, password: str | None) -> None:
        parts = urlsplit(url)
        self.url = url
        self.path = parts.path
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.is_tls = parts.scheme == "https"
        self.is_elsewhere = not is_loopback(parts.hostname or "")
        self._authority = parts.netloc
        self._bearer = {} if password is None else {"Authorization": b"Bearer " + password.encode()}

    def get(
        self, path: str, *, signed_in: bool = False, patience: float = ANSWER_SECONDS, **headers: str
    ) -> requests.Response:
        """The answer to a request for a path below the address, for which `patience` seconds are waited.

        requests.RequestException.
        """
        sent: dict[str, str | bytes] = {**headers, **(self._bearer if signed_in else {})}
        with self._session() as session:
            return session.get(self.url + path, headers=sent, timeout=patience, allow_redirects=False)

    def post(self, path: str, body: str) -> requests.Response:
        """The answer to a message of long-polling. requests.RequestException."""
        headers: dict[str, str | bytes] = {"Origin": self.origin, **self._bearer}
        with self._session() as session:
            return session.post(self.url + path, data=body, headers=headers, timeout=ANSWER_SECONDS)

    @contextmanager
    def socket(self) -> Iterator[websocket.WebSocket]:
        """A WebSocket that is open. OSError, websocket.WebSocketException."""
        bearer = [f"{name}: {value.decode('latin-1')}" for name, value in self._bearer.items()]
        address = (
            f"{'wss' if self.is_tls else 'ws'}{self.url[self.url.index(':') :]}/socket.io/?EIO=4&transport=websocket"
        )
        opened = websocket.create_connection(
            address,
            timeout=ANSWER_SECONDS,
            origin=self.origin,
            header=bearer,
            sslopt={"context": _context()} if self.is_tls else {},
        )
        try:
            yield opened
        finally:
            with suppress(OSError, websocket.WebSocketException):
                opened.close()

    def refuses_body(self, path: str, length: int) -> Mapping[str, str] | None:
        """The head of the answer 413 with which something before the server refuses a body of that length.

        None where nobody does: only the head of the request is sent. OSError, http.client.HTTPException.
        """
        connection = self._connection()
        try:
            connection.putrequest("POST", self.path + path)
            connection.putheader("Content-Type", "multipart/form-data; boundary=none")
            connection.putheader("Content-Length", str(length))
            connection.endheaders()
            answer = connection.getresponse()
        except TimeoutError:
            return None
        finally:
            connection.close()
        ours = "problem+json" in answer.headers.get("Content-Type", "")
        return dict(answer.headers) if answer.status == 413 and not ours else None

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # a .netrc would replace the password, and a proxy does not lead to this machine
        if self.is_elsewhere:
            session.proxies.update(requests.utils.get_environ_proxies(self.url))
        session.verify = _authorities()
        return session

    def _connection(self) -> http.client.HTTPConnection:
        if not self.is_tls:
            return http.client.HTTPConnection(self._authority, timeout=REFUSAL_SECONDS)
        return http.client.HTTPSConnection(self._authority, timeout=REFUSAL_SECONDS, context=_context())


def seconds_until_cut(opened: websocket.WebSocket, patience: float) -> float | None:
    """After how many seconds of silence a connection is cut; None if it is there after so many, or was heard of."""
    start = time.monotonic()
    while (left := patience - (time.monotonic() - start)) > 0:
        opened.settimeout(left)
        try:
            said = opened.recv()
        except websocket.WebSocketTimeoutException:
            return None
        except (OSError, websocket.WebSocketException):
            return time.monotonic() - start
        if said == "2":  # a ping of the server: that is as long as it is ever silent
            return None
        if not said:
            return time.monotonic() - start
    return None


def seconds_until_unanswered(site: Site, path: str, patience: float) -> float | None:
    """As `seconds_until_cut`, of requests of long-polling: the server answers one as soon as there is something."""
    end = time.monotonic() + patience
    while (left := end - (begun := time.monotonic())) > 0:
        try:
            answer = site.get(path, signed_in=True, patience=left, Origin=site.origin)
        except requests.Timeout:
            return None
        except requests.RequestException:
            return time.monotonic() - begun
        if answer.status_code != 200:
            return time.monotonic() - begun
        if "2" in answer.text.split(SEPARATOR):
            return None
    return None


def _authorities() -> str:
    """The file of the authorities whose certificates are valid."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or requests.utils.DEFAULT_CA_BUNDLE_PATH


def _context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=_authorities())
