"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.unit.server.access.doorway import KEY, PAGE, PASSWORD, Doorway


@pytest.mark.parametrize(
    "ask",
    [
        lambda door: door.ask(),
        lambda door: door.ask(host="evil.example"),
        lambda door: door.ask("/", method="POST", headers={"Origin": "null"}),
        lambda door: Doorway(password=PASSWORD, secret_key=KEY).ask(headers=PAGE),
        lambda door: Doorway(password=PASSWORD, secret_key=KEY).ask(),
    ],
)
def test_every_answer_tells_browsers_to_be_strict(open_door: Doorway, ask: Callable[[Doorway], TestResponse]) -> None:
    headers = ask(open_door).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    # With no-referrer, browsers send `Origin: null` for the forms of our own pages.
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_policy_names_the_sockets_of_the_host_that_was_asked(open_door: Doorway) -> None:
    policy = open_door.ask(host="[::1]:8000").headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://[::1]:8000 wss://[::1]:8000;" in policy


def test_a_header_of_the_answer_itself_is_kept(open_door: Doorway) -> None:
    assert open_door.ask("/own").headers.get_all("Content-Security-Policy") == ["sandbox"]
