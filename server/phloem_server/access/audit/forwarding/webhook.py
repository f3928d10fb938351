"""Entries as signed requests: POST with one JSON object a line.

`Phloem-Signature: t=SECONDS,v1=HEX` holds the time of sending, and HMAC-SHA256 with the webhook's secret over that
time, a dot, and the body. A receiver refuses what is not signed, and what is old.
"""

from __future__ import annotations

import hmac
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException
from typing import Any

import msgspec

from phloem.settings import without_password
from phloem_server.access.audit.entry import KeptEntry
from phloem_server.access.audit.forwarding.target import NotSent

SIGNATURE = "Phloem-Signature"
ANSWER_SECONDS = 10.0


class Webhook:
    """An address that takes entries. `clock` gives Unix seconds."""

    name = "webhook"

    def __init__(self, url: str, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self._opener = urllib.request.build_opener(_NoRedirects)

    def send(self, entries: Sequence[KeptEntry]) -> None:
        """Sends all entries in one request; an answer of 200 to 299 takes them. See `Target.send`."""
        body = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
        headers = {
            "Content-Type": "application/x-ndjson",
            "User-Agent": "phloem",
            SIGNATURE: signature(body, self._secret, int(self._clock())),
        }
        request = urllib.request.Request(self._url, body, headers, method="POST")
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS):
                pass
        except urllib.error.HTTPError as error:
            error.close()
            raise NotSent(f"{without_password(self._url)} answers {error.code}") from error
        except (OSError, HTTPException) as error:
            raise NotSent(f"{without_password(self._url)} does not take it: {error}") from error

    def close(self) -> None:
        """Does nothing: each request has a connection of its own."""


def signature(body: bytes, secret: str, at: int) -> str:
    """What the header says of a body that is sent at that time, in Unix seconds."""
    return f"t={at},v1={hmac.digest(secret.encode(), f'{at}.'.encode() + body, 'sha256').hex()}"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What is signed for one address goes to no other."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None
