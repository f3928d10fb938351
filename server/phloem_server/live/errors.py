"""Why a message of a client is refused. `Refusal.of` makes the answer of an error."""

from __future__ import annotations

from typing import Self

from phloem.errors import PhloemError


class MessageUnknown(PhloemError):
    """There is no message of that name."""

    code = "message_unknown"


class MessageInvalid(PhloemError):
    """The message is not what its name stands for."""

    code = "message_invalid"


class MessageFailed(PhloemError):
    """The server could not handle the message; its log says why."""

    code = "internal_error"


class WatchUnknown(PhloemError):
    """The connection has no such watch."""

    code = "watch_unknown"

    @classmethod
    def of(cls, watch: object) -> Self:
        """The error of a message about this watch."""
        return cls(f"watch {str(watch)[:80]!r} is not open on this connection.")


class WatchLimit(PhloemError):
    """The connection has as many watches as it may have."""

    code = "watch_limit"


class WatchClosed(PhloemError):
    """The watch was closed while it was opened."""

    code = "watch_closed"


class BoardUnknown(PhloemError):
    """There is no board of that name."""

    code = "board_unknown"


class ConnectionClosed(PhloemError):
    """The connection is closed, or about to be."""

    code = "connection_closed"


class OutboxFull(PhloemError):
    """Too many answers wait to be read on the connection."""

    code = "outbox_full"
    temporary = True

    @classmethod
    def of(cls, unread: int, limit: int) -> Self:
        """The error where so many wait."""
        return cls(f"{unread} answers wait to be read; expected less than {limit}.")


class RecordUnread(PhloemError):
    """The record of tasks was not read yet, so it is not known which there are."""

    code = "record_unread"
    temporary = True


class RecordBehind(PhloemError):
    """This process may have heard less than the client, which another process told before."""

    code = "record_behind"
    temporary = True
