"""Which viewers are in which room of Socket.IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from socketio import Manager


class Rooms(Manager):  # type: ignore[misc]  # it comes without types
    """Socket.IO's own, without a room for each viewer alone.

    With those it looks through as many rooms as there are viewers whenever one leaves: when all leave at once, that
    is most of the work. What is sent to one viewer finds him without.
    """

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        if room != sid:
            super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        alone = self.eio_sid_from_sid(room, namespace) if isinstance(room, str) else None
        if alone is None:
            yield from super().get_participants(namespace, room)
        else:
            yield room, alone
