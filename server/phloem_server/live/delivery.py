"""What each client is sent, and when: frames, and what becomes of clients that do not take or confirm them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from phloem_server.live.announcements import Announcements
from phloem_server.live.audiences import Audiences
from phloem_server.live.cursor import BEHIND_TICK, SILENT_LIMIT, Cursor, Due
from phloem_server.live.protocol import Frame, Resync
from phloem_server.live.tick import Tick
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.task_view import TaskView
from phloem_server.mirror.view import View
from phloem_server.transport.fanout import Fanout

logger = logging.getLogger(__name__)


class Delivery:
    """Sends clients what is new in their views. `run` does so until `stop`.

    What is sent is taken out of a view under the mirror's lock, as records that do not change any more; it is encoded
    and sent outside that lock and under the one of `audiences`, which decides on the order. See there.
    """

    def __init__(
        self,
        follower: Follower,
        fanout: Fanout,
        audiences: Audiences,
        announcements: Announcements,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._follower = follower
        self._mirror = follower.mirror
        self._fanout = fanout
        self._audiences = audiences
        self._current = announcements.current
        self._clock = clock
        self._tick = Tick()
        self._changed = threading.Event()
        self._stopped = threading.Event()
        fanout.on_free.add(self._changed.set)
        follower.on_change.add(self._changed.set)
        follower.on_status.add(self._changed.set)  # what waited for Redis to be back can be read now

    def run(self) -> None:
        """Sends what changed until `stop`: the first change at once, what follows it at the next tick."""
        while not self._stopped.is_set():
            self._changed.wait(BEHIND_TICK)
            self._changed.clear()
            beginning = self._clock()
            try:
                self.flush()
            except Exception:  # one view that cannot be sent must not silence all others for good
                logger.exception("Clients could not be told what changed")
            self._stopped.wait(self._tick.adapt(self._clock() - beginning, self._follower.lag.seconds))

    def stop(self) -> None:
        """Ends `run` soon."""
        self._stopped.set()
        self._changed.set()

    def flush(self) -> None:
        """Sends what is new, now."""
        with self._audiences.lock:
            self._audiences.sweep()
        for view in self._follower.views.dirty():
            with self._audiences.lock:
                if not self._audiences.has(view):
                    continue  # a client that comes back to it is told then
            self._follower.views.refresh(view)
            with self._audiences.lock:
                self._tell(view)
        with self._audiences.lock:
            self._tell_presence()
            self._see_to_those_behind()

    def catch_up(self, alike: Mapping[str, Cursor]) -> None:
        """Brings clients to where their view is, and has them get every frame again.

        All are told of one view up to one offset; the caller holds the lock of `audiences`.
        """
        for sid in self._tell_behind(alike):
            cursor = alike[sid]
            cursor.catch_up()
            self._fanout.join(sid, cursor.view.key)

    def cut(self, sid: str) -> None:
        """Ends the connection of a client that takes nothing; it may be a while until it has ended."""
        with self._audiences.lock:
            self._audiences.cut(sid)
        self._fanout.cut(sid)

    def _tell(self, view: View) -> None:
        """Sends what is new in a view to its audience."""
        if not self._audiences.has(view):
            return
        now = self._clock()
        news = self._current(partial(self._take, view))
        if isinstance(news, Resync):
            self._fanout.send("resync", news, to=view.key)
        elif news is not None:
            frame, left = news
            for sid, cursor in list(self._audiences.of(view.key).items()):
                if cursor.pass_by(left, now):
                    self._fanout.leave(sid, view.key)
            for sid in self._fanout.offer("frame", frame, to=view.key):
                self._block(sid, view.key, left)

    def _take(self, view: View) -> tuple[Frame, int] | Resync | None:
        """Under the mirror's lock: what is new in a view, and from where a client misses it that does not get it."""
        if not view.dirty:
            return None  # what was read of its task told nothing new
        since, view.flushed, view.dirty = view.flushed, self._mirror.position.offset, False
        if since == view.flushed and not isinstance(view, TaskView):
            return None
        if since < view.floor and not view.leaps:  # more came and went than the view remembers
            return Resync(watch=view.key, reason="Too much happened at once.")
        self._audiences.presence.tell(view.key)
        view.positions.tell(view.flushed, view.changes, self._follower.lag.redis_time(time.time()))
        # What lies below the floor cannot be told later, to a client that does not get this frame.
        return self._frame(view, since, to_all=True), since if since >= view.floor else since - 1

    def _frame(self, view: View, since: int, *, to_all: bool = False) -> Frame:
        """Under the mirror's lock: what is new in a view since an offset."""
        news = view.news(since)
        view.given(to_all=to_all)
        return Frame(
            watch=view.key,
            epoch=view.positions.epoch(self._mirror.position.epoch),
            from_=view.positions.since(since),
            to=view.positions.upto(view.flushed),
            put=news.put,
            drop=news.drop,
            totals=view.totals(),
            watching=self._audiences.presence.of(view.key),
            next=view.next,
            searching=view.searching,
            lag=round(self._follower.lag.seconds, 3),
            tick=round(self._tick.seconds, 3),
            log=msgspec.UNSET if news.log is None else news.log,
        )

    def _frame_of_nothing(self, view: View) -> Frame:
        """Under the mirror's lock: a frame that tells no more than was told."""
        return self._frame(view, view.flushed)

    def _block(self, sid: str, key: str, since: int) -> None:
        """Sets a client aside whose socket took nothing; once it takes something, one frame brings all."""
        cursor = self._audiences.cursor(sid, key)
        if cursor is not None:
            cursor.block(since, self._clock())
            self._fanout.leave(sid, key)

    def _tell_presence(self) -> None:
        """Says how many clients there are, where other numbers were told: in a frame that brings nothing else."""
        for key in self._audiences.presence.news(self._clock()):
            cursor = next(iter(self._audiences.of(key).values()), None)
            if cursor is not None:
                self._audiences.presence.tell(key)
                frame = self._current(partial(self._frame_of_nothing, cursor.view))
                self._fanout.offer("frame", frame, to=key)  # a client that cannot take it is told by the next one

    def _see_to_those_behind(self) -> None:
        """Sends what is due to clients that are behind: one frame for all that are alike."""
        now = self._clock()
        due: dict[Due, dict[tuple[View, int], dict[str, Cursor]]] = {Due.CATCH_UP: {}, Due.FRAME: {}}
        for key, cursors in self._audiences.each():
            for sid, cursor in cursors.items():
                if not cursor.behind:
                    continue
                what = cursor.due(now, partial(self._fanout.ready, sid))
                if what is Due.RESYNC:
                    cursor.given_up = True
                    reason = f"Nothing was heard of you for {SILENT_LIMIT:g} seconds."
                    self._fanout.send("resync", Resync(watch=key, reason=reason), to=sid)
                elif what is Due.CUT:
                    self.cut(sid)
                elif what is not Due.NOTHING:
                    due[what].setdefault((cursor.view, cursor.told), {})[sid] = cursor
        for alike in due[Due.CATCH_UP].values():
            self.catch_up(alike)
        for alike in due[Due.FRAME].values():
            self._tell_behind(alike)

    def _tell_behind(self, alike: Mapping[str, Cursor]) -> list[str]:
        """Sends one frame with all that is new, encoded once for clients that are told of one view up to one offset.

        The clients whose sockets took it.
        """
        cursor = next(iter(alike.values()))
        view = cursor.view
        # Taken first: it is another offset if it turns out that the record is another.
        news, upto = self._current(lambda: (self._missed(view, cursor.told), view.flushed))
        blocked: set[str] = set()
        if isinstance(news, Resync):
            for sid in alike:
                self._fanout.send("resync", news, to=sid)
        elif news is not None:
            blocked.update(self._fanout.offer("frame", news, to=list(alike)))
        now = self._clock()
        told = []
        for sid, each in alike.items():
            if sid in blocked:
                each.blocked_since = each.blocked_since or now
            else:
                each.tell(upto, now)
                told.append(sid)
        return told

    def _missed(self, view: View, since: int) -> Frame | Resync | None:
        """Under the mirror's lock: all that a client does not know which was told of a view up to an offset."""
        if since < min(view.flushed, view.floor):
            return Resync(watch=view.key, reason="Too much happened since.")
        return self._frame(view, since) if since < view.flushed else None
