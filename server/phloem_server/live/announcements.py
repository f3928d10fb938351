"""What all clients are told at once: that the record is another one, and whether Redis is there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from phloem_server.live.audiences import Audiences
from phloem_server.live.protocol import Resync, Status
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.freshness.liveness import Status as Known
from phloem_server.transport.fanout import Fanout

R = TypeVar("R")

logger = logging.getLogger(__name__)


class Announcements:
    """Tells all clients of another record, and of a Redis that is lost or back. `run` does so until `stop`.

    It has a thread of its own: the one that sends frames may be waiting for that very Redis.
    """

    def __init__(
        self,
        follower: Follower,
        fanout: Fanout,
        audiences: Audiences,
        build: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`build` names the page that this server hands out at present, so that clients can offer to load it."""
        self._follower = follower
        self._mirror = follower.mirror
        self._fanout = fanout
        self._audiences = audiences
        self._build = build
        self._known = self._mirror.replaced  # the record that clients know of
        self._told = follower.status
        self._pending = threading.Event()
        self._stopped = threading.Event()
        follower.on_status.add(self._pending.set)
        follower.on_resync.add(self._pending.set)

    def run(self) -> None:
        """Announces what there is to announce, until `stop`."""
        while not self._stopped.is_set():
            self._pending.wait()
            self._pending.clear()
            try:
                self.announce()
            except Exception:  # the next one is to be announced all the same
                logger.exception("Clients could not be told of the record or of Redis")

    def stop(self) -> None:
        """Ends `run` soon."""
        self._stopped.set()
        self._pending.set()

    def announce(self) -> None:
        """Tells all clients what they were not told yet."""
        build = self._build()
        with self._audiences.lock:
            self.current(lambda: None)
            status = self._follower.status
            if status != self._told:
                self._told = status
                self._fanout.send("status", _told(status, build))

    def greet(self, sid: str) -> None:
        """Tells a client that has just connected whether Redis is there.

        In turn with `announce`: what a client is told last has to be what was so last.
        """
        build = self._build()
        with self._audiences.lock:
            status = self._follower.status
            self._fanout.send("status", _told(status, build), to=sid)

    def current(self, read: Callable[[], R]) -> R:
        """What `read`, called under the mirror's lock, takes out of views; all clients know of that record then.

        All that is sent of views is taken by this, so no client is told anything of another record before it is told
        that it is another. The caller holds the lock of `audiences`, and still does when it sends what was read.
        """
        while True:
            with self._mirror.lock:
                if self._mirror.replaced == self._known:
                    return read()
                self._known = self._mirror.replaced
                for _, cursors in self._audiences.each():
                    for cursor in cursors.values():
                        if cursor.behind:
                            cursor.told = cursor.view.flushed  # offsets of the record before do not compare
            self._tell_of_another_record()

    def _tell_of_another_record(self) -> None:
        """Asks all clients to watch again; those that are behind, and in no room, as well."""
        for key, cursors in self._audiences.each():
            resync = Resync(watch=key, reason="The record of tasks started anew.")
            self._fanout.send("resync", resync, to=key)
            for sid, cursor in cursors.items():
                if cursor.behind:
                    self._fanout.send("resync", resync, to=sid)


def _told(status: Known, build: str | None) -> Status:
    return Status(live=status.live, since=status.since, build=build, trouble=status.trouble)
