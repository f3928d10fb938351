"""A place that entries of the audit are sent to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from phloem.errors import PhloemError
from phloem_server.access.audit.entry import KeptEntry


class NotSent(PhloemError):
    """The place did not take entries. The text says why."""

    code = "audit_not_sent"
    temporary = True


class Target(Protocol):
    """A place; `name` tells it from others."""

    name: str

    def send(self, entries: Sequence[KeptEntry]) -> None:
        """Sends entries, oldest first. NotSent where it is not known to have taken all of them."""

    def close(self) -> None:
        """Closes its connection. `send` opens another."""
