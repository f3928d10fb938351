"""What the server logs: requests among it, as text or as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests

from tests.processes import PHLOEM, Stack, free_port
from tests.viewer import Viewer
from tests.waiting import wait_until


def ready(url: str) -> bool:
    with suppress(requests.ConnectionError, requests.Timeout):  # it listens before it has time to answer
        return requests.get(f"{url}/readyz", timeout=5).ok
    return False


@contextmanager
def server(stack: Stack, name: str, **variables: str) -> Iterator[str]:
    """Another web process of the stack with these variables; its address."""
    port = free_port()
    given = " ".join(f"{key}={shlex.quote(value)}" for key, value in variables.items())
    stack.add(name, f"{given} exec {shlex.join(PHLOEM)} serve --port {port}")
    stack.start(name)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: ready(url), 60, lambda: stack.log(name))
        yield url
    finally:
        stack.kill(name)


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_each_line_of_the_log_is_json_and_tells_of_requests_and_connections(stack: Stack, mode: str) -> None:
    name = f"json-{mode}"
    with server(stack, name, PHLOEM_LOG_FORMAT="json", PHLOEM_ASYNC_MODE=mode) as url:
        requests.get(f"{url}/api/v1/session", params={"token": "geheim"}, timeout=40)
        requests.get(f"{url}/nowhere", params={"limit": "1"}, timeout=40)
        with Viewer(url, view={}):
            pass

        def asked() -> dict[str, dict[str, Any]]:
            said = [json.loads(line) for line in stack.log(name).splitlines() if line.startswith("{")]
            return {each["path"].partition("?")[0]: each for each in said if "path" in each}

        wait_until(lambda: any(path.startswith("/socket.io") for path in asked()), 60, lambda: stack.log(name))
        found = asked()
        assert (found["/api/v1/session"]["path"], found["/api/v1/session"]["status"]) == ("/api/v1/session", 200)
        assert found["/nowhere"]["path"] == "/nowhere?limit=1"
        assert found["/nowhere"]["client"] == "127.0.0.1"
        assert "geheim" not in stack.log(name)
        assert all(line.startswith("{") for line in stack.log(name).splitlines())


def test_the_access_log_can_be_turned_off(stack: Stack) -> None:
    with server(stack, "silent", PHLOEM_ACCESS_LOG="0") as url:
        assert requests.get(f"{url}/api/v1/tasks", timeout=40).ok
        assert stack.log("silent") == f"Phloem is at {url}, open to everybody on this machine\n"
