"""Keeps the views of the mirror filled: with what a search finds, what time changes, and what only Redis has."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeGuard

from phloem.record.record import Channel, ChannelError
from phloem_server.mirror.freshness.liveness import LOOK_EVERY, Liveness
from phloem_server.mirror.list_view import ListView
from phloem_server.mirror.mirror import Mirror
from phloem_server.mirror.task_view import LOG_KEPT, TaskView
from phloem_server.mirror.view import View

FIRST_FILL = 0.008
"""Seconds for which a client that opens a view waits for all of it. What is found later comes in frames."""

logger = logging.getLogger(__name__)


class ViewKeeper:
    """Sees to what changes in views without a change of the record. `run` does so until `stop`."""

    def __init__(self, mirror: Mirror, channel: Channel, liveness: Liveness, on_change: Callable[[], object]) -> None:
        """`on_change` is called when a view has something to say that no change of the record brought."""
        self._mirror = mirror
        self._channel = channel
        self._liveness = liveness
        self._on_change = on_change
        self._stopped = threading.Event()

    def run(self) -> None:
        """Until `stop`, fills views with what they have not found yet, and sees to what only time changes."""
        while not self._stopped.is_set():
            self._mirror.unfilled.wait(LOOK_EVERY)
            self._mirror.unfilled.clear()
            self._liveness.look()
            try:
                if self._mirror.tend():
                    self._on_change()
            except Exception:  # one view that cannot be filled must not stop all others for good
                logger.exception("The views could not be kept")

    def stop(self) -> None:
        """Ends `run` soon."""
        self._stopped.set()
        self._mirror.unfilled.set()

    def dirty(self) -> list[View]:
        """The views that have something to say, or could have once `refresh` has read what they want."""
        return [view for view in self._mirror.opened() if view.dirty or (self._liveness.live and _wants(view))]

    def refresh(self, view: View) -> None:
        """Reads from Redis what a view of one task does not hold yet. While Redis is away it stays wanting.

        A list is searched for a moment, the first time; `run` goes on with the rest of it.
        """
        if isinstance(view, ListView):
            if view.awaited:
                self._mirror.fill(view, FIRST_FILL)
                view.awaited = False
                self._mirror.unfilled.set()
        elif self._liveness.live and _wants(view):
            self._read(view)

    def _read(self, view: TaskView) -> None:
        view.wants = False
        try:
            task = self._channel.task(view.task_id)
            entries = self._channel.short_log(view.task_id, LOG_KEPT)
        except ChannelError:
            view.wants = True
            return
        with self._mirror.lock:
            view.take(task, entries, self._mirror.position.offset)


def _wants(view: View) -> TypeGuard[TaskView]:
    return isinstance(view, TaskView) and view.wants
