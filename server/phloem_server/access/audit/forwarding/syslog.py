"""Entries as messages of syslog (RFC 5424), by UDP (RFC 5426) or to the socket of this machine.

UDP tells nobody whether a message arrived: the numbers of entries show what is missing.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from logging.handlers import SysLogHandler

import msgspec

from phloem_server.access.audit.entry import KeptEntry, Outcome
from phloem_server.access.audit.forwarding.target import NotSent

PORT = 514

_LEVELS: dict[Outcome, int] = {"done": logging.INFO, "refused": logging.WARNING, "failed": logging.ERROR}


class Syslog:
    """The syslog server at a host and port, or at the path of a socket."""

    name = "syslog"

    def __init__(self, address: tuple[str, int] | str) -> None:
        self._address = address
        self._handler: _Handler | None = None
        self._host = socket.gethostname() or "-"

    def send(self, entries: Sequence[KeptEntry]) -> None:
        """Sends each entry as a message. See `Target.send`."""
        try:
            if self._handler is None:
                self._handler = _Handler(self._address, facility=SysLogHandler.LOG_AUTHPRIV)
            for entry in entries:
                self._handler.emit(
                    logging.LogRecord(self.name, _LEVELS[entry.outcome], "", 0, self._text(entry), None, None)
                )
        except OSError as error:
            self.close()
            raise NotSent(f"The syslog at {self._address} does not take it: {error}") from error

    def close(self) -> None:
        """Closes the socket."""
        handler, self._handler = self._handler, None
        if handler is not None:
            handler.close()

    def _text(self, entry: KeptEntry) -> str:
        """All of the message after its priority: version, time, host, program, process, kind, no structured data."""
        at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"1 {at} {self._host} phloem {os.getpid()} audit - {msgspec.json.encode(entry).decode()}"


class _Handler(SysLogHandler):
    """Raises what goes wrong."""

    append_nul = False  # of the time before RFC 5424

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002  the library calls it so
        raise
