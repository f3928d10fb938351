"""One watch as the contract has it, over any wire, without any drawing.

A frame either fits the position of the store, or the watch is asked for again from there; the same happens when the
server says `resync` and after every reconnection. What comes while an answer is awaited is kept and taken after it,
because a frame may overtake the answer that names its watch. All of it runs on one thread: whoever has a wire calls
this with what it heard, and `tick` now and then.
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

ANSWER_WITHIN = 10.0
"""Seconds for an answer; then the same is asked again."""
ASK_EVERY = 0.25
"""A watch is asked for again at most this often, whatever the server says."""
SEEN_EVERY = 1.0
MEASURE_EVERY = 5.0
"""Seconds after which the server is asked whether it is there at all, where nothing else would tell."""
SILENCE = 8.0
"""Seconds without a sign of the server after which the connection is given up."""
SAY_RESYNCED = 4.0
EARLY_MOST = 500

M = TypeVar("M")


class Wire(Protocol):
    """The messages of a connection, and no more of it: Socket.IO behind it, or a test."""

    def send(self, message: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        """Sends a message; `then` gets what it is answered, if it is."""

    def renew(self) -> None:
        """Gives the connection up; another one is made."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """How true the picture is at this moment. `since` is the server's time, `changes` what a resync brought."""

    kind: Literal["connecting", "live", "resynced", "reconnecting", "stale"]
    since: float = 0.0
    changes: int = 0


class Client:
    """Keeps `store` at the present of `request`: {"view": ...} or {"task": ...}.

    `refusal` is why this will never be shown, in one sentence.
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
        self._turn = 0  # tells the answer that is awaited from those that nobody waits for any more
        self._asked_at = -ASK_EVERY
        self._again = False
        self._early: list[Frame | Resync] = []
        self._seen = (-SEEN_EVERY, -1)
        self._measured_at = 0.0
        self._heard = True

    def now(self) -> float:
        """The server's time."""
        return self._wall() + self._skew

    @property
    def link(self) -> Link:
        """What to say of the connection."""
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
        """There is a connection."""
        self._connected = self._reached = self._heard = True
        self._measured_at = self._clock()
        self._ask()

    def down(self, reason: str, *, refused: bool = False) -> None:
        """The connection is lost, or there is none. The first one must succeed; a password that is refused ends it."""
        self._connected = self._waiting = False
        self._watch, self._turn = None, self._turn + 1
        if refused or not self._reached:
            self.refusal = reason
        if self._lost_at is None:
            self._lost_at = self.now()

    def frame(self, content: Any) -> None:
        """News of what is watched."""
        self._hear(content, Frame)

    def resync(self, content: Any) -> None:
        """The server wants the watch to be asked for again."""
        self._hear(content, Resync)

    def status(self, content: Any) -> None:
        """Whether the server itself sees Redis."""
        self._status = _read(content, Status) or self._status

    def tick(self) -> None:
        """Does what is due by the clock."""
        if not self._connected:
            return
        since_asked = self._clock() - self._asked_at
        if self._waiting:
            if since_asked >= (ASK_EVERY if self._again else ANSWER_WITHIN):
                self._ask()
            return
        self._say_seen()
        self._measure()

    def _ask(self) -> None:
        self._turn += 1
        self._waiting, self._again, self._early = True, False, []
        self._asked_at = self._clock()
        here = self.store.position
        been: dict[str, Any] = {} if here is None else {"since": {"epoch": here.epoch, "offset": here.offset}}
        if self.store.searching:
            been["searching"] = True
        self._wire.send("watch", {**self._request, **been}, partial(self._answered, self._turn))

    def _ask_again(self) -> None:
        """A server that always says "again" is asked four times a second, not in a circle."""
        self._turn += 1
        self._waiting, self._again, self._early = True, True, []
        if self._clock() - self._asked_at >= ASK_EVERY:
            self._ask()

    def _answered(self, turn: int, content: Any) -> None:
        if turn != self._turn:
            return
        answer = _read(content, Answer)
        if answer is None or not answer.ok:
            refusal = _read(content, Refusal) or Refusal(error="The server's answer is of another version than this.")
            if refusal.again:
                self._ask_again()
            else:
                self.refusal = refusal.error
            return
        self._skew = answer.now - self._wall()
        if answer.live != self._status.live:
            self._status = Status(live=answer.live, since=answer.now)
        changes = self.store.answer(answer)
        if self._opened:
            shown = self._resynced[1] if self._resynced and self._clock() < self._resynced[0] else 0
            self._resynced = (self._clock() + SAY_RESYNCED, shown + changes)
        self._opened, self._waiting, self._lost_at = True, False, None
        self._watch, early = answer.watch, self._early
        self._early = []
        ours = [message for message in early if message.watch == answer.watch]
        if len(early) >= EARLY_MOST or not all(map(self._fits, ours)):
            self._ask_again()

    def _hear(self, content: Any, kind: type[Frame] | type[Resync]) -> None:
        message = _read(content, kind)
        if self._waiting:
            if message is not None and len(self._early) < EARLY_MOST:
                self._early.append(message)
        elif message is None:
            self._ask_again()  # what was in it is not known, and the answer will say whether it can be
        elif message.watch == self._watch:
            if self._fits(message):
                self._say_seen()
            else:
                self._ask_again()

    def _fits(self, message: Frame | Resync) -> bool:
        return isinstance(message, Frame) and self.store.take(message)

    def _say_seen(self) -> None:
        at, told = self._seen
        offset = -1 if self.store.position is None else self.store.position.offset
        if offset != told and self._clock() - at >= SEEN_EVERY:
            self._seen = (self._clock(), offset)
            self._wire.send("seen", {"watch": self._watch, "offset": offset})

    def _measure(self) -> None:
        """An acknowledged `seen` proves that somebody is at the other end; a dead connection may look like silence."""
        passed = self._clock() - self._measured_at
        if self._heard and passed >= MEASURE_EVERY and self.store.position is not None:
            self._heard, self._measured_at = False, self._clock()
            content = {"watch": self._watch, "offset": self.store.position.offset}
            self._wire.send("seen", content, self._acknowledged)
        elif not self._heard and passed >= SILENCE:
            self._heard, self._measured_at = True, self._clock()
            self._wire.renew()

    def _acknowledged(self, _: Any) -> None:
        self._heard = True


def _read(content: Any, kind: type[M]) -> M | None:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        return None
