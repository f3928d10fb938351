"""The mail server: the address in SMTP_URL, parsed once.

smtp://127.0.0.1:6325                                   the local mailbox
smtp://ann:secret@mail.example.com:587                  signs in, after STARTTLS
smtps://ann:secret@mail.example.com                     TLS from the first byte
smtp://relay.internal?starttls=1&from=jobs@example.com  STARTTLS without signing in
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

MAILBOX_PORT = 6325
"""Where the local mailbox listens: neither 25 nor a port that other development mailboxes use."""

SMTP_URL = f"smtp://127.0.0.1:{MAILBOX_PORT}"

MAY_HOLD = (
    "smtp://host, smtp://user:password@host:587 (with STARTTLS; ?starttls=0 to go without) or "
    "smtps://user:password@host, each with or without ?from=me@example.com"
)

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"

ADDRESS = re.compile(rf"(?!.*=\?){_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")
"""A mail address as HTML's <input type=email> takes it (https://html.spec.whatwg.org/#valid-e-mail-address), but with
dots only between other characters (RFC 5322, 3.2.3), and without encoded words (RFC 2047), which stand for others."""

Security = Literal["none", "starttls", "tls"]

# RFC 6409 (submission) with a user, RFC 8314 for TLS, RFC 5321 otherwise.
_PORTS: dict[Security, int] = {"none": 25, "starttls": 587, "tls": 465}


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server, and how to connect to it. Its repr has no password."""

    host: str = "127.0.0.1"
    port: int = MAILBOX_PORT
    security: Security = "none"
    """"starttls": encrypted after the greeting, or not at all; "tls": from the first byte."""
    user: str | None = None
    password: str | None = None
    sender: str = "phloem@localhost"
    """The address that mail comes from."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """The server that `url` names. Raises ValueError if it names none.

        With a user, and a host other than this machine, STARTTLS is required unless the URL says `starttls=0`.
        """
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("no characters beside printable ASCII without blanks")
        parts = urlsplit(url)
        user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
        if parts.scheme not in ("smtp", "smtps") or not _is_host(parts.hostname) or parts.port == 0:
            raise ValueError("neither smtp:// nor smtps:// with a host")
        if parts.path not in ("", "/") or "#" in url or bool(user) != bool(password):
            raise ValueError("a path, or a user without a password")
        if not all(part is None or (part.isascii() and part.isprintable()) for part in (user, password)):
            raise ValueError("a user or a password that is not printable ASCII")
        host = str(parts.hostname)
        options = _options(parts.query)
        security: Security = "tls"
        if parts.scheme == "smtp":
            asked = options.get("starttls", "1" if user and not _is_loopback(host) else "0")
            security = "starttls" if asked == "1" else "none"
        elif "starttls" in options:
            raise ValueError("smtps:// has no STARTTLS")
        known = user if user and ADDRESS.fullmatch(user) else "phloem@localhost"
        port = parts.port or (_PORTS["starttls"] if user and security == "none" else _PORTS[security])
        return cls(
            host=host,
            port=port,
            security=security,
            user=user,
            password=password,
            sender=options.get("from", known),
        )

    @property
    def is_local_mailbox(self) -> bool:
        """Whether it is like `phloem mailbox`: on this machine, without a user, without TLS."""
        return _is_loopback(self.host) and self.security == "none" and self.user is None

    @property
    def address(self) -> str:
        """Host and port: "mail.example.com:587", "[::1]:25"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address} {self.security}>"


def without_credentials(url: str) -> str:
    """`url` without user and password, even if it is not well-formed."""
    head, sender, tail = re.fullmatch(r"(.*?)([?&]from=[^&]*|)((?:&.*)?)", url, re.DOTALL).groups()  # type: ignore[union-attr]
    head = re.sub(r"^([a-z]+://)?.*@", r"\1***@", head, flags=re.DOTALL | re.IGNORECASE)
    # If the host is missing, what stands in the place of the port may be a password: it is only shown if it is a port.
    head = re.sub(r"(?<=[^/]):(?![0-9]*([/?]|$)|//).*", ":***", head, flags=re.DOTALL)
    return head + sender + tail


def _options(query: str) -> dict[str, str]:
    found = parse_qs(query, keep_blank_values=True, strict_parsing=True) if query else {}
    options = {name: values[0] for name, values in found.items() if len(values) == 1}
    if options.keys() != found.keys() or options.keys() - {"starttls", "from"}:
        raise ValueError("other options than starttls and from, or one of them twice")
    if options.get("starttls", "0") not in ("0", "1") or not ADDRESS.fullmatch(options.get("from", "a@b")):
        raise ValueError("starttls is 0 or 1, from a mail address")
    return options


_HOST_LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9])?"


def _is_host(name: str | None) -> bool:
    if name and ":" in name:
        ip_address(name)  # ValueError
        return True
    return bool(name and re.fullmatch(rf"{_HOST_LABEL}(\.{_HOST_LABEL})*", name))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
