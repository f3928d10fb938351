"""What the server logs is text or JSON, and has no secrets."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from phloem_server.app import log
from phloem_server.app.log import Json, Scrubbed, Text


def test_a_log_is_written_without_secrets_with_its_traceback() -> None:
    stream = io.StringIO()
    logger = logging.Logger("of the test")
    logger.addHandler(logging.StreamHandler(Scrubbed(stream)))
    logger.warning("at redis://:geheim@host, token=%s", "geheim")
    try:
        raise ValueError("password=geheim")
    except ValueError:
        logger.exception("GET /api/v1/tasks?token=geheim")
    assert "geheim" not in stream.getvalue()
    assert "ValueError: password=[redacted]" in stream.getvalue()


def test_what_ends_a_thread_is_printed_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", Scrubbed(stream))
    try:
        raise ValueError("password=geheim")
    except ValueError as error:
        sys.__excepthook__(type(error), error, error.__traceback__)
    assert "ValueError: password=[redacted]" in stream.getvalue()
    assert "geheim" not in stream.getvalue()


SECRETS = "at redis://:geheim@host with \"token=geheim\" and {'password': 'geheim'}"


def failed(form: logging.Formatter) -> str:
    """A record with a traceback, as a formatter writes it."""
    try:
        raise ValueError(f"no {SECRETS}")
    except ValueError as error:
        told = (type(error), error, error.__traceback__)
        record = logging.LogRecord("phloem_server.it", logging.ERROR, "", 1, "failed %s", (SECRETS,), told)
        record.created = 0.25
        return form.format(record)


def test_a_line_of_text_has_time_level_and_logger() -> None:
    first, *others = failed(Text()).splitlines()
    assert first.startswith("1970-01-01T00:00:00.250Z ERROR phloem_server.it: failed at redis://:[redacted]@host")
    assert others[-1].startswith("ValueError: no at redis://:[redacted]@host")
    assert "geheim" not in failed(Text())


def test_a_line_of_json_is_json_whatever_secrets_were_in_it() -> None:
    line = failed(Json())
    assert "geheim" not in line
    said = json.loads(line)
    assert (said["time"], said["level"], said["logger"]) == ("1970-01-01T00:00:00.250Z", "error", "phloem_server.it")
    assert said["message"].startswith("failed at redis://:[redacted]@host")
    assert "ValueError" in said["traceback"]


@contextmanager
def own_logging() -> Iterator[io.StringIO]:
    """What is logged, in a process that has configured nothing yet."""
    loggers = [logging.root, *map(logging.getLogger, ("phloem", "phloem_server"))]
    before = [(each, each.handlers, each.level, each.propagate) for each in loggers]
    every = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    disabled = {each for each in every if each.disabled}
    logging.root.handlers = []
    stderr, stream = sys.stderr, io.StringIO()
    sys.stderr = stream
    try:
        yield stream
    finally:
        sys.stderr = stderr
        for each, handlers, level, propagate in before:
            each.handlers, each.propagate = handlers, propagate
            each.setLevel(level)
        for each in every:
            each.disabled = each in disabled


def test_the_level_is_that_of_the_server_and_libraries_only_warn() -> None:
    with own_logging() as stream:
        log.begin("info")
        for name in ("phloem_server.it", "kombu"):
            logging.getLogger(name).info("told by %s", name)
            logging.getLogger(name).warning("warned by %s", name)
            logging.getLogger(name).debug("hidden")
    said = [line.rpartition(": ")[2] for line in stream.getvalue().splitlines()]
    assert said == ["told by phloem_server.it", "warned by phloem_server.it", "warned by kombu"]


def test_an_app_that_disables_loggers_while_it_is_imported_does_not_silence_the_server() -> None:
    with own_logging() as stream:
        log.begin()
        logger = logging.getLogger("phloem_server.of_this_test")
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})
        logger.warning("lost")
        log.begin()
        logger.warning("said")
    assert [line.rpartition(": ")[2] for line in stream.getvalue().splitlines()] == ["said"]


def test_a_log_of_the_applications_own_stays_where_it_is() -> None:
    with own_logging() as stream:
        theirs = io.StringIO()
        log.begin()
        logging.root.handlers = [logging.StreamHandler(theirs)]
        log.begin()
        logging.getLogger("shop").warning("by the shop")
        logging.getLogger("phloem_server.it").warning("by the server")
    assert theirs.getvalue() == "by the shop\n"
    assert "by the server" in stream.getvalue()
