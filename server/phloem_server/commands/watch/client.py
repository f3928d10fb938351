"""One watch as the contract has it, over any wire, without any drawing.

A frame either fits the position of the store, or the watch is requested again from there; the same happens when the
server sends `resync` and after every reconnection. Frames that come while an answer is awaited are kept and taken after
it, because a frame may overtake the answer that names its watch. All of it runs on one thread, which calls the client
with each message of the wire, and calls `tick` now and then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from phloem_server.commands.watch.store import Store
from phloem_server.live.protocol import Answer, Frame, Refusal, Resync, Status

ANSWER_SECONDS = 10.0
"""For an answer to arrive; then the watch is requested again."""

REQUEST_SECONDS = 0.25
"""Between two requests for a watch, at least, whatever the server says."""

SEEN_SECONDS = 1.0
"""Between two messages `seen`, at least."""

PROBE_SECONDS = 5.0
"""Between two `seen` that the server has to acknowledge: a dead connection looks like one on which nothing happens."""

UNACKNOWLEDGED_SECONDS = 8.0
"""After which a connection on which such a `seen` was not acknowledged is given up."""

RESYNCED_SECONDS = 4.0
"""For which the link says that it was resynced."""

EARLY_LIMIT = 500
"""Frames that are kept while an answer is awaited; with more, the watch is requested again."""

M = TypeVar("M")


class Wire(Protocol):
    """The messages of a connection: Socket.IO, or a test."""

    def send(self, message: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        """Sends a message; `then` gets the answer, if one comes."""

    def renew(self) -> None:
        """Gives the connection up and makes another."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """How up to date the store is. `since` is in Unix seconds by the server's clock, `changes` counts changed rows."""

    kind: Literal["connecting", "live", "resynced", "reconnecting", "stale"]
    since: float = 0.0
    changes: int = 0


