"""The limits of an application as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from phloem.testing import MemoryChannel
from phloem_server.access.limits.limits import ADDRESS_SHARE
from phloem_server.app.create import create_app
from phloem_server.control.registry import Registry
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from phloem_server.settings.limits import Rate
from tests.unit.server.api.served import refused

LOCAL = {"Host": "127.0.0.1"}
ONE = Rate(1, 3600)
"""An address has ADDRESS_SHARE of it."""

Make = Callable[..., Client]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes applications with limits."""
    with ExitStack() as made:

        def make(**limits: Rate) -> Client:
            config = Config(async_mode="threading", data_dir=tmp_path, limits=limits)  # type: ignore[arg-type]
            channel = MemoryChannel()
            registry = Registry.load(None, config)
            app = create_app(config, follower=Follower(channel), channel=channel, registry=registry)
            made.callback(app.extensions["phloem"].close)
            return Client(app.wsgi_app)

        yield make


def ask(client: Client, path: str = "/api/v1/me", method: str = "GET", **more: Any) -> Any:
    return client.open(path, method=method, headers=LOCAL, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}, **more)


def test_calls_are_counted_and_their_answers_tell_what_is_left(make: Make) -> None:
    client = make(requests=ONE)
    first = ask(client)
    assert first.headers["RateLimit-Limit"] == "10"
    assert first.headers["RateLimit-Remaining"] == "9"
    for _ in range(ADDRESS_SHARE - 1):
        assert ask(client).status_code == 200
    limited = ask(client)
    refused(limited, 429, "PHLOEM_LIMIT_REQUESTS", code="rate_limited")
    assert limited.headers["RateLimit-Remaining"] == "0"
    assert int(limited.headers["Retry-After"]) in range(350, 361)
    assert ask(client, "/healthz").status_code == 200
    assert "RateLimit-Limit" not in ask(client, "/healthz").headers


def test_where_there_is_no_limit_no_header_tells_of_one(make: Make) -> None:
    assert "RateLimit-Limit" not in ask(make()).headers


@pytest.mark.parametrize("path", ["/api/v1/tasks", "/api/v1/tasks/1/retry", "/api/v1/schedule/nightly/run"])
def test_what_sends_tasks_is_counted(make: Make, path: str) -> None:
    client = make(launches=ONE)
    for _ in range(ADDRESS_SHARE):
        assert ask(client, path, "POST").status_code != 429
    refused(ask(client, path, "POST"), 429, "launches", code="rate_limited")
    assert ask(client, "/api/v1/tasks/1/revoke", "POST").status_code == 404
    assert ask(client, "/api/v1/tasks/1/call").status_code == 404


def test_uploads_are_counted_by_their_bytes(make: Make) -> None:
    client = make(uploads=Rate(100, 3600), launches=ONE)
    form = {"file": (BytesIO(b"x" * 1000), "a.txt")}
    assert ask(client, "/api/v1/uploads", "POST", data=form).status_code == 201
    refused(ask(client, "/api/v1/uploads", "POST", data={}), 429, "bytes of uploads", code="rate_limited")


def test_nobody_keeps_others_at_their_address_waiting_by_telling_a_length(make: Make) -> None:
    client = make(uploads=Rate(64 * 1024**3, 3600))
    told = {"CONTENT_LENGTH": str(10**15), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    far = {"REMOTE_ADDR": "192.0.2.7", **told}
    refused(client.post("/api/v1/uploads", headers=LOCAL, environ_overrides=far), 413, code="file_too_large")
    form = {"file": (BytesIO(b"x"), "a.txt")}
    assert ask(client, "/api/v1/uploads", "POST", data=form).status_code == 201


def test_new_connections_are_counted_and_those_that_are_there_go_on(make: Make) -> None:
    client, engine = make(connections=ONE), "/socket.io/?EIO=4&transport=polling"
    sessions = [ask(client, engine) for _ in range(ADDRESS_SHARE)]
    assert {each.status_code for each in sessions} == {200}
    refused(ask(client, engine), 429, "new connections", code="rate_limited")
    sid = sessions[0].text.partition('"sid":"')[2].partition('"')[0]
    assert ask(client, f"{engine}&sid={sid}", "POST", data="40").status_code == 200
