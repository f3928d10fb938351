"""The door: what it does to requests besides letting them in or refusing them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.unit.server.access.doorway import Doorway


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/tasks"])
def test_a_query_that_is_no_text_is_refused(locked_door: Doorway, path: str) -> None:
    answer = locked_door.ask(path, environ_overrides={"QUERY_STRING": "next=\xff"})
    assert answer.status_code == 400
    assert "not UTF-8 from its byte 5" in answer.text


def test_compression_of_web_sockets_is_never_offered_to_the_server(open_door: Doorway) -> None:
    open_door.ask("/socket.io/", headers={"Sec-WebSocket-Extensions": "permessage-deflate"})
    assert "HTTP_SEC_WEBSOCKET_EXTENSIONS" not in open_door.inside.seen[0]


def test_an_error_behind_the_door_is_told_as_an_id_only(open_door: Doorway, caplog: pytest.LogCaptureFixture) -> None:
    answer = open_door.ask("/bug")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "secret internals" in caplog.text


def test_a_client_that_left_is_no_error(open_door: Doorway, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BrokenPipeError):
        open_door.ask("/gone")
    assert caplog.records == []


def test_an_error_after_the_answer_began_ends_the_connection() -> None:
    doorway = Doorway()

    def broken(_: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        raise RuntimeError("half an answer")

    doorway.door._inside = broken
    with pytest.raises(RuntimeError, match="half an answer"):
        doorway.ask()
