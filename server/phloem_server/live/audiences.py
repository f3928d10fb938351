"""Which clients are connected, which views each of them watches, and the views that are kept for a return."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from phloem_server.access.principal import Principal
from phloem_server.live.cursor import Census, Cursor
from phloem_server.live.presence import Presence
from phloem_server.mirror.mirror import Mirror
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.view import View

KEPT_SECONDS = 60.0
"""Seconds for which a view without clients is kept, so that one that reconnects gets only what changed."""

KEPT_VIEWS = 32
"""Views without clients that are kept, at most: each costs at every change, like any other."""


@dataclass(kw_only=True, slots=True)
class Connection:
    """One connected client: on whose behalf it acts, and what it watches, by the key of the view.

    `cut`: its connection is being ended.
    """

    principal: Principal
    cursors: dict[str, Cursor] = field(default_factory=dict)
    cut: bool = False


class Audiences:
    """The clients of each view. A view is opened in the mirror for its first client, and closed some time after the
    last has left.

    `lock` guards all of it, and orders what is sent: a thread that reads a view in order to send from it holds this
    lock until that is sent, so that frames of one view, and answers beside them, follow each other without a gap.

    Lock order: this lock first, the mirror's second. Nothing that holds the mirror's lock may take this one, nor call
    anything that might. The mirror's lock is held only while data is taken out of a view: never while anything is
    sent, so that taking in changes does not wait for sockets.
    """

    def __init__(self, mirror: Mirror, clock: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.RLock()
        self.presence = Presence(clock())
        self._mirror = mirror
        self._clock = clock
        self._connections: dict[str, Connection] = {}
        self._cursors: dict[str, dict[str, Cursor]] = {}  # by view: sending to one view looks at no other
        self._kept: dict[str, float] = {}  # views without clients, and since when, the longest first
        self._cut = 0

    def connect(self, sid: str, principal: Principal) -> None:
        """Takes in a new connection."""
        self._connections[sid] = Connection(principal=principal)
        self.presence.connected += 1

    def disconnect(self, sid: str) -> None:
        """Takes in that a connection has ended, and with it all that it watched."""
        connection = self._connections.pop(sid, None)
        if connection is not None:
            self.presence.connected -= 1
            for key in connection.cursors:
                self._leave(sid, key)

    def connection(self, sid: str) -> Connection | None:
        """A connection; None once it has ended."""
        return self._connections.get(sid)

    def sids(self) -> list[str]:
        """All connections."""
        return list(self._connections)

    def sessions(self) -> frozenset[str]:
        """The sessions of all connections; those of programs have none."""
        held = (connection.principal.session for connection in self._connections.values())
        return frozenset(session for session in held if session is not None)

    def principals(self) -> frozenset[Principal]:
        """On whose behalf all connections act."""
        return frozenset(connection.principal for connection in self._connections.values())

    def on_behalf_of(self, principals: Collection[Principal]) -> list[str]:
        """The connections that act on behalf of one of these."""
        return [sid for sid, connection in self._connections.items() if connection.principal in principals]

    def in_sessions(self, sessions: Collection[str]) -> list[str]:
        """The connections of these sessions."""
        return [sid for sid, connection in self._connections.items() if connection.principal.session in sessions]

    def expired(self, now: float) -> list[str]:
        """The connections whose principals expired before `now`, in Unix seconds."""
        ends = ((sid, connection.principal.expires_at) for sid, connection in self._connections.items())
        return [sid for sid, end in ends if end is not None and end <= now]

    def cursor(self, sid: str, key: str) -> Cursor | None:
        """How far a client is with a view; None if it does not watch it."""
        connection = self._connections.get(sid)
        return None if connection is None else connection.cursors.get(key)

    def of(self, key: str) -> Mapping[str, Cursor]:
        """The clients of a view, by connection."""
        return self._cursors.get(key, {})

    def has(self, view: View) -> bool:
        """Whether any client watches this view: not only one of the same key that was opened after it was closed."""
        return any(cursor.view is view for cursor in self.of(view.key).values())

    def each(self) -> Iterator[tuple[str, dict[str, Cursor]]]:
        """Each view that is watched, with its clients: copies, since what is sent meanwhile may end connections."""
        yield from [(key, dict(cursors)) for key, cursors in self._cursors.items()]

    def enter(self, sid: str, target: Query | str, scope: Scope | None = None) -> View:
        """Has a client with a scope watch the view of `target`. If it did that before, it begins anew."""
        view = self._mirror.open(target, scope)
        key = view.key
        if self._kept.pop(key, None) is not None:  # nothing was sent since; the answer tells all of that
            with self._mirror.lock:
                view.flushed, view.dirty = self._mirror.position.offset, False
        if key not in self._connections[sid].cursors:
            self.presence.enter(key, limited=view.is_limited)
        self.restart(sid, view)
        return view

    def restart(self, sid: str, view: View) -> None:
        """Has a client that watches a view begin anew, at where the view is."""
        cursor = Cursor(view=view, told=view.flushed, sent_at=self._clock())
        self._connections[sid].cursors[view.key] = cursor
        self._cursors.setdefault(view.key, {})[sid] = cursor

    def leave(self, sid: str, key: str) -> bool:
        """Ends what a client watches. False if it does not watch that."""
        connection = self._connections.get(sid)
        if connection is None or connection.cursors.pop(key, None) is None:
            return False
        self._leave(sid, key)
        return True

    def cut(self, sid: str) -> None:
        """Takes in that a connection is being ended; it may be a while until it has."""
        connection = self._connections.get(sid)
        if connection is not None and not connection.cut:
            connection.cut = True
            self._cut += 1

    def sweep(self) -> None:
        """Closes the views that have been without clients for long."""
        now = self._clock()
        for key in [key for key, since in self._kept.items() if now - since > KEPT_SECONDS]:
            self._close(key)

    def census(self) -> Census:
        """How many clients there are."""
        cursors = [connection.cursors.values() for connection in self._connections.values()]
        return Census(
            connected=len(cursors),
            views=len(self._cursors),
            behind=sum(any(cursor.behind for cursor in mine) for mine in cursors),
            blocked=sum(any(cursor.blocked_since is not None for cursor in mine) for mine in cursors),
            cut=self._cut,
        )

    def _leave(self, sid: str, key: str) -> None:
        del self._cursors[key][sid]
        if self.presence.leave(key):
            del self._cursors[key]
            self._kept[key] = self._clock()
            if len(self._kept) > KEPT_VIEWS:
                self._close(next(iter(self._kept)))

    def _close(self, key: str) -> None:
        del self._kept[key]
        self._mirror.close(key)
