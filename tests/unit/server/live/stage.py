"""What the tests of clients share: a follower that is moved by hand, clients of it, and sockets made of paper."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from phloem.model.event import Event
from phloem.model.state import State
from phloem.testing import MemoryChannel
from phloem_server.listeners import Listeners
from phloem_server.live.announcements import Announcements
from phloem_server.live.audiences import Audiences
from phloem_server.live.delivery import Delivery
from phloem_server.live.hub import Hub
from phloem_server.live.protocol import Answer
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.mirror import Mirror


class Clock:
    """A monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class OwnedLock:
    """A reentrant lock that tells whether the thread which asks holds it.

    A thread that holds `later` may not take it: that one is to be taken second.
    """

    def __init__(self, later: OwnedLock | None = None) -> None:
        self._later = later
        self._lock = threading.RLock()
        self._owner: int | None = None
        self._depth = 0

    @property
    def held(self) -> bool:
        return self._owner == threading.get_ident()

    def __enter__(self) -> None:
        assert self.held or self._later is None or not self._later.held, "two locks are taken in the wrong order"
        self._lock.acquire()
        self._owner = threading.get_ident()
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
        self._lock.release()


class Wire:
    """Stands for the sockets: rooms, clients that are blocked, those that were cut, and what was sent to each.

    `meanwhile` is called before anything is sent: what other threads do until then. No socket is ever touched by a
    thread that holds `lock`, the mirror's.
    """

    def __init__(self, lock: OwnedLock | None = None) -> None:
        self.rooms: dict[str, set[str]] = {}
        self.blocked: set[str] = set()
        self.unread: set[str] = set()
        self.cuts: list[str] = []
        self.sent: list[tuple[str, str, Any]] = []
        self.encoded = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self.on_free = Listeners[[]]()
        self._lock = lock or OwnedLock()

    def join(self, sid: str, room: str) -> None:
        self._touch()
        self.rooms.setdefault(room, set()).add(sid)

    def leave(self, sid: str, room: str) -> None:
        self._touch()
        self.rooms.get(room, set()).discard(sid)

    def send(self, event: str, message: Any, to: str | None = None) -> None:
        self._touch()
        for sid in self.rooms.get(to or "", {to or "all"}):
            self.sent.append((sid, event, message))

    def offer(self, event: str, message: Any, to: str | list[str]) -> list[str]:
        self._touch()
        receivers = self.rooms.get(to, {to}) if isinstance(to, str) else to
        self.encoded += 1
        self.sent += [(sid, event, message) for sid in receivers if sid not in self.blocked]
        return [sid for sid in receivers if sid in self.blocked]

    def ready(self, sid: str) -> bool:
        return sid not in self.blocked

    def waiting(self, sid: str) -> int:
        return len([None for receiver, *_ in self.sent if receiver == sid]) if sid in self.unread else 0

    def cut(self, sid: str) -> None:
        self._touch()
        self.cuts.append(sid)

    def to(self, sid: str, event: str) -> list[Any]:
        return [message for receiver, name, message in self.sent if (receiver, name) == (sid, event)]

    def _touch(self) -> None:
        assert not self._lock.held, "a socket is used while the mirror waits for it"
        self.meanwhile()


class Clients:
    """Hub, delivery and announcements of one follower, over paper sockets."""

    def __init__(
        self,
        follower: Follower,
        fanout: Any,
        clock: Clock | None = None,
        build: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.follower = follower
        self.clock = clock or Clock()
        self.audiences = Audiences(follower.mirror, self.clock)
        self.announcements = Announcements(follower, fanout, self.audiences, build)
        self.delivery = Delivery(follower, fanout, self.audiences, self.announcements, self.clock)
        self.hub = Hub(
            follower, fanout, self.audiences, self.announcements, self.delivery, self.clock, self.clock.sleep
        )

    def watch(self, sid: str, message: Any) -> Answer:
        """Has a client watch, which connects before if it has not."""
        if self.audiences.connection(sid) is None:
            self.hub.connect(sid)
        answer = self.hub.watch(sid, message)
        assert isinstance(answer, Answer), answer
        return answer


class Stage(Clients):
    """A follower that is moved by hand, and clients of it."""

    def __init__(
        self,
        channel: MemoryChannel | None = None,
        build: Callable[[], str | None] = lambda: None,
        *,
        is_known: bool = True,
    ) -> None:
        """`is_known`: the record was read before any client comes."""
        self.channel = channel or MemoryChannel()
        mirror, lock = Mirror(), OwnedLock()
        mirror.lock = lock  # type: ignore[assignment]  # it is used as one
        follower = Follower(self.channel, mirror)
        self.wire = Wire(lock)
        super().__init__(follower, self.wire, build=build)
        self.audiences.lock = OwnedLock(later=lock)  # type: ignore[assignment]  # as above
        for listeners in (follower.on_change, follower.on_status, follower.on_resync):
            listeners.add(lambda: self._called_back(lock))
        self.misused = False
        if is_known:
            self.follower.catch_up()
        follower.continuity.begin(settled_in=0)
        self.announcements.announce()
        self.wire.sent.clear()
        self.seq = 0

    def say(self, task_id: str, state: State, **facts: Any) -> None:
        """Records an event, and has the follower take it in."""
        self.record(task_id, state, **facts)
        self.follower.catch_up()

    def set_live(self, live: bool) -> None:
        """Redis is there, or not."""
        (self.follower.liveness.found if live else self.follower.liveness.lost)()

    def record(self, task_id: str, state: State, **facts: Any) -> None:
        """Records an event; the follower does not hear of it yet."""
        self.seq += 1
        self.channel.record([Event(id=task_id, at=1.0, source="p", seq=self.seq, run="r1", state=state, **facts)])

    def _called_back(self, lock: OwnedLock) -> None:
        self.misused |= lock.held
