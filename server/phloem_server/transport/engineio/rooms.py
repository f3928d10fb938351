"""The rooms of Socket.IO: which clients are in which."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from socketio import Manager


class Rooms(Manager):  # type: ignore[misc]  # it comes without types
    """Socket.IO's manager, without a room for each single client.

    With those it looks through as many rooms as there are clients whenever one disconnects: when all disconnect at
    once, that is most of the work. A message to a single client finds it without.

    Where there are threads, one client may leave a room as its last while another enters it. The library checks first
    and acts then, and would drop the room together with the client that has just entered: hence the lock.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Puts a client into a room, other than its own."""
        if room != sid:
            with self._lock:
                super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Takes a client out of a room."""
        with self._lock:
            super().basic_leave_room(sid, namespace, room)

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Takes a client out of all rooms."""
        with self._lock:
            super().basic_disconnect(sid, namespace, **kwargs)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """The clients in a room, or the one whose sid `room` is: pairs of their sid and their session's id."""
        alone = self.eio_sid_from_sid(room, namespace) if isinstance(room, str) else None
        if alone is None:
            with self._lock:
                there = list(super().get_participants(namespace, room))
            yield from there
        else:
            yield room, alone


def count(manager: Manager, namespace: str) -> int:
    """How many clients are connected."""
    return len(manager.rooms.get(namespace, {}).get(None, ()))
