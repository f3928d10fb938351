"""HTTP to the provider, bounded in time and size, and to the addresses that were asked for: no redirect is followed."""

from __future__ import annotations

import io
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
from requests import PreparedRequest, RequestException, Response, Session, Timeout
from requests.adapters import HTTPAdapter
from requests.exceptions import SSLError
from urllib3.exceptions import HTTPError

from phloem_server.access.people.openid.errors import ProviderFailed, quoted
from phloem_server.web.hosts import is_loopback

CONNECT_SECONDS = 5.0
"""For the connection, TLS included."""

SILENCE_SECONDS = 5.0
"""For the next bytes of an answer."""

ANSWER_SECONDS = 10.0
"""For the body of an answer."""

ANSWER_LIMIT_BYTES = 512 * 1024
"""Bytes of an answer: the longest, the keys of a large provider, has some twenty thousand."""

_PART_BYTES = 16 * 1024


class BoundedAdapter(HTTPAdapter):
    """Reads each answer as a whole, within the limits above, before anything looks at it."""

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002  # this and the next are those of the limits
        timeout: Any = None,  # noqa: ARG002
        verify: bool | str = True,
        cert: Any = None,
        proxies: dict[str, str] | None = None,
    ) -> Response:
        """The answer. ProviderFailed over a limit, RequestException where there is none."""
        bounds = (CONNECT_SECONDS, SILENCE_SECONDS)
        if is_loopback(urlsplit(str(request.url)).hostname or ""):
            proxies = None  # a proxy of the environment does not reach this machine
        response = super().send(request, stream=True, timeout=bounds, verify=verify, cert=cert, proxies=proxies)
        unread = response.raw
        try:
            response.raw = io.BytesIO(_body(unread, str(request.url)))
        except HTTPError as error:
            raise unreachable(str(request.url), error) from error
        finally:
            unread.close()
        return response


def bounded(session: Session) -> Session:
    """The session, with the limits above."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, BoundedAdapter())
    return session


def get_json(session: Session, url: str, **options: Any) -> Any:
    """What the JSON at an address says. ProviderFailed."""
    try:
        response = session.get(url, headers={"Accept": "application/json"}, allow_redirects=False, **options)
    except RequestException as error:
        raise unreachable(url, error) from error
    if response.status_code != 200:
        raise ProviderFailed(f"The provider answered {response.status_code} at {url}, where 200 was expected.")
    return json_of(response)


def json_of(response: Response) -> Any:
    """What the JSON of an answer says. ProviderFailed."""
    try:
        return msgspec.json.decode(response.content)
    except msgspec.DecodeError as error:
        raise ProviderFailed(f"What the provider answered at {response.url} is no JSON: {error}.") from error


def _body(unread: Any, url: str) -> bytes:
    found, end = bytearray(), time.monotonic() + ANSWER_SECONDS
    while part := unread.read1(_PART_BYTES, decode_content=True):
        found += part
        if len(found) > ANSWER_LIMIT_BYTES:
            raise ProviderFailed(f"The provider's answer at {url} is longer than {ANSWER_LIMIT_BYTES:,} bytes.")
        if time.monotonic() > end:
            raise ProviderFailed(f"The provider's answer at {url} took longer than {ANSWER_SECONDS:g} s.")
    return bytes(found)


def unreachable(url: str, error: Exception) -> ProviderFailed:
    """Why there is no answer from an address."""
    if isinstance(error, Timeout | TimeoutError):
        reason = "it does not answer in time"
    elif isinstance(error, SSLError):
        reason = f"its certificate does not count ({_said(error)})"
    else:
        reason = _said(error)
    return ProviderFailed(f"The provider cannot be reached at {url}: {reason}.")


def _said(error: Exception) -> str:
    """What went wrong, without what was tried around it."""
    tried = error.args[0] if error.args else error
    return quoted(getattr(tried, "reason", tried))
