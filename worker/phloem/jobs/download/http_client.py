"""A GET that only reaches the public Internet, and streams the answer.

A name is resolved once; its addresses are checked, and the connection is made to one that passed. So neither a name
that leads into a private network nor one that resolves differently the second time (DNS rebinding) gets through, and
each redirect is checked again. Proxies of the environment are not used, since they would resolve the name.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from phloem.jobs.download import addresses
from phloem.jobs.download.answer import Answer, NoHttp
from phloem.jobs.download.host_name import LIMIT_CHARACTERS, ascii_name
from phloem.jobs.errors import JobError, Passing

REDIRECTS = 5
"""Most redirects that are followed."""

TIMEOUT_SECONDS = 20
"""How long it waits for a connection, and for each part of the answer."""

_MOVED = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that are about this moment, not about the request: trying again may help."""

# Characters that stay as they are in a path; others are percent-encoded.
_PATH = "/%:@!$&'()*+,;=~-._"
_NO_HOST = "The address names a host that cannot be: its name is too long or not spelt right."
_PORTS = {"http": 80, "https": 443}
_HEADERS = (("User-Agent", "phloem"), ("Accept", "*/*"), ("Accept-Encoding", "identity"), ("Connection", "close"))


@contextmanager
def get(url: str, *, private: bool = False) -> Iterator[tuple[SplitResult, Answer]]:
    """The answer to a GET, after redirects, and its address. With `private`, private addresses may be reached, too.

    Raises JobError if there is none, and Passing if trying again may help.
    """
    for _ in range(REDIRECTS + 1):
        parts = _split(url)
        with _connection(parts, private) as connection:
            answer = _ask(connection, parts)
            location = answer.header("Location")
            if answer.status in _MOVED and location:
                url = _joined(url, location)
                continue
            if answer.status != HTTPStatus.OK:
                kind = Passing if answer.status in _PASSING else JobError
                reason = "".join(filter(str.isprintable, answer.reason))[:80]
                raise kind(f"{parts.hostname} answered {answer.status} {reason}".rstrip() + ".")
            yield parts, answer
            return
    raise JobError(f"{_split(url).hostname} redirects once more, after {REDIRECTS} redirects.")


def _split(url: str) -> SplitResult:
    """The parts of an address. Raises JobError for one with a user or a password: tasks show their arguments."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no port, brackets that do not close
        raise JobError("That is no address: it takes one such as https://example.com/file.") from None
    if parts.scheme not in ("http", "https"):
        raise JobError(f"Only http and https are fetched, not {parts.scheme[:20] or 'an address without either'}.")
    if parts.username is not None or parts.password is not None:
        raise JobError("An address with a user name or a password in it is not fetched.")
    if not parts.hostname or port == 0:
        raise JobError("The address names no host: it takes one such as https://example.com/file.")
    if len(parts.hostname) > LIMIT_CHARACTERS:
        raise JobError(f"No name of a host has more than {LIMIT_CHARACTERS} characters; that of the address has.")
    return parts


def _joined(url: str, location: str) -> str:
    """Where a redirect leads. Raises JobError if that is no address."""
    try:
        return urljoin(url, location)
    except ValueError:  # brackets that do not close
        raise JobError(f"{_split(url).hostname} redirects to what is no address.") from None


def _host(parts: SplitResult) -> str:
    """The host as it is looked up and named to the server."""
    host = str(parts.hostname)
    if ":" in host:
        return host
    try:
        return ascii_name(host)
    except ValueError:  # too long, a lone surrogate, a blank, a control character
        raise JobError(_NO_HOST) from None


@contextmanager
def _connection(parts: SplitResult, private: bool) -> Iterator[socket.socket]:
    host = _host(parts)
    try:
        connection = _connected(host, parts.port or _PORTS[parts.scheme], private)
        if parts.scheme == "https":
            connection = _secured(connection, host)
    except ssl.SSLCertVerificationError as error:
        raise JobError(f"The certificate of {host} is not good: {error.verify_message.rstrip('.')}.") from None
    except ssl.SSLError as error:
        raise JobError(f"{host} and we find no way to speak TLS: {error.reason}.") from None
    except OSError as error:
        raise Passing(f"{host} does not answer: {error.strerror or error}.") from None
    with connection:
        yield connection


def _secured(plain: socket.socket, host: str) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _ask(connection: socket.socket, parts: SplitResult) -> Answer:
    host = _host(parts)
    target = quote(parts.path or "/", safe=_PATH) + (f"?{quote(parts.query, safe=_PATH + '?')}" if parts.query else "")
    named = f"[{host}]" if ":" in host else host
    if parts.port not in (None, _PORTS[parts.scheme]):
        named = f"{named}:{parts.port}"
    try:
        return Answer(connection, target, (("Host", named), *_HEADERS))
    except OSError as error:
        raise Passing(f"{host} does not answer: {error.strerror or error}.") from None
    except NoHttp:
        raise JobError(f"{host} does not answer as HTTP does.") from None


def _connected(host: str, port: int, private: bool) -> socket.socket:
    """A connection to the first of the host's addresses that may be reached and answers."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise Passing(f"The name {host} could not be looked up just now.") from None
        raise JobError(f"There is no host named {host}.") from None
    except ValueError:  # UnicodeError is one
        raise JobError(_NO_HOST) from None
    reachable = [each for each in found if private or addresses.public(str(each[4][0]))]
    if not reachable:
        where = ", ".join(sorted({str(each[4][0]) for each in found}))
        raise JobError(
            f"{host} is at {where}, not on the public Internet, and is not fetched unless PHLOEM_FETCH_PRIVATE is 1."
        )
    problem: OSError | None = None
    for family, kind, protocol, _, address in reachable:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(address)
        except OSError as error:
            connection.close()
            problem = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    assert problem is not None
    raise problem
