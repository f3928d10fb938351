"""What the libraries report is logged at the level DEBUG."""

from __future__ import annotations

import logging

import pytest

from phloem_server.transport.engineio.log import DebugLogger, DebugStream


def test_errors_of_the_libraries_are_logged_at_the_level_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log = DebugLogger(logging.getLogger("phloem.socketio"))
    log.error("Invalid session %s", "x")
    log.exception("message handler error")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "Invalid session x"),
        ("DEBUG", "message handler error"),
    ]


def test_a_stream_logs_what_is_written_to_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    DebugStream(logging.getLogger("phloem_server")).write("100% broken")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [("DEBUG", "100% broken")]
