"""What processes keep in a record beside tasks, in memory, under the same contract as in Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping

from phloem.record.stores import users
from phloem.record.stores.access import Session, outdated
from phloem.record.stores.forms import Catalogue, Offer
from phloem.record.stores.guesses import Pauses
from phloem.record.stores.keys import new_key
from phloem.record.stores.users import LastAdmin, User, steps_down
from phloem.record.stores.workers import KnownLease, WorkerFacts


class MemorySessions:
    """Sessions in the memory of this process. See `SessionStore`."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._seen: dict[str, float] = {}

    def begin(self, session_id: str, session: Session, oldest: float) -> None:
        """Keeps a session. See `SessionStore.begin`."""
        self._sessions[session_id] = session
        self.end(outdated(self.all(), oldest))

    def end(self, session_ids: Collection[str]) -> None:
        """Ends sessions. See `SessionStore.end`."""
        for each in session_ids:
            self._sessions.pop(each, None)
            self._seen.pop(each, None)

    def get(self, session_ids: Collection[str]) -> dict[str, Session]:
        """Some sessions. See `SessionStore.get`."""
        return {each: self._sessions[each] for each in session_ids if each in self._sessions}

    def ids(self) -> frozenset[str]:
        """The ids of all sessions."""
        return frozenset(self._sessions)

    def all(self) -> dict[str, Session]:
        """All sessions by their ids, the oldest first."""
        return dict(sorted(self._sessions.items(), key=lambda item: item[1].started_at))

    def saw(self, times: Mapping[str, float]) -> None:
        """Notes when sessions were used. See `SessionStore.saw`."""
        for session_id, at in times.items():
            if session_id in self._sessions:
                self._seen[session_id] = max(at, self._seen.get(session_id, 0.0))

    def seen(self) -> dict[str, float]:
        """When sessions were used. See `SessionStore.seen`."""
        return dict(self._seen)


class MemoryUsers:
    """Users in the memory of this process. See `UserStore`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[str, User] = {}

    def add(self, user: User) -> bool:
        """Keeps a user. See `UserStore.add`."""
        with self._lock:
            return len(self._users) < users.USERS_LIMIT and self._users.setdefault(user.name, user) is user

    def change(self, name: str, change: Callable[[User], User]) -> User | None:
        """Changes a user. See `UserStore.change`."""
        while (before := self._users.get(name)) is not None:
            after = change(before)
            with self._lock:
                if self._users.get(name) is before:
                    self._check_others(before, after)
                    self._users[name] = after
                    return after
        return None

    def remove(self, name: str, *, last: bool = False) -> bool:
        """Removes a user. See `UserStore.remove`."""
        with self._lock:
            if not last:
                self._check_others(self._users.get(name), None)
            return self._users.pop(name, None) is not None

    def all(self) -> dict[str, User | None]:
        """All users. See `UserStore.all`."""
        with self._lock:
            return dict(sorted(self._users.items()))

    def _check_others(self, before: User | None, after: User | None) -> None:
        """LastAdmin if the only admin steps down."""
        if before is not None and steps_down(before, after):
            admins = [each for each in self._users.values() if each.role == "admin"]
            if admins == [before]:
                raise LastAdmin.of(before.name)


class MemoryKeys:
    """Secrets in the memory of this process. See `Keys`."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def get(self, name: str) -> str:
        """The key of that name. See `Keys.get`."""
        return self._keys.setdefault(name, new_key())

    def renew(self, name: str) -> str:
        """Another key of that name. See `Keys.renew`."""
        self._keys[name] = new_key()
        return self._keys[name]


class MemoryWorkers:
    """Workers in the memory of this process. See `WorkerStore`. No lease runs out here."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._workers: dict[str, KnownLease] = {}

    def introduce(self, lease: str, facts: WorkerFacts) -> None:
        """Keeps a worker. See `WorkerStore.introduce`."""
        self._workers[lease] = KnownLease(facts=facts)

    def all(self) -> tuple[KnownLease, ...]:
        """All workers. See `WorkerStore.all`."""
        return tuple(self._workers.values())

    def by_lease(self) -> dict[str, KnownLease]:
        """All workers, by their leases."""
        return dict(self._workers)

    def depart(self, lease: str, *, goodbye: bool = True) -> None:
        """Ends the lease of a worker, if it is one's."""
        if lease in self._workers:
            facts = self._workers[lease].facts
            self._workers[lease] = KnownLease(facts=facts, ended_at=self._clock(), said_goodbye=goodbye)


class MemoryForms:
    """What workers can run, in the memory of this process. See `FormStore`."""

    def __init__(self, workers: MemoryWorkers) -> None:
        self._workers = workers
        self._catalogues: dict[str, Catalogue] = {}

    def offer(self, lease: str, catalogue: Catalogue) -> None:
        """Keeps what the worker of a lease can run. See `FormStore.offer`."""
        self._catalogues[lease] = catalogue

    def all(self) -> tuple[Offer, ...]:
        """What each known worker can run. See `FormStore.all`."""
        return tuple(
            Offer(worker=known.facts, ended_at=known.ended_at, catalogue=self._catalogues[lease])
            for lease, known in self._workers.by_lease().items()
            if lease in self._catalogues
        )


class MemoryDuties:
    """Duties in the memory of this process. See `DutyStore`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, float]] = {}

    def hold(self, duty: str, holder: str, seconds: float) -> bool:
        """Takes or renews a duty. See `DutyStore.hold`."""
        now = self._clock()
        held_by, until = self._held.get(duty, (holder, 0.0))
        if held_by != holder and until > now:
            return False
        self._held[duty] = (holder, now + seconds)
        return True

    def let_go(self, duty: str, holder: str) -> None:
        """Leaves a duty to others. See `DutyStore.let_go`."""
        if self._held.get(duty, ("", 0.0))[0] == holder:
            del self._held[duty]


class MemoryGuesses:
    """Wrong tries in the memory of this process. See `Guesses`. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._tries: dict[str, tuple[int, float, float]] = {}  # how many, until when kept, until when the next waits

    def waits(self, names: Mapping[str, Pauses]) -> float:
        """For how long the next has to wait. See `Guesses.waits`."""
        return max(0.0, max((self._of(name)[2] - self._clock() for name in names), default=0.0))

    def count(self, names: Mapping[str, Pauses], also: Mapping[str, Pauses]) -> float:
        """Counts a wrong try. See `Guesses.count`."""
        if waits := self.waits(names):
            return waits
        now = self._clock()
        for name, pauses in {**names, **also}.items():
            wrong, kept_until, _ = self._of(name)
            if not wrong or not pauses.since_first:
                kept_until = now + pauses.kept_seconds
            self._tries[name] = wrong + 1, kept_until, now + pauses.after(wrong + 1)
        return 0.0

    def _of(self, name: str) -> tuple[int, float, float]:
        tries = self._tries.get(name)
        return tries if tries is not None and self._clock() < tries[1] else (0, 0.0, 0.0)
