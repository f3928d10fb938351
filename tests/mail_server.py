"""A mail server for tests, which answers as it is told: aiosmtpd in a thread, on a port of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.processes import free_port

USER, PASSWORD = "ann", "hunter2 with a blank"


class Server:
    """Keeps what comes. `refusals` are its answers for certain recipients, `answers` those to messages, in turn."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.envelopes: list[Envelope] = []
        self.encrypted: list[bool] = []
        self.refusals: dict[str, str] = {}
        self.answers: list[str] = []
        self.named: list[str] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names its hooks
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes or refuses a recipient."""
        self.named.append(address)
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Takes or refuses a message. The answers "hang up" and "be silent" are none."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "be silent":
            await asyncio.sleep(3600)
        if answer == "hang up":
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        if answer.startswith("2"):
            self.envelopes.append(envelope)
            self.encrypted.append(session.ssl is not None)
        return answer


@contextmanager
def running(server: Server, **options: Any) -> Iterator[Server]:
    """`options` are aiosmtpd's; `ssl_context` makes it speak TLS from the first byte, `tls_context` offers STARTTLS."""
    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, server_hostname="localhost", ready_timeout=30, **options
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    """Aiosmtpd's `authenticator`: lets USER in with PASSWORD."""
    given = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=given, handled=False)


def context(certificate: Any) -> ssl.SSLContext:
    """The server's side of TLS, with a certificate that trustme issued."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(made)
    return made
