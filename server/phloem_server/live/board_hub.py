"""Boards: small pictures of more than tasks (workers, queues, the schedule, the last hour), pushed to their clients.

A picture is made twice a second while a client watches it, and sent when it changed: whole, or where that would be
much, as the part of it that is new. Taken in twice it does no harm, and a client that could not take one gets the
present one whole: there is nothing to resume and no queue for any client.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from phloem.errors import PhloemError
from phloem_server.access.permissions import check
from phloem_server.access.principal import ANYONE, Principal
from phloem_server.live.cursor import UNREAD_LIMIT
from phloem_server.live.errors import BoardUnknown, ConnectionClosed, MessageInvalid, OutboxFull, WatchUnknown
from phloem_server.live.protocol import NEEDS, Done, Picture, Refusal
from phloem_server.mirror.follower import Follower
from phloem_server.transport.fanout import Fanout
from phloem_server.web.declared import Needs

TICK = 0.5
"""Seconds between two looks at whether a picture changed."""

OVERLAP = 10.0
"""Seconds of changes that each part holds at least: many ticks, so that it fits on any whole picture of late."""

PREFIX = "board:"
"""Begins the name of a watch of a board; the board's own name follows."""

logger = logging.getLogger(__name__)


class Board(msgspec.Struct, frozen=True):
    """How a picture is made.

    `paint` makes it. `look` is called before the first time for a client, and may wait, or raise a PhloemError that the
    client is told; `keep` before each further one, in the thread of all boards: it neither waits nor raises.

    `part`, for a picture that is long, makes of what changed in the last OVERLAP seconds or more what brings a picture
    of that time up to date; None where it is so much another that it has to be sent whole. With True, all that is so
    far is sent otherwise, and what changes from now on is new.
    """

    paint: Callable[[], object]
    look: Callable[[], object] = lambda: None
    keep: Callable[[], object] = lambda: None
    part: Callable[[bool], object] | None = None


def is_about_boards(message: Any) -> bool:
    """Whether a message is about a board, and not about a view."""
    if not isinstance(message, dict):
        return False
    return "board" in message or str(message.get("watch", "")).startswith(PREFIX)


