"""What clients ask for: connections, and the views that each of them watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from random import SystemRandom
from typing import Any

import msgspec

from phloem.model.changes import Position
from phloem_server.access.errors import Forbidden, ScopeExceeded
from phloem_server.access.permissions import may
from phloem_server.access.principal import ANYONE, Principal
from phloem_server.live.announcements import Announcements
from phloem_server.live.audiences import Audiences
from phloem_server.live.cursor import UNREAD_LIMIT, Census
from phloem_server.live.delivery import Delivery
from phloem_server.live.errors import (
    ConnectionClosed,
    MessageInvalid,
    OutboxFull,
    RecordBehind,
    RecordUnread,
    WatchClosed,
    WatchLimit,
    WatchUnknown,
)
from phloem_server.live.protocol import NEEDS, Answer, Done, Refusal, Seen, Unwatch, Watch, read
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.values import ID_LIMIT_CHARACTERS, QueryError
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.task_view import key_of
from phloem_server.mirror.view import View
from phloem_server.transport.fanout import Fanout

VIEWS_LIMIT = 50
"""Views that one connection may watch."""

FIRST_READ_SECONDS = 8.0
"""Seconds for which a `watch` waits while the record is read for the first time; clients give up after ten."""

_random = SystemRandom()


class Hub:
    """All clients that are connected to this process. Its handlers answer a message with a record."""

    def __init__(
        self,
        follower: Follower,
        fanout: Fanout,
        audiences: Audiences,
        announcements: Announcements,
        delivery: Delivery,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._follower = follower
        self._fanout = fanout
        self._audiences = audiences
        self._announcements = announcements
        self._delivery = delivery
        self._clock = clock
        self._sleep = sleep

    def connect(self, sid: str, principal: Principal = ANYONE) -> None:
        """Takes a client in, which acts on behalf of `principal` for as long as it is connected."""
        with self._audiences.lock:
            self._audiences.connect(sid, principal)
        self._announcements.greet(sid)

    def disconnect(self, sid: str) -> None:
        """Forgets a client whose connection has ended."""
        with self._audiences.lock:
            self._audiences.disconnect(sid)

    def watch(self, sid: str, message: Any) -> Answer | Refusal:
        """Opens a view for a client and tells what is in it."""
        asked = read(message, Watch)
        if isinstance(asked, Refusal):
            return asked
        if not self._follower.liveness.wait_until_known(FIRST_READ_SECONDS):
            return Refusal.of(RecordUnread("The record of tasks could not be read yet."))
        with self._audiences.lock:
            connection = self._audiences.connection(sid)
        if connection is None:
            return Refusal.of(ConnectionClosed("This connection is closed."))
        scope = connection.principal.scope
        # Without the lock, which all that is sent waits for: here an application may be asked what is to be seen.
        target = _permitted(asked, connection.principal)
        if isinstance(target, Refusal):
            return target
        key = target.key if isinstance(target, Query) else key_of(target, scope)
        with self._audiences.lock:
            if self._audiences.connection(sid) is not connection:
                return Refusal.of(ConnectionClosed("This connection is closed."))
            refusal = self._refusal(sid, connection.cursors, key, asked, limited=scope is not None)
            if refusal is not None:
                return refusal
            view = self._audiences.enter(sid, target, scope)
        self._follower.views.refresh(view)
        with self._audiences.lock:
            if self._audiences.connection(sid) is not connection or view.key not in connection.cursors:
                return Refusal.of(WatchClosed("The view was closed while it was read."))
            self._audiences.restart(sid, view)
            answer = self._announcements.current(lambda: self._answer(view, asked))
            self._fanout.join(sid, view.key)
            return answer

    def seen(self, sid: str, message: Any) -> Done | Refusal:
        """Notes how far a client is, and lets one that was behind catch up."""
        said = read(message, Seen)
        if isinstance(said, Refusal):
            return said
        with self._audiences.lock:
            cursor = self._audiences.cursor(sid, said.watch)
            if cursor is None:
                return Refusal.of(WatchUnknown.of(said.watch))
            if cursor.confirm(cursor.view.positions.offset(said.offset), self._clock()):
                self._delivery.catch_up({sid: cursor})
            return Done(now=time.time())

    def unwatch(self, sid: str, message: Any) -> Done | Refusal:
        """Closes a view for a client."""
        said = read(message, Unwatch)
        if isinstance(said, Refusal):
            return said
        with self._audiences.lock:
            if not self._audiences.leave(sid, said.watch):
                return Refusal.of(WatchUnknown.of(said.watch))
            self._fanout.leave(sid, said.watch)
            return Done()

    def sessions(self) -> frozenset[str]:
        """The sessions that clients which are connected act in."""
        with self._audiences.lock:
            return self._audiences.sessions()

    def end_sessions(self, ended: Collection[str]) -> None:
        """Ends the connections of these sessions. The door lets none of their clients in again."""
        with self._audiences.lock:
            sids = self._audiences.in_sessions(ended)
        for sid in sids:
            self._fanout.cut(sid)

    def principals(self) -> frozenset[Principal]:
        """On whose behalf clients that are connected act."""
        with self._audiences.lock:
            return self._audiences.principals()

    def end(self, principals: Collection[Principal]) -> None:
        """Ends the connections that act on behalf of these. The door lets none of them in again."""
        with self._audiences.lock:
            sids = self._audiences.on_behalf_of(principals)
        for sid in sids:
            self._fanout.cut(sid)

    def end_expired(self) -> None:
        """Ends the connections whose principals have expired."""
        with self._audiences.lock:
            sids = self._audiences.expired(time.time())
        for sid in sids:
            self._fanout.cut(sid)

    def dismiss(self, seconds: float) -> None:
        """Ends all connections, one after the other within so many seconds: clients that come back elsewhere make no
        storm.

        Told to leave for good, libraries of clients would not connect again by themselves; cut off, they do.
        """
        with self._audiences.lock:
            sids = self._audiences.sids()
        _random.shuffle(sids)
        start = self._clock()
        for number, sid in enumerate(sids):
            self._sleep(max(0.0, start + seconds * number / len(sids) - self._clock()))
            self._fanout.cut(sid)

    def census(self) -> Census:
        """How many clients there are."""
        with self._audiences.lock:
            return self._audiences.census()

    def _refusal(self, sid: str, watched: dict[str, Any], key: str, asked: Watch, *, limited: bool) -> Refusal | None:
        """Why a client cannot watch what it asks for, if it cannot."""
        if key not in watched and len(watched) >= VIEWS_LIMIT:
            limit = f"{len(watched)} views are open; expected at most {VIEWS_LIMIT} on one connection."
            return Refusal.of(WatchLimit(limit))
        if (unread := self._fanout.waiting(sid)) >= UNREAD_LIMIT:
            return Refusal.of(OutboxFull.of(unread, UNREAD_LIMIT))
        if asked.since is not None and not self._succeeds(asked.since, key, limited=limited):
            return Refusal.of(RecordBehind("What is held here may be older than what you show."))
        return None

    def _succeeds(self, since: Position, key: str, *, limited: bool) -> bool:
        if not limited:
            return self._follower.continuity.succeeds(since)
        view = self._follower.mirror.view(key)
        return self._follower.continuity.succeeds_moment(since, 0 if view is None else view.positions.last())

    def _answer(self, view: View, asked: Watch) -> Answer:
        """Under the mirror's lock: what is in a view, or what is new in it since the client was there before."""
        here, positions = self._follower.position, view.positions
        epoch, since = positions.epoch(here.epoch), None
        if asked.since is not None and asked.since.epoch == epoch:
            since = positions.told(asked.since.offset)
        resumed = (
            since is not None
            and not asked.searching  # another process may have found those rows before, and not tell them again
            and since <= here.offset
            and view.resumes(since)
        )
        whole = view.news(None)
        news = view.news(since) if since is not None and resumed else whole
        view.given(to_all=False)
        return Answer(
            watch=view.key,
            epoch=epoch,
            offset=positions.tell(here.offset, view.changes, self._follower.lag.redis_time(time.time())),
            tasks=news.put,
            drop=news.drop,
            totals=view.totals(),
            resumed=resumed,
            live=self._follower.live,
            now=time.time(),
            watching=self._audiences.presence.of(view.key),
            next=view.next,
            searching=view.searching,
            log=msgspec.UNSET if whole.log is None else whole.log,
        )


def _permitted(asked: Watch, principal: Principal) -> Query | str | Refusal:
    """What a client asks for, if it may see that."""
    scope = principal.scope
    target = _target(asked, scope)
    if isinstance(target, Refusal):
        return target
    if not may(principal, NEEDS["watch"], None if isinstance(target, Query) else target):
        return Refusal.of(Forbidden.of(NEEDS["watch"]))
    if scope is not None and (scope.singly if isinstance(target, Query) else not scope.admits_id(target)):
        return Refusal.of(ScopeExceeded(scope))
    return target


def _target(asked: Watch, scope: Scope | None) -> Query | str | Refusal:
    """What a client with a scope asks for: a list, or a task by its id."""
    if (asked.view is None) == (asked.task is None):
        return Refusal.of(MessageInvalid("watch takes either a view or a task."))
    if asked.task is None:
        try:
            return Query.parse(asked.view, scope)
        except QueryError as error:
            return Refusal.of(error)
    if not 0 < len(asked.task) <= ID_LIMIT_CHARACTERS:
        return Refusal.of(
            MessageInvalid(f"task is {len(asked.task)} characters long; expected 1 to {ID_LIMIT_CHARACTERS}.")
        )
    return asked.task
