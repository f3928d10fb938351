"""Whose turn it is to use the channel: the recorder's thread, or a thread whose task ends."""

from __future__ import annotations

import threading


class Turn:
    """At most one thread has the turn.

    It is no lock, because Celery's soft time limit may strike anywhere: whoever has the turn can give it back in any
    case, and whoever does not have it gives nothing.
    """

    def __init__(self, changed: threading.Condition) -> None:
        """`changed` guards it, and is notified when the turn is free again."""
        self._changed = changed
        self._holder: int | None = None

    @property
    def free(self) -> bool:
        """Whether nobody has it."""
        return self._holder is None

    def take(self) -> None:
        """Waits until it is free, and takes it."""
        with self._changed:
            self._changed.wait_for(lambda: self.free)
            self._holder = threading.get_ident()

    def give(self) -> None:
        """Frees it, if this thread has it."""
        with self._changed:
            if self._holder == threading.get_ident():
                self._holder = None
                self._changed.notify_all()