class BoardHub:
    """The clients of each board. Its handlers answer a message with a record; `run` sends pictures until `stop`.

    A lock of its own guards it. What makes pictures may take the mirror's lock within, never the other way round.
    """

    def __init__(
        self,
        boards: Mapping[str, Board],
        follower: Follower,
        fanout: Fanout,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._boards = boards
        self._follower = follower
        self._fanout = fanout
        self._clock = clock
        self._lock = threading.Lock()
        self._principals: dict[str, Principal] = {}
        self._watching: dict[str, set[str]] = {name: set() for name in boards}
        self._late: dict[str, set[str]] = {name: set() for name in boards}  # clients that could not take a picture
        self._sent: dict[str, bytes] = {}
        self._painted: dict[str, tuple[float, bytes]] = {}
        self._parted_at: dict[str, float] = {}
        self._wanted = threading.Event()
        self._stopped = threading.Event()

    def picture(self, name: str) -> object:
        """What a board shows, for a client that asks once."""
        board = self._boards[name]
        board.look()
        return board.paint()

    def connect(self, sid: str, principal: Principal = ANYONE) -> None:
        """Takes a client in, which acts on behalf of `principal` for as long as it is connected."""
        with self._lock:
            self._principals[sid] = principal

    def disconnect(self, sid: str) -> None:
        """Forgets a client whose connection has ended."""
        with self._lock:
            self._principals.pop(sid, None)
            for name in self._boards:
                self._watching[name].discard(sid)
                self._late[name].discard(sid)

    def watch(self, sid: str, message: Any) -> Picture | Refusal:
        """Answers with a board; each change of it is sent from now on."""
        name = message.get("board")
        if not isinstance(name, str) or name not in self._boards:
            known = ", ".join(self._boards)
            return Refusal.of(BoardUnknown(f"There is no board {str(name)[:80]!r}; expected one of {known}."))
        if len(message) > 1:
            return Refusal.of(MessageInvalid("watch takes a board and nothing else."))
        if (unread := self._fanout.waiting(sid)) >= UNREAD_LIMIT:
            return Refusal.of(OutboxFull.of(unread, UNREAD_LIMIT))
        principal = self._principals.get(sid)
        if principal is not None:
            try:
                check(principal, Needs(NEEDS["watch"]))
            except PhloemError as refused:
                return Refusal.of(refused)
        painted = self._fresh(name)
        if painted is None:
            try:
                self._boards[name].look()
            except PhloemError as failed:
                return Refusal.of(failed)
        with self._lock:
            if sid not in self._principals:  # a client that left meanwhile would be counted for good
                return Refusal.of(ConnectionClosed("This connection is closed."))
            if not self._watching[name] and self._begins(name):
                painted = None  # parts tell what is not in the picture that is painted now
            self._watching[name].add(sid)
            self._fanout.join(sid, PREFIX + name)
        self._wanted.set()
        return self._show(name, msgspec.Raw(painted or self._paint(name)))

    def seen(self, sid: str, message: Any) -> Done | Refusal:
        """Says that the server is there; which client has which picture is not counted."""
        if self._watched(sid, message) is None:
            return Refusal.of(WatchUnknown.of(message.get("watch")))
        return Done(now=time.time())

    def unwatch(self, sid: str, message: Any) -> Done | Refusal:
        """Closes a board for a client."""
        name = self._watched(sid, message)
        if name is None:
            return Refusal.of(WatchUnknown.of(message.get("watch")))
        with self._lock:
            self._watching[name].discard(sid)
            self._late[name].discard(sid)
            self._fanout.leave(sid, PREFIX + name)
        return Done()

    def run(self) -> None:
        """Sends pictures that changed to their clients, until `stop`; waits while no board has any."""
        while not self._stopped.is_set():
            if not any(self._watching.values()):
                self._wanted.clear()
                if not any(self._watching.values()) and not self._stopped.is_set():
                    self._wanted.wait()
                    continue
            self.tick()
            self._stopped.wait(TICK)

    def stop(self) -> None:
        """Ends `run` soon."""
        self._stopped.set()
        self._wanted.set()

    def tick(self) -> None:
        """Sends what changed, now."""
        for name in self._boards:
            try:
                self._tell(name)
            except Exception:  # one that cannot be painted must not silence the others
                logger.exception("The board %s could not be shown", name)

    def _tell(self, name: str) -> None:
        if not self._watching[name]:
            self._sent.pop(name, None)
            return
        board = self._boards[name]
        board.keep()
        part = None if board.part is None or self._begins(name) else board.part(False)
        whole = part is None
        encoded = self._paint(name) if whole else msgspec.json.encode(part)
        with self._lock:
            if self._sent.get(name) != encoded:
                self._sent[name] = encoded
                picture = self._show(name, msgspec.Raw(encoded), part=not whole)
                passed_over = set(self._fanout.offer("board", picture, to=PREFIX + name))
                # A client that missed a part needs the whole; one that missed a whole, the next.
                self._late[name] = passed_over if whole else passed_over | self._late[name]
                if whole:
                    return
            late = [sid for sid in self._late[name] if self._fanout.ready(sid)]
            if late:
                picture = self._show(name, msgspec.Raw(encoded if whole else self._paint(name)))
            for sid in late:
                if not self._fanout.offer("board", picture, to=sid):
                    self._late[name].discard(sid)

    def _begins(self, name: str) -> bool:
        """Whether a board that has parts begins them anew: none was made for so long that one could be missing."""
        board, now = self._boards[name], self._clock()
        before = self._parted_at.get(name, float("-inf"))
        if board.part is None:
            return False
        self._parted_at[name] = now
        if now - before < OVERLAP:
            return False
        board.part(True)
        return True

    def _paint(self, name: str) -> bytes:
        """The picture as it is now, in JSON."""
        encoded = msgspec.json.encode(self._boards[name].paint())
        self._painted[name] = self._clock(), encoded
        return encoded

    def _fresh(self, name: str) -> bytes | None:
        """The last picture, if it is as new as those that are sent: a client may ask again and again."""
        at, encoded = self._painted.get(name, (0.0, None))
        return encoded if encoded is not None and self._clock() - at < TICK else None

    def _show(self, name: str, painted: object, *, part: bool = False) -> Picture:
        return Picture(
            watch=PREFIX + name,
            board=painted,
            live=self._follower.live,
            now=time.time(),
            part=True if part else msgspec.UNSET,
        )

    def _watched(self, sid: str, message: Any) -> str | None:
        """The board that a message is about, if the client watches it."""
        name = str(message.get("watch", "")).removeprefix(PREFIX)
        return name if sid in self._watching.get(name, ()) else None
