"""PHLOEM_CONNECTIONS: a viewer past the limit is refused with a reason, and health checks and calls are answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

PLACES = 2
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "cGhsb2VtIHBsYWNlcyB0ZXN0",
}


@pytest.fixture(params=["eventlet", "threading", "gevent"])
def few_places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    environment = {"PHLOEM_CONNECTIONS": str(PLACES), "PHLOEM_ASYNC_MODE": request.param}
    with Stack(tmp_path, environment, parts=("redis", "web")) as stack:
        yield stack


def test_past_the_limit_a_viewer_is_refused_and_everybody_else_is_answered(few_places: Stack) -> None:
    url = few_places.url
    connect = f"{url}/socket.io/?EIO=4&transport="
    for _ in range(3 * PLACES):  # sessions of clients that never connect take no places
        assert requests.get(f"{connect}polling", timeout=40).status_code == 200
    with Viewer(url, view={}) as first:
        with Viewer(url, view={}):
            for transport, headers in (("polling", {}), ("websocket", WEBSOCKET)):
                refused = requests.get(connect + transport, headers=headers, timeout=40)
                assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
                assert refused.headers["Content-Type"] == "application/problem+json"
                assert refused.json()["detail"].startswith("All 2 places for viewers are taken; PHLOEM_CONNECTIONS")
            for path in ("/healthz", "/readyz", "/metrics", "/", "/api/v1/tasks"):
                assert requests.get(url + path, timeout=40).status_code == 200, path
            figures = requests.get(f"{url}/metrics", timeout=40).text
            assert "phloem_places 2.0" in figures
            assert "phloem_turned_away_total 2.0" in figures
            assert first.client.connected
        wait_until(lambda: "phloem_viewers 1.0" in requests.get(f"{url}/metrics", timeout=40).text, 60, "one left")
        early = {**WEBSOCKET, "Sec-WebSocket-Version": "12"}  # refused, but only where there is a place
        wait_until(
            lambda: requests.get(f"{connect}websocket", headers=early, timeout=40).status_code == 426,
            40,
            "a free place",
        )
        with Viewer(url, view={}) as next_one:
            assert next_one.client.connected