class Client:
    """Keeps `store` up to date with `request`: {"view": ...} or {"task": ...}.

    `refusal` says in one sentence why this cannot be watched; None as long as it can.
    """

    def __init__(
        self,
        request: Mapping[str, Any],
        wire: Wire,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.store = Store()
        self.refusal: str | None = None
        self._request, self._wire = request, wire
        self._clock, self._wall = clock, wall
        self._skew = 0.0
        self._status = Status(live=True, since=0.0)
        self._connected = self._reached = self._opened = self._waiting = False
        self._lost_at: float | None = None
        self._resynced: tuple[float, int] | None = None
        self._watch: str | None = None
        self._request_number = 0  # tells the answer that is awaited from answers to earlier requests
        self._requested_at = -REQUEST_SECONDS
        self._again = False
        self._early: list[Frame | Resync] = []
        self._seen = (-SEEN_SECONDS, -1)
        self._probed_at = 0.0
        self._acknowledged = True

    def now(self) -> float:
        """The server's clock, in Unix seconds."""
        return self._wall() + self._skew

    @property
    def link(self) -> Link:
        """The state of the connection."""
        if not self._opened:
            return Link(kind="connecting")
        if self._lost_at is not None:
            return Link(kind="reconnecting", since=self._lost_at)
        if not self._status.live:
            return Link(kind="stale", since=self._status.since)
        if self._resynced is not None and self._clock() < self._resynced[0]:
            return Link(kind="resynced", changes=self._resynced[1])
        return Link(kind="live")

    def up(self) -> None:
        """To be called when there is a connection."""
        self._connected = self._reached = self._acknowledged = True
        self._probed_at = self._clock()
        self._watch_again()

    def down(self, reason: str, *, refused: bool = False) -> None:
        """To be called when the connection is lost, or cannot be made.

        The first one has to succeed, and a server that `refused` the password ends the watch.
        """
        self._connected = self._waiting = False
        self._watch, self._request_number = None, self._request_number + 1
        if refused or not self._reached:
            self.refusal = reason
        if self._lost_at is None:
            self._lost_at = self.now()

    def frame(self, content: Any) -> None:
        """Takes a message `frame`."""
        self._take(content, Frame)

    def resync(self, content: Any) -> None:
        """Takes a message `resync`: the watch has to be requested again."""
        self._take(content, Resync)

    def status(self, content: Any) -> None:
        """Takes a message `status`: whether the server itself sees Redis."""
        self._status = _read(content, Status) or self._status

    def tick(self) -> None:
        """Does what is due by the clock."""
        if not self._connected:
            return
        if self._waiting:
            pause = REQUEST_SECONDS if self._again else ANSWER_SECONDS
            if self._clock() - self._requested_at >= pause:
                self._watch_again()
            return
        self._send_seen()
        self._probe()

    def _watch_again(self) -> None:
        self._request_number += 1
        self._waiting, self._again, self._early = True, False, []
        self._requested_at = self._clock()
        here = self.store.position
        since: dict[str, Any] = {} if here is None else {"since": {"epoch": here.epoch, "offset": here.offset}}
        if self.store.searching:
            since["searching"] = True
        self._wire.send("watch", {**self._request, **since}, partial(self._answered, self._request_number))

    def _watch_again_later(self) -> None:
        """Requests the watch again, but not before REQUEST_SECONDS have passed since the last request."""
        self._request_number += 1
        self._waiting, self._again, self._early = True, True, []
        if self._clock() - self._requested_at >= REQUEST_SECONDS:
            self._watch_again()

    def _answered(self, number: int, content: Any) -> None:
        if number != self._request_number:
            return
        answer = _read(content, Answer)
        if answer is None or not answer.ok:
            refusal = _read(content, Refusal) or Refusal(error="The server's answer is of another version than this.")
            if refusal.again:
                self._watch_again_later()
            else:
                self.refusal = refusal.error
            return
        self._skew = answer.now - self._wall()
        if answer.live != self._status.live:
            self._status = Status(live=answer.live, since=answer.now)
        changes = self.store.answer(answer)
        if self._opened:
            shown = self._resynced[1] if self._resynced and self._clock() < self._resynced[0] else 0
            self._resynced = (self._clock() + RESYNCED_SECONDS, shown + changes)
        self._opened, self._waiting, self._lost_at = True, False, None
        self._watch, early = answer.watch, self._early
        self._early = []
        ours = [message for message in early if message.watch == answer.watch]
        if len(early) >= EARLY_LIMIT or not all(map(self._fits, ours)):
            self._watch_again_later()

    def _take(self, content: Any, kind: type[Frame] | type[Resync]) -> None:
        message = _read(content, kind)
        if self._waiting:
            if message is not None and len(self._early) < EARLY_LIMIT:
                self._early.append(message)
        elif message is None:
            self._watch_again_later()  # it cannot be read; the answer tells whether this version can go on
        elif message.watch == self._watch:
            if self._fits(message):
                self._send_seen()
            else:
                self._watch_again_later()

    def _fits(self, message: Frame | Resync) -> bool:
        return isinstance(message, Frame) and self.store.take(message)

    def _send_seen(self) -> None:
        at, sent = self._seen
        offset = -1 if self.store.position is None else self.store.position.offset
        if offset != sent and self._clock() - at >= SEEN_SECONDS:
            self._seen = (self._clock(), offset)
            self._wire.send("seen", {"watch": self._watch, "offset": offset})

    def _probe(self) -> None:
        """Sends a `seen` that has to be acknowledged, and renews a connection on which that did not happen."""
        passed = self._clock() - self._probed_at
        if self._acknowledged and passed >= PROBE_SECONDS and self.store.position is not None:
            self._acknowledged, self._probed_at = False, self._clock()
            content = {"watch": self._watch, "offset": self.store.position.offset}
            self._wire.send("seen", content, self._acknowledge)
        elif not self._acknowledged and passed >= UNACKNOWLEDGED_SECONDS:
            self._acknowledged, self._probed_at = True, self._clock()
            self._wire.renew()

    def _acknowledge(self, _: Any) -> None:
        self._acknowledged = True


def _read(content: Any, kind: type[M]) -> M | None:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        return None
