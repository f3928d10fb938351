"""The people who watch: who looks at what, how far they are, and what they are sent."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from random import SystemRandom
from typing import Any

import msgspec

from phloem_server.live.cursor import BEHIND_AFTER, BEHIND_TICK, BLOCKED_LIMIT, SILENT_LIMIT, Census, Cursor
from phloem_server.live.presence import Presence
from phloem_server.live.protocol import Answer, Done, Frame, Refusal, Resync, Seen, Status, Unwatch, Watch, read
from phloem_server.live.tick import Pace
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.query import Query
from phloem_server.mirror.query_values import QueryError
from phloem_server.mirror.task_view import TaskView
from phloem_server.mirror.view import View
from phloem_server.transport.fanout import Fanout

WATCHES = 50
"""Views one connection may have open."""

ANSWERS = 64
"""Messages that may wait to be read by a viewer who asks for more: what he does not read stays in memory."""

KEPT = 60.0
"""Seconds for which a view nobody looks at is kept, so that who reconnects gets only what changed."""

KEPT_MOST = 32
"""Views that are kept for nobody, at most: each has to be told of every change, like any other."""

READING = 8.0
"""Seconds for which who asks while the record is read for the first time waits; clients give up after ten."""

_ID_LIMIT = 256
_chance = SystemRandom()

logger = logging.getLogger("phloem.viewers")


class Viewers:
    """All who are connected to this process. Its handlers answer a message with a record.

    `build` names the page that who asks for it now gets: whoever has another can be offered that one.
    """

    def __init__(self, relay: Follower, fanout: Fanout, build: Callable[[], str | None] = lambda: None) -> None:
        self._relay = relay
        self._fanout = fanout
        self._build = build
        self._lock = relay.lock
        self._telling = threading.Lock()
        self._cursors: dict[str, dict[str, Cursor]] = {}
        self._audiences: dict[str, dict[str, Cursor]] = {}  # the same by view: a view is told without a look at others
        self._left: dict[str, float] = {}
        self._leaving: set[str] = set()
        self._cut = 0
        self._presence = Presence()
        self._pace = Pace()
        self._changed = threading.Event()
        fanout.on_free.add(self._changed.set)
        relay.on_change = self._changed.set
        relay.on_status = self._tell_status
        relay.on_resync = self._resync

    def connect(self, sid: str) -> None:
        """Somebody came."""
        with self._lock:
            self._cursors[sid] = {}
            self._presence.connected += 1
        self._send_status(to=sid)

    def disconnect(self, sid: str) -> None:
        """Somebody left."""
        with self._lock:
            self._leaving.discard(sid)
            mine = self._cursors.pop(sid, None)
            if mine is not None:
                self._presence.connected -= 1
                for key in mine:
                    self._leave(sid, key)

    def watch(self, sid: str, message: Any) -> Answer | Refusal:
        """Opens a view for a viewer and tells what is in it."""
        asked = read(message, Watch)
        if isinstance(asked, Refusal):
            return asked
        if (asked.view is None) == (asked.task is None):
            return Refusal(error="watch takes either a view or a task.")
        if asked.task is not None and not 0 < len(asked.task) <= _ID_LIMIT:
            return Refusal(error=f"task is {len(asked.task)} characters long; expected 1 to {_ID_LIMIT}.")
        try:
            target = asked.task if asked.task is not None else Query.parse(asked.view)
        except QueryError as error:
            return Refusal(error=str(error))
        if not self._relay.wait_until_known(READING):
            return Refusal(error="The record of tasks could not be read yet.", again=True)
        with self._lock:
            mine = self._cursors.get(sid)
            if mine is None:
                return Refusal(error="This connection is closed.")
            key = target.key if isinstance(target, Query) else f"task:{target}"
            if key not in mine and len(mine) >= WATCHES:
                return Refusal(error=f"{len(mine)} views are open; expected at most {WATCHES} on one connection.")
            if (waiting := self._fanout.waiting(sid)) >= ANSWERS:
                return Refusal(error=f"{waiting} answers wait to be read; expected less than {ANSWERS}.", again=True)
            if asked.since is not None and not self._relay.succeeds(asked.since):
                return Refusal(error="What is held here may be older than what you show.", again=True)
            view = self._relay.mirror.open(target)
            if self._left.pop(key, None) is not None:  # nobody was told since; the answer says all of that
                view.flushed, view.dirty = self._relay.position.offset, False
            if key not in mine:
                self._presence.enter(key)
            self._place(sid, view)
        self._relay.refresh(view)
        with self._lock:
            if self._cursors.get(sid) is not mine or key not in mine:
                return Refusal(error="The view was closed while it was read.")
            self._place(sid, view)
            self._fanout.join(sid, key)
            here, since = self._relay.position, asked.since
            resumed = (
                since is not None
                and not asked.searching  # another process may have found those rows before, and not tell them again
                and since.epoch == here.epoch
                and since.offset <= here.offset
                and view.resumes(since.offset)
            )
            whole = view.news(None)
            news = view.news(since.offset) if since is not None and resumed else whole
            view.given(to_all=False)
            return Answer(
                watch=view.key,
                epoch=here.epoch,
                offset=here.offset,
                tasks=news.put,
                drop=news.drop,
                totals=view.totals(),
                resumed=resumed,
                live=self._relay.live,
                now=time.time(),
                watching=self._presence.of(key),
                next=view.next,
                searching=view.searching,
                log=msgspec.UNSET if whole.log is None else whole.log,
            )

    def seen(self, sid: str, message: Any) -> Done | Refusal:
        """Notes how far a viewer is, and lets one who was behind catch up."""
        said = read(message, Seen)
        if isinstance(said, Refusal):
            return said
        with self._lock:
            cursor = self._cursors.get(sid, {}).get(said.watch)
            if cursor is None:
                return Refusal(error=f"watch {said.watch[:80]!r} is not open on this connection.")
            if not cursor.behind:
                cursor.waiting_since = None if said.offset >= cursor.view.flushed else time.monotonic()
            elif said.offset >= cursor.told:
                self._catch_up({sid: cursor})
            else:
                cursor.sent_at = time.monotonic()  # he reads what he was sent; one frame after it tells all the rest
            return Done(now=time.time())

    def unwatch(self, sid: str, message: Any) -> Done | Refusal:
        """Closes a view for a viewer."""
        said = read(message, Unwatch)
        if isinstance(said, Refusal):
            return said
        with self._lock:
            if self._cursors.get(sid, {}).pop(said.watch, None) is None:
                return Refusal(error=f"watch {said.watch[:80]!r} is not open on this connection.")
            self._fanout.leave(sid, said.watch)
            self._leave(sid, said.watch)
            return Done()

    def cut(self, sid: str) -> None:
        """Ends the connection of somebody who takes nothing; it may be a while until he has left."""
        with self._lock:
            if sid in self._cursors and sid not in self._leaving:
                self._leaving.add(sid)
                self._cut += 1
        self._fanout.cut(sid)

    def dismiss(self, seconds: float) -> None:
        """Ends all connections, one after the other within so many seconds: who comes back elsewhere comes in no storm.

        Told to leave for good, libraries of clients would not connect again by themselves; cut off, they do.
        """
        with self._lock:
            sids = list(self._cursors)
        _chance.shuffle(sids)
        start = time.monotonic()
        for number, sid in enumerate(sids):
            time.sleep(max(0.0, start + seconds * number / len(sids) - time.monotonic()))
            self._fanout.cut(sid)

    def census(self) -> Census:
        """Who is here."""
        with self._lock:
            cursors = [list(mine.values()) for mine in self._cursors.values()]
            return Census(
                connected=len(cursors),
                views=len(self._audiences),
                behind=sum(any(cursor.behind for cursor in mine) for mine in cursors),
                blocked=sum(any(cursor.blocked_since is not None for cursor in mine) for mine in cursors),
                cut=self._cut,
            )

    def run(self) -> None:
        """Tells viewers what changed: the first change at once, what follows it at the next tick."""
        while True:
            self._changed.wait(BEHIND_TICK)
            self._changed.clear()
            beginning = time.monotonic()
            try:
                self.flush()
            except Exception:  # one view that cannot be told must not silence all others for good
                logger.exception("Viewers could not be told what changed")
            time.sleep(self._pace.told(time.monotonic() - beginning, self._relay.lag.seconds))

    def flush(self) -> None:
        """Sends what is new, now."""
        self._sweep()
        for view in self._relay.dirty():
            if view.key in self._left:
                continue  # who comes back to it reads it
            self._relay.refresh(view)
            with self._lock:
                since, view.flushed, view.dirty = view.flushed, self._relay.position.offset, False
                if since == view.flushed and not isinstance(view, TaskView):
                    continue
                if since < view.floor and not view.leaps:  # more came and went than the view remembers
                    resync = Resync(watch=view.key, reason="Too much happened at once.")
                    self._fanout.send("resync", resync, to=view.key)
                    continue
                # Who does not get this frame stays where he was, and cannot be told later of what lies below the floor.
                left = since if since >= view.floor else since - 1
                self._mark_behind(view, left)
                self._presence.tell(view.key)
                for sid in self._fanout.offer("frame", self._frame(view, since, to_all=True), to=view.key):
                    self._mark_blocked(sid, view, left)
        with self._lock:
            now = time.monotonic()
            self._tell_presence(now)
            freed: dict[tuple[View, int], dict[str, Cursor]] = {}
            silent: dict[tuple[View, int], dict[str, Cursor]] = {}
            for sid, mine in self._cursors.items():
                for cursor in mine.values():
                    if cursor.behind and (due := self._due(sid, cursor, now)) is not None:
                        alike = freed if due else silent
                        alike.setdefault((cursor.view, cursor.told), {})[sid] = cursor
            for each in freed.values():
                self._catch_up(each)
            for each in silent.values():
                self._tell_behind(each)

    def _tell_presence(self, now: float) -> None:
        """Says how many watch, to those who were told another number: a frame that brings nothing else."""
        for key in self._presence.news(now):
            cursor = next(iter(self._audiences.get(key, {}).values()), None)
            if cursor is not None:
                self._presence.tell(key)
                # Who cannot take it now has missed nothing: the next frame tells it, too.
                self._fanout.offer("frame", self._frame(cursor.view, cursor.view.flushed), to=key)

    def _due(self, sid: str, cursor: Cursor, now: float) -> bool | None:
        """Sees to somebody who is behind: True who can catch up, False who is told once more, None who waits."""
        if cursor.blocked_since is not None:
            if self._fanout.ready(sid):
                return True
            if now - cursor.blocked_since >= BLOCKED_LIMIT:
                self.cut(sid)
        elif cursor.given_up:
            if now - cursor.behind_since >= 2 * SILENT_LIMIT:
                self.cut(sid)
        elif now - cursor.behind_since >= SILENT_LIMIT:
            cursor.given_up = True
            reason = f"Nothing was heard of you for {SILENT_LIMIT:g} seconds."
            self._fanout.send("resync", Resync(watch=cursor.view.key, reason=reason), to=sid)
        elif cursor.told < cursor.view.flushed and now - cursor.sent_at >= BEHIND_TICK:
            return False
        return None

    def _mark_behind(self, view: View, since: int) -> None:
        """Takes those who were not heard of for a while out of the room that gets every frame."""
        now = time.monotonic()
        for sid, cursor in self._audiences.get(view.key, {}).items():
            if cursor.behind:
                cursor.told = min(cursor.told, since)  # a view may have read what it had told of as known
            elif cursor.waiting_since is None:
                cursor.waiting_since = now
            elif now - cursor.waiting_since >= BEHIND_AFTER:
                cursor.behind, cursor.told, cursor.sent_at, cursor.behind_since = True, since, now, now
                self._fanout.leave(sid, view.key)

    def _mark_blocked(self, sid: str, view: View, since: int) -> None:
        """Takes somebody whose socket took nothing out of the room; once it does, one frame tells him everything."""
        cursor = self._cursors.get(sid, {}).get(view.key)
        if cursor is not None:
            cursor.behind, cursor.told = True, since
            cursor.blocked_since = cursor.behind_since = time.monotonic()
            self._fanout.leave(sid, view.key)

    def _catch_up(self, alike: dict[str, Cursor]) -> None:
        """Brings some to where their view is, and back to those who get every frame."""
        for sid in self._tell_behind(alike):
            cursor = alike[sid]
            cursor.behind, cursor.given_up, cursor.waiting_since = False, False, None
            self._fanout.join(sid, cursor.view.key)

    def _tell_behind(self, alike: dict[str, Cursor]) -> list[str]:
        """One frame with all that is new, encoded once for all who are alike: told of one view up to one offset.

        Gives those whose socket took it.
        """
        cursor = next(iter(alike.values()))
        view, since, now = cursor.view, cursor.told, time.monotonic()
        blocked: set[str] = set()
        if since < min(view.flushed, view.floor):
            for sid in alike:
                self._fanout.send("resync", Resync(watch=view.key, reason="Too much happened since."), to=sid)
        elif since < view.flushed:
            blocked.update(self._fanout.offer("frame", self._frame(view, since), to=list(alike)))
        told = []
        for sid, cursor in alike.items():
            if sid in blocked:
                cursor.blocked_since = cursor.blocked_since or now
            else:
                cursor.told, cursor.sent_at, cursor.blocked_since = view.flushed, now, None
                told.append(sid)
        return told

    def _frame(self, view: View, since: int, *, to_all: bool = False) -> Frame:
        news = view.news(since)
        view.given(to_all=to_all)
        return Frame(
            watch=view.key,
            epoch=self._relay.position.epoch,
            from_=since,
            to=view.flushed,
            put=news.put,
            drop=news.drop,
            totals=view.totals(),
            watching=self._presence.of(view.key),
            next=view.next,
            searching=view.searching,
            lag=round(self._relay.lag.seconds, 3),
            tick=round(self._pace.tick, 3),
            log=msgspec.UNSET if news.log is None else news.log,
        )

    def _resync(self, reason: str) -> None:
        """Asks everybody to watch again, those too who are behind and in no room."""
        with self._lock:
            for key, audience in list(self._audiences.items()):
                resync = Resync(watch=key, reason=reason)
                self._fanout.send("resync", resync, to=key)
                for sid, cursor in list(audience.items()):
                    if cursor.behind:
                        self._fanout.send("resync", resync, to=sid)
                        cursor.told = cursor.view.flushed  # offsets of the record before do not compare

    def _tell_status(self) -> None:
        self._changed.set()  # what waited for Redis to be back can be read now
        self._send_status()

    def _send_status(self, to: str | None = None) -> None:
        """Whether Redis is there changes in two threads: what is said last has to be what was so last."""
        with self._telling:
            build = self._build()
            with self._lock:
                status = Status(live=self._relay.live, since=self._relay.status_since, build=build)
            self._fanout.send("status", status, to=to)

    def _place(self, sid: str, view: View) -> None:
        audience = self._audiences.setdefault(view.key, {})
        audience[sid] = self._cursors[sid][view.key] = Cursor(view=view, told=view.flushed)

    def _leave(self, sid: str, key: str) -> None:
        del self._audiences[key][sid]
        if self._presence.leave(key):
            del self._audiences[key]
            self._left[key] = time.monotonic()
            if len(self._left) > KEPT_MOST:
                oldest = next(iter(self._left))
                del self._left[oldest]
                self._relay.mirror.close(oldest)

    def _sweep(self) -> None:
        """Closes the views that nobody came back to."""
        with self._lock:
            for key in [key for key, at in self._left.items() if time.monotonic() - at > KEPT]:
                del self._left[key]
                self._relay.mirror.close(key)
