"""What the libraries report, at the level DEBUG.

What they call errors is what clients sent, in whatever amount, and that is not for the log of an operator. Failures
of our own handlers are caught and logged before the libraries see them.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any


class DebugLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger to give to the libraries: it logs nothing above the level DEBUG."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Logs at `level`, but at most at DEBUG."""
        super().log(min(level, logging.DEBUG), msg, *args, **kwargs)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Leaves the message as it is."""
        return msg, kwargs


class DebugStream:
    """A stream to give as `wsgi.errors`, where eventlet reports connections that ended without a handshake."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def write(self, text: str) -> None:
        """Logs the text."""
        self._logger.debug("%s", text)
