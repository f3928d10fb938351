"""A line for each request, without what must not be read there."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from phloem_server.app.access_log import AccessLog, logger


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger.name)


def page(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/fails":
        raise ValueError("no")
    environ["PATH_INFO"] = "changed inside"
    start_response("404 NOT FOUND", [("Content-Length", "2")])
    return [b"no"]


def lines(caplog: pytest.LogCaptureFixture, path: str = "/", **options: Any) -> list[str]:
    """What is logged of a request, without how long it took."""
    environ = EnvironBuilder(path, environ_base={"REMOTE_ADDR": "10.0.0.9"}, **options).get_environ()
    run_wsgi_app(AccessLog(page, [ip_network("10.0.0.0/8")]), environ)
    return [record.getMessage().rpartition(" ms")[0].rpartition(" ")[0] for record in caplog.records]


def test_a_request_is_logged_with_who_asked_what_and_what_came_of_it(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, "/api/v1/tasks?state=FAILURE&limit=5") == [
        "10.0.0.9 GET /api/v1/tasks?state=FAILURE&limit=5 404 2"
    ]
    [record] = caplog.records
    fields = {name: getattr(record, name) for name in ("client", "method", "path", "status", "bytes")}
    assert fields == {
        "client": "10.0.0.9",
        "method": "GET",
        "path": "/api/v1/tasks?state=FAILURE&limit=5",
        "status": 404,
        "bytes": 2,
    }


def test_behind_a_trusted_proxy_it_is_the_client_who_asked(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, "/", headers={"X-Forwarded-For": "192.0.2.7"}) == ["192.0.2.7 GET / 404 2"]


@pytest.mark.parametrize(
    "query",
    [
        "token=geheim",
        "state=SUCCESS&access_token=geheim",
        "q=password%3Dgeheim&next=redis://:geheim@host",
        "EIO=4&sid=geheim",
        "limit=1&q=geheim",
        "error=geheim",
        "args.card=geheim",
        "limit=1&not.args.card=geheim",
        "code=geheim&state=x",
        "&".join(f"a{number}=geheim" for number in range(200)),
    ],
)
def test_a_query_string_that_holds_a_secret_is_left_out(caplog: pytest.LogCaptureFixture, query: str) -> None:
    upgrade = {"Upgrade": "websocket"} if "sid=" in query else {}
    assert lines(caplog, "/api/v1/tasks", query_string=query, headers=upgrade) == ["10.0.0.9 GET /api/v1/tasks 404 2"]


def test_a_path_cannot_write_lines_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, "/a%0Ab%1b%22") == ["10.0.0.9 GET /a%0Ab%1B%22 404 2"]


def test_of_a_long_polling_connection_the_first_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    lines(caplog, "/socket.io/?EIO=4&transport=polling")
    assert lines(caplog, "/socket.io/?EIO=4&transport=polling&sid=geheim") == [
        "10.0.0.9 GET /socket.io/?EIO=4&transport=polling 404 2"
    ]


def test_a_websocket_is_logged_once_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    def connection(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert caplog.records == []
        return []

    environ = EnvironBuilder("/socket.io/?EIO=4", headers=[("Upgrade", "websocket")]).get_environ()
    AccessLog(connection)(environ, lambda *_: lambda _: None)
    [record] = caplog.records
    assert (record.__dict__["status"], record.__dict__["path"]) == (101, "/socket.io/?EIO=4")


def test_a_request_that_breaks_is_logged_as_such(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="no"):
        lines(caplog, "/fails")
    assert [record.__dict__["status"] for record in caplog.records] == [500]


def test_probes_are_logged_only_for_who_wants_to_know_everything(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, "/phloem/healthz") == []
    caplog.set_level(logging.DEBUG, logger.name)
    assert lines(caplog, "/healthz") == ["10.0.0.9 GET /healthz 404 2"]
