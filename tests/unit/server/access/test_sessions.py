"""The token in the cookie of a person who signed in."""

from __future__ import annotations

import time

import pytest

from phloem_server.access.sessions import LIFETIME_SECONDS, SessionTokens
from tests.unit.server.access.doorway import KEY, PASSWORD


def test_a_session_ends_with_its_time_and_with_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = SessionTokens(PASSWORD, KEY)
    token = tokens.issue()
    assert SessionTokens(PASSWORD, KEY).is_valid(token)
    assert not SessionTokens("changed", KEY).is_valid(token)
    said, signature = token.rsplit(".", 1)
    assert not tokens.is_valid(f"{said}.{signature.swapcase()}")
    later = time.time() + LIFETIME_SECONDS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert not tokens.is_valid(token)
