"""The log of the server, as text or as JSON: without secrets, whoever writes there.

What goes wrong is on standard error, and so is what libraries and the application warn of. Requests are on standard
output, see `access_log`.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO, cast

from phloem.redaction import scrub
from phloem_server.settings.config import LOG_FORMATS, LOG_LEVELS

_OURS = ("phloem", "phloem_server")

FIELDS = ("client", "method", "path", "status", "bytes", "milliseconds")
"""What a record of a request has beside its message."""


class Scrubbed:
    """A stream to which texts are written without the secrets in them. In all else it is that stream."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Writes a text: what logs an error writes it with its traceback as one."""
        self.stream.write(scrub(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Text(logging.Formatter):
    """A line with time (UTC), level, logger and message; a traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Without secrets."""
        return scrub(f"{_moment(record)} {super().format(record)}")


class Json(logging.Formatter):
    """A JSON object in one line: `time`, `level`, `logger`, `message`, and `traceback` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Without secrets; each text is freed of them by itself, so that the line stays JSON."""
        said: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        said |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            said["traceback"] = scrub(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False, default=str)


def begin(level: str = LOG_LEVELS[1], form: str = LOG_FORMATS[0]) -> None:
    """Has the server's log written from now on, and what others warn of.

    Nothing that is written to standard error from now on has secrets. To be called again once the application was
    imported, whose own configuration of logging may have disabled what was there.
    """
    if not isinstance(sys.stderr, Scrubbed):
        sys.stderr = cast("TextIO", Scrubbed(sys.stderr))
    handler = handler_of(sys.stderr, form)
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())
    for name, each in logging.root.manager.loggerDict.items():
        if name.partition(".")[0] in _OURS and isinstance(each, logging.Logger):
            each.disabled = False
    others = [each for each in logging.root.handlers if not isinstance(each.formatter, Text | Json)]
    if not others:  # else the application says itself where its log goes
        logging.root.handlers = [handler]
        logging.root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


def handler_of(stream: TextIO | Scrubbed, form: str) -> logging.Handler:
    """Writes to a stream, in one of `LOG_FORMATS`."""
    # The formatters have seen to secrets; to look for them in JSON again might end a text too late.
    handler = logging.StreamHandler(stream.stream if isinstance(stream, Scrubbed) else stream)
    handler.setFormatter(Json() if form == "json" else Text())
    return handler


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
