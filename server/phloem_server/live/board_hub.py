"""Boards: small pictures of more than tasks (workers, queues, the schedule, the last hour), pushed to those who look.

A picture is made twice a second while somebody looks, and sent when it changed: whole, or where that would be much, as
the part of it that is new. Taken twice it does no harm, and who could not take one gets the present whole: there is
nothing to resume and no queue for anybody.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from phloem_server.live.cursor import UNREAD_LIMIT
from phloem_server.live.protocol import Done, Picture, Refusal
from phloem_server.mirror.follower import Follower
from phloem_server.transport.fanout import Fanout

TICK = 0.5
"""Seconds between two looks at whether a picture changed."""

OVERLAP = 10.0
"""Seconds of changes that each part holds at least: many ticks, so that it fits on any whole picture of late."""

PREFIX = "board:"

logger = logging.getLogger("phloem.viewers")


class Board(msgspec.Struct, frozen=True):
    """How a picture is made; `look` is called first, and may wait, when somebody comes.

    `part`, for a picture that is long, makes of what changed in the last OVERLAP seconds or more what brings a picture
    of that time up to date; None where it is so much another that it has to be told whole. With True, all that is so
    far is told otherwise, and what changes from now on is new.
    """

    paint: Callable[[], object]
    look: Callable[[], object] = lambda: None
    keep: Callable[[], object] = lambda: None
    part: Callable[[bool], object] | None = None


class Boards:
    """Who looks at which board. Its handlers answer a message with a record."""

    def __init__(self, boards: Mapping[str, Board], relay: Follower, fanout: Fanout) -> None:
        self._boards = boards
        self._relay = relay
        self._fanout = fanout
        self._lock = threading.Lock()
        self._here: set[str] = set()
        self._looking: dict[str, set[str]] = {name: set() for name in boards}
        self._sent: dict[str, bytes] = {}
        self._painted: dict[str, tuple[float, bytes]] = {}
        self._told_at: dict[str, float] = {}
        self._late: dict[str, set[str]] = {name: set() for name in boards}
        self._somebody = threading.Event()

    @staticmethod
    def meant(message: Any) -> bool:
        """Whether a message is about a board."""
        if not isinstance(message, dict):
            return False
        return "board" in message or str(message.get("watch", "")).startswith(PREFIX)

    def picture(self, name: str) -> object:
        """What a board shows, for who asks once."""
        board = self._boards[name]
        board.look()
        return board.paint()

    def connect(self, sid: str) -> None:
        """Somebody came."""
        with self._lock:
            self._here.add(sid)

    def watch(self, sid: str, message: Any) -> Picture | Refusal:
        """Shows a board, and each change of it from now on."""
        name = message.get("board")
        if not isinstance(name, str) or name not in self._boards:
            return Refusal(error=f"There is no board {str(name)[:80]!r}; expected one of {', '.join(self._boards)}.")
        if len(message) > 1:
            return Refusal(error="watch takes a board and nothing else.")
        if (waiting := self._fanout.waiting(sid)) >= UNREAD_LIMIT:
            return Refusal(error=f"{waiting} answers wait to be read; expected less than {UNREAD_LIMIT}.", again=True)
        painted = self._fresh(name)
        if painted is None:
            self._boards[name].look()
        with self._lock:
            if sid not in self._here:  # who left meanwhile would be counted for good
                return Refusal(error="This connection is closed.")
            if not self._looking[name] and self._begins(name):
                painted = None  # parts tell what is not in the picture that is painted now
            self._looking[name].add(sid)
            self._fanout.join(sid, PREFIX + name)
        self._somebody.set()
        return self._show(name, msgspec.Raw(painted or self._paint(name)))

    def seen(self, sid: str, message: Any) -> Done | Refusal:
        """Says that the server is there; nobody keeps count of pictures."""
        return Done(now=time.time()) if self._name(sid, message) else self._closed(message)

    def unwatch(self, sid: str, message: Any) -> Done | Refusal:
        """Somebody looks at a board no more."""
        name = self._name(sid, message)
        if not name:
            return self._closed(message)
        with self._lock:
            self._looking[name].discard(sid)
            self._late[name].discard(sid)
            self._fanout.leave(sid, PREFIX + name)
        return Done()

    def disconnect(self, sid: str) -> None:
        """Somebody left."""
        with self._lock:
            self._here.discard(sid)
            for name in self._boards:
                self._looking[name].discard(sid)
                self._late[name].discard(sid)

    def run(self) -> None:
        """Tells those who look what changed."""
        while True:
            if not any(self._looking.values()):
                self._somebody.clear()
                if not any(self._looking.values()):
                    self._somebody.wait()
            for name in self._boards:
                try:
                    self._tell(name)
                except Exception:  # one that cannot be painted must not silence the others
                    logger.exception("The board %s could not be shown", name)
            time.sleep(TICK)

    def _tell(self, name: str) -> None:
        if not self._looking[name]:
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
                # Who missed a part needs the whole; who missed a whole, the next.
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
        """Whether a board that has parts tells them anew: nobody was told any for so long that one could be missing."""
        board, now = self._boards[name], time.monotonic()
        before = self._told_at.get(name, float("-inf"))
        if board.part is None:
            return False
        self._told_at[name] = now
        if now - before < OVERLAP:
            return False
        board.part(True)
        return True

    def _paint(self, name: str) -> bytes:
        """The picture as it is now, in JSON."""
        encoded = msgspec.json.encode(self._boards[name].paint())
        self._painted[name] = time.monotonic(), encoded
        return encoded

    def _fresh(self, name: str) -> bytes | None:
        """The last picture, if it is as new as those that are sent: who asks again and again has none painted."""
        at, encoded = self._painted.get(name, (0.0, None))
        return encoded if encoded is not None and time.monotonic() - at < TICK else None

    def _show(self, name: str, painted: object, *, part: bool = False) -> Picture:
        return Picture(
            watch=PREFIX + name,
            board=painted,
            live=self._relay.live,
            now=time.time(),
            part=True if part else msgspec.UNSET,
        )

    def _name(self, sid: str, message: Any) -> str | None:
        name = str(message.get("watch", "")).removeprefix(PREFIX)
        return name if sid in self._looking.get(name, ()) else None

    def _closed(self, message: Any) -> Refusal:
        return Refusal(error=f"watch {str(message.get('watch'))[:80]!r} is not open on this connection.")
