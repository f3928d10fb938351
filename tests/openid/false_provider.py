"""An OpenID Connect provider that signs everybody in, and misbehaves as tests want it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT = "phloem"
SECRET = "the secret of the client"
DISCOVERY = "/.well-known/openid-configuration"


class FalseProvider(ThreadingHTTPServer):
    """Its fields say how it behaves; left as they are, it does as OpenID Connect says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.reset()

    def reset(self) -> None:
        """Behaves from here on."""
        self.claims: dict[str, Any] = {"sub": "1", "preferred_username": "ada", "groups": ["staff"]}
        """What it says of the person. None leaves a claim out that it would say otherwise."""
        self.more: dict[str, Any] = {}
        """What it says at the address of userinfo alone."""
        self.clock = 0.0
        """Seconds by which its clock is ahead."""
        self.metadata: dict[str, Any] = {}
        """What else discovery says."""
        self.answers: dict[str, tuple[int, bytes]] = {}
        """Whole answers, by path."""
        self.moved: dict[str, str] = {}
        """Redirects, by path."""
        self.held: dict[str, threading.Event] = {}
        """Paths that are answered once this has happened."""
        self.algorithm = "ES256"
        self.issued: str | None = None
        """The ID token that it hands out, whatever it is asked."""
        self.asked: list[str] = []
        """Paths that were asked for."""
        self.granted: list[dict[str, str]] = []
        """What came to the address of tokens."""
        self.codes: dict[str, dict[str, str]] = {}
        self.turn_key()

    def turn_key(self) -> None:
        """Signs with a new key from here on, and publishes that one alone."""
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})

    def token(self, nonce: str) -> str:
        """An ID token."""
        now = int(time.time() + self.clock)
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if self.algorithm == "none":
            return ".".join((*(_base64(json.dumps(each).encode()) for each in (header, claims)), ""))
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])

    def said(self) -> dict[str, Any]:
        """What discovery says."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "end_session_endpoint": f"{self.url}/end",
            "scopes_supported": ["openid", "profile", "email", "groups", "offline_access"],
            **self.metadata,
        }

    def handle_error(self, *_: Any) -> None:
        """Whoever asked is gone: that is what some tests do."""


class _Handler(BaseHTTPRequestHandler):
    server: FalseProvider

    def do_GET(self) -> None:
        server, parts = self.server, urlsplit(self.path)
        server.asked.append(parts.path)
        if parts.path in server.moved:
            self._redirect(server.moved[parts.path])
        elif parts.path in server.answers:
            self._answer(*server.answers[parts.path])
        elif parts.path == DISCOVERY:
            self._json(server.said())
        elif parts.path == "/keys":
            self._json(KeySet([server.key]).as_dict(private=False))
        elif parts.path == "/authorize":
            asked = _single(parts.query)
            code = secrets.token_urlsafe(8)
            server.codes[code] = asked
            self._redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")
        elif parts.path == "/userinfo":
            self._json({"sub": server.claims["sub"], **server.more})
        else:
            self._answer(404, b"")

    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        server.asked.append(self.path)
        if self.path in server.held:
            server.held[self.path].wait(60)
        if self.path in server.moved:
            self._redirect(server.moved[self.path])
            return
        if self.path in server.answers:
            self._answer(*server.answers[self.path])
            return
        given = _single(body)
        server.granted.append(given)
        basic = base64.b64decode(self.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode()
        client, _, secret = basic.partition(":")
        if (unquote(client), unquote(secret)) not in ((CLIENT, SECRET), ("", "")) or not (
            client or given.get("client_id")
        ):
            self._json({"error": "invalid_client"}, 401)
            return
        asked = server.codes.pop(given["code"], None)  # a code counts once
        challenge = _base64(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != given["redirect_uri"]:
            self._json({"error": "invalid_grant", "error_description": "no such code"}, 400)
            return
        token = server.issued or server.token(asked["nonce"])
        self._json({"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def log_message(self, *_: object) -> None:
        pass

    def _json(self, said: object, status: int = 200) -> None:
        self._answer(status, json.dumps(said).encode())

    def _redirect(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def false_provider() -> Iterator[FalseProvider]:
    """A running one."""
    with FalseProvider() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
