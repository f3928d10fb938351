"""Connections that are answered by HTTP: how many may wait for a request or read an answer, and for how long.

Each is an open file, so whoever opens connections and sends half of a request, or does not read what it asked for,
could otherwise keep a server from accepting any other. WebSockets and long polls are not counted here.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from phloem_server.transport.requests.head import has_body
from phloem_server.web.paths import ENGINE

HEAD_SECONDS = 20.0
"""For the first line and the fields of a request, from its first byte, or from the beginning of the connection."""

IDLE_SECONDS = 75.0
"""Between two requests of one connection, and for each part of a body that a view reads (64 KiB at most of a file)."""

BODY_SECONDS = 3600.0
"""For all of a body."""

GRACE_SECONDS = 0.25
"""For which no connection has to make room for another: a request arrives soon after its connection."""

ANSWER_GRACE_SECONDS = 1.0
"""The same for connections that are being answered: most answers are read by then."""

ROOM_SECONDS = 0.01
"""Between two questions for room, while there is none."""

SWEEP_SECONDS = 0.5
"""Between two looks for connections whose time is over."""


class Arrival:
    """One connection: it is waited for, then answered, and then waited for again, until `end`."""

    __slots__ = ("_arrivals", "_lasts", "peer", "pool", "since", "stream", "until")

    def __init__(self, arrivals: Arrivals, stream: Any, peer: str) -> None:
        self._arrivals = arrivals
        self._lasts = False
        self.stream = stream
        self.peer = peer
        self.pool: Pool | None = None
        self.since = self.until = 0.0

    def await_head(self) -> None:
        """The first line and the fields of a request have to arrive."""
        self._arrivals.move(self, self._arrivals.waiting, HEAD_SECONDS)

    def await_next(self) -> None:
        """A further request may arrive."""
        self._arrivals.move(self, self._arrivals.waiting, IDLE_SECONDS)

    def take_head(self, first: bytes, fields: bytes) -> None:
        """The head of a request has arrived: its first line, and its fields."""
        self._lasts = ENGINE.encode() in first.partition(b"?")[0]
        if has_body(fields):
            self._arrivals.move(self, self._arrivals.waiting, IDLE_SECONDS)
        else:
            self.answer()

    def go_on(self) -> None:
        """A part of the body has arrived."""
        self.until = min(self.since + BODY_SECONDS, self._arrivals.clock() + IDLE_SECONDS)

    def answer(self) -> None:
        """All of a request has arrived. What Engine.IO answers may last for as long as the page is open."""
        self._arrivals.move(self, None if self._lasts else self._arrivals.answering)

    def end(self) -> None:
        """Its connection has ended, or is none of HTTP any more."""
        self._arrivals.move(self, None)


class Pool:
    """Connections in the order in which they came, and how many of them each peer has."""

    def __init__(self, limit: int, grace: float) -> None:
        """There may be `limit` of them; who has been here for `grace` seconds has to make room for another."""
        self.limit = limit
        self.grace = grace
        self.peers: Counter[str] = Counter()
        self.there: dict[Arrival, None] = {}

    def add(self, arrival: Arrival) -> None:
        """Takes one in, as the last."""
        self.there[arrival] = None
        self.peers[arrival.peer] += 1

    def remove(self, arrival: Arrival) -> None:
        """Lets one go."""
        del self.there[arrival]
        self.peers[arrival.peer] -= 1
        if not self.peers[arrival.peer]:
            del self.peers[arrival.peer]

    def oldest(self) -> Arrival:
        """Of the peer with the most of them the one that came first."""
        most = max(self.peers.values())
        return next(each for each in self.there if self.peers[each.peer] == most)


class Arrivals:
    """All connections of one server that wait for a request or are answered. Safe to use from several threads.

    While there are `limit` of one kind, each further connection takes the place of one that has been there for the time
    of grace: of the peer with the most of them the oldest, so one address cannot push out another.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.waiting = Pool(limit, GRACE_SECONDS)
        self.answering = Pool(limit, ANSWER_GRACE_SECONDS)
        self._lock = threading.Lock()
        self._accepted: dict[Any, Arrival] = {}

    def __len__(self) -> int:
        return len(self.waiting.there)

    def enter(self, stream: Any, address: Any) -> Arrival:
        """A connection that was accepted. `address` is that of the other end, as `accept` returns it."""
        arrival = Arrival(self, stream, str(address[0]) if isinstance(address, tuple) and address else "")
        arrival.await_head()
        self._accepted[address] = arrival
        return arrival

    def claim(self, stream: Any, address: Any) -> Arrival:
        """What `enter` returned for a connection, to whoever reads its requests."""
        return self._accepted.pop(address, None) or Arrival(self, stream, "")

    def has_room(self) -> bool:
        """Whether one more connection can be accepted; ends another for it if need be."""
        return self._has_room(self.waiting) and self._has_room(self.answering)

    def sweep(self) -> None:
        """Ends the connections whose time is over. To be called every SWEEP_SECONDS."""
        now = self.clock()
        with self._lock:
            late = [each for each in self.waiting.there if each.until <= now]
        for each in late:
            self._cut(each)

    def move(self, arrival: Arrival, pool: Pool | None, seconds: float = 0.0) -> None:
        """Puts a connection into another pool, last, where it may be for so many seconds; or into none."""
        with self._lock:
            if arrival.pool is not None:
                arrival.pool.remove(arrival)
            arrival.pool = pool
            if pool is not None:
                arrival.since = self.clock()
                arrival.until = arrival.since + seconds
                pool.add(arrival)

    def _has_room(self, pool: Pool) -> bool:
        with self._lock:
            if len(pool.there) < pool.limit:
                return True
            oldest = pool.oldest()
            if self.clock() - oldest.since < pool.grace:
                return False
        self._cut(oldest)
        return True

    def _cut(self, arrival: Arrival) -> None:
        """Ends a connection: whoever reads from it or writes to it finds its end, and closes it."""
        arrival.end()
        with suppress(OSError):  # ended already
            arrival.stream.shutdown(socket.SHUT_RDWR)
