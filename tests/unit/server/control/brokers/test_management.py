"""RabbitMQ's management API, by a web server that answers as the test says."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from phloem_server.control.brokers import management
from phloem_server.control.brokers.held import Held
from phloem_server.control.brokers.management import Management, ManagementUnavailable
from tests.web_server import WebServer, content, hangs, in_turn, moved, status, web_server

PATH = f"/manage/api/queues/a%2Fb?columns={','.join(management._COLUMNS)}"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


@pytest.fixture
def api(server: WebServer) -> Management:
    return Management(f"http://ann:p%40ss@127.0.0.1:{server.server_port}/manage/")


def test_a_queue_is_told_as_far_as_the_api_goes(server: WebServer, api: Management) -> None:
    priorities = {"priority_lengths": {"0": 2, "9": 0, "odd": 1}}
    rates = {"publish_details": {"rate": 1.234}, "deliver_get_details": {"rate": 2}}
    whole = {"name": "mail", "type": "classic", "memory": 5, "consumers": 1, "messages_unacknowledged": 3}
    whole |= {
        "idle_since": "1970-01-01 00:00:07",
        "messages_ready": 2,
        "backing_queue_status": priorities,
        "message_stats": rates,
    }
    odd: dict[str, object] = {
        "name": "odd",
        "messages_ready": "many",
        "message_stats": None,
        "backing_queue_status": [],
    }
    server.answers[PATH] = content(json.dumps([whole, odd]).encode())
    assert api.queues("a/b") == {
        "mail": Held(
            messages=2,
            consumers=1,
            unacknowledged=3,
            kind="classic",
            incoming=1.23,
            outgoing=2.0,
            memory=5,
            idle_since=7.0,
            by_priority={0: 2},
        ),
        "odd": Held(),
    }


def test_each_answer_that_is_none_has_its_reason(
    server: WebServer, api: Management, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(management, "ANSWER_SECONDS", 0.2)
    for answer, said in (
        (status(401), "answers 401 "),
        (moved("http://127.0.0.1:1/elsewhere"), "answers 302 "),  # the password is not for that address
        (content(b"<html>"), "answers something else than a list of queues$"),
        (content(b'{"error": 1}'), "answers something else than a list of queues$"),
        (hangs(b"["), "does not answer \\(timed out\\)"),
    ):
        server.answers[PATH] = answer
        with pytest.raises(ManagementUnavailable, match=f"^{said}"):
            api.queues("a/b")
    with pytest.raises(ManagementUnavailable, match="^does not answer .*refused"):
        Management("http://127.0.0.1:1").queues("a/b")


def test_a_reason_is_logged_once_until_it_answers_again(
    server: WebServer, api: Management, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers[PATH] = in_turn(status(401), status(401), content(b"[]"), status(401))
    for answers in (False, False, True, False):
        if answers:
            assert api.queues("a/b") == {}
        else:
            with pytest.raises(ManagementUnavailable):
                api.queues("a/b")
    assert [each.levelno for each in caplog.records] == [logging.WARNING] * 2
    assert "p@ss" not in caplog.text
