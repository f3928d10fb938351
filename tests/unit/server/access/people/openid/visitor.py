"""A person who goes to the provider and comes back with a code."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from phloem.testing.access import MemoryDuties
from phloem_server.access.people.openid.attempt import Attempt, Attempts
from phloem_server.access.people.openid.provider import Provider
from phloem_server.settings.identity import OpenID, openid
from tests.openid.false_provider import CLIENT, SECRET, FalseProvider

BACK = "http://localhost:8000/sign-in/openid/callback"


def settings(upstream: FalseProvider, **variables: str) -> OpenID:
    """Those for a provider."""
    given = {
        "PHLOEM_OIDC_ISSUER": upstream.url,
        "PHLOEM_OIDC_CLIENT_ID": CLIENT,
        "PHLOEM_OIDC_CLIENT_SECRET": SECRET,
        "PHLOEM_OIDC_ROLES": "groups:staff=viewer",
        **variables,
    }
    found = openid(given)
    assert found is not None
    return found


def at_provider(location: str) -> str:
    """Signs in at the provider, to which this address leads: the address that it sends the browser back to."""
    return requests.get(location, allow_redirects=False, timeout=40).headers["Location"]


class Visitor:
    """Goes to a provider by the same calls as the routes do. `now` is the monotonic clock of the server."""

    def __init__(self, upstream: FalseProvider, **variables: str) -> None:
        self.upstream = upstream
        self.now = 1000.0
        self.provider = Provider(settings(upstream, **variables), clock=lambda: self.now)
        self.attempts = Attempts(lambda: "k" * 32, MemoryDuties())

    def go(self) -> tuple[str, Attempt]:
        """Signs in at the provider: the code that it sends, and the attempt."""
        attempt, _ = self.attempts.begin("/")
        back = at_provider(self.provider.authorization_url(attempt, BACK))
        return parse_qs(urlsplit(back).query)["code"][0], attempt

    def claims(self) -> dict[str, Any]:
        """Signs in at the provider: what that claims."""
        return self.provider.claims(*self.go(), BACK)
