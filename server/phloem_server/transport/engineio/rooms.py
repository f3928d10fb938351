"""Which viewers are in which room of Socket.IO."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from socketio import Manager


class Rooms(Manager):  # type: ignore[misc]  # it comes without types
    """Socket.IO's own, without a room for each viewer alone.

    With those it looks through as many rooms as there are viewers whenever one leaves: when all leave at once, that
    is most of the work. What is sent to one viewer finds him without.

    Where there are threads, one may leave a room as its last while another enters it: the library looks first and
    acts then, and would drop the room with who has just come.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        if room != sid:
            with self._lock:
                super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        with self._lock:
            super().basic_leave_room(sid, namespace, room)

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        with self._lock:
            super().basic_disconnect(sid, namespace, **kwargs)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        alone = self.eio_sid_from_sid(room, namespace) if isinstance(room, str) else None
        if alone is None:
            with self._lock:
                there = list(super().get_participants(namespace, room))
            yield from there
        else:
            yield room, alone
