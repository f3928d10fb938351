"""How often a password may be tried.

A try that is over the limit is refused before anything is compared, the right password too: an answer that differs
would tell a client that goes on guessing when it has found it. So there is a limit for each peer, which leaves all
others alone, one for each account, and one for all peers together, since one attacker may have many addresses.

Tries at once are judged one after the other, as if each had come alone: only a wrong one counts, as soon as it is
compared, and one that is over the limit by then is refused whatever was compared, so that its answer tells nothing.

All three hold for the web processes of a record together (`shared_counts`). Each process counts for itself as well:
that costs nothing where most tries are refused, and goes on while Redis is away.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from phloem.record.stores.guesses import Guesses, Pauses
from phloem_server.access.errors import TooManyAttempts
from phloem_server.access.people.guesses.shared_counts import SharedCounts

FREE_GUESSES = 6
"""Wrong passwords of a peer, or for an account, before the next have to wait: people mistype."""

LONGEST_PAUSE_SECONDS = 36.0
"""The pause after a wrong password begins with a second and doubles up to this: then 100 guesses fit into an hour, the
most that OWASP's Application Security Verification Standard 4.0 allows for an account (2.2.1)."""

FORGOTTEN_SECONDS = 3600
"""After which a peer that tried nothing more is forgotten, and an account for which nothing more was tried."""

PAUSES = Pauses(free=FREE_GUESSES, longest_seconds=LONGEST_PAUSE_SECONDS, kept_seconds=FORGOTTEN_SECONDS)

GUESSES_PER_SECOND = 5
"""Wrong passwords of all peers that have tried one lately, and as many of all that are new; those of all web processes
count together. Any second may see as many again of the one before it, so none sees more than 20."""

_TOGETHER = Pauses(free=GUESSES_PER_SECOND, longest_seconds=1, kept_seconds=1, since_first=True)

REMEMBERED_LIMIT = 10_000
"""Peers that are remembered, and accounts; beyond that, those which have been quiet for longest are forgotten."""

PROVEN_LIMIT = 20
"""Peers that are remembered for having given the right password of an account."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tries:
    """What is remembered of a peer's tries, or of those for an account. Times are those of the clock."""

    seen: float
    wrong: int = 0
    refused: int = 0
    """Guesses that were refused since the last wrong password."""
    waits_until: float = 0.0
    proven: bool = False
    """Whether a peer gave the right password, and no wrong one ever."""
    proven_by: list[str] = field(default_factory=list)
    """The last peers that gave the right password of an account."""

    def count(self, now: float) -> float:
        """Counts a wrong password; the seconds for which the next is refused."""
        self.wrong, self.refused, self.proven = self.wrong + 1, 0, False
        pause = PAUSES.after(self.wrong)
        self.waits_until = now + pause
        return pause


class _Bucket:
    """Allows so many a second, and as many at once after a quiet time."""

    def __init__(self, name: str, now: float) -> None:
        self.name = name
        self._filled, self._at = float(GUESSES_PER_SECOND), now

    def allows(self, now: float) -> bool:
        self._filled = min(float(GUESSES_PER_SECOND), self._filled + (now - self._at) * GUESSES_PER_SECOND)
        self._at = now
        return self._filled >= 1

    def take(self) -> None:
        self._filled -= 1


class Throttle:
    """Counts wrong passwords. Right ones cost nothing, however many a program sends.

    A peer that only ever gave the right password is held up by nobody else, and one that is new only by other new
    ones: a crowd that keeps guessing is soon known. An account has the same number of tries as a peer, from wherever
    they come; a peer that has proven itself for that account is not held up by the others.
    """

    def __init__(self, guesses: Guesses, clock: Callable[[], float] = time.monotonic) -> None:
        """`guesses` counts what the web processes do together; `clock` gives monotonic seconds."""
        self._counted = SharedCounts(guesses)
        self._clock = clock
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._peers: dict[str, _Tries] = {}  # the peer that tried last comes last
        self._accounts: dict[str, _Tries] = {}  # likewise; names that are no user's among them
        self._new, self._known = _Bucket("new", clock()), _Bucket("known", clock())

    def check(self, peer: str, compare: Callable[[], bool]) -> bool:
        """What `compare` says of the password that `peer` gave. TooManyAttempts, without comparing."""
        with self._lock:
            entry, bucket = self._entry(peer)
            self._admit(entry, bucket)
        held_by = {} if entry.proven else {_of_peer(peer): PAUSES, _of_all(bucket): _TOGETHER}
        self._ask(entry, held_by)
        with self._lock:  # until it is compared: of many tries at once, each counts before the next
            self._admit(entry, bucket)
            right = compare()
            if not right:
                self._count(peer, entry, bucket)
        self._settle(entry, held_by, {_of_peer(peer): PAUSES}, right=right)
        return right

    def check_account(
        self, peer: str, account: str, compare: Callable[[], bool], knows: Callable[[], bool] = lambda: False
    ) -> bool:
        """As `check`, of the password of an account. `compare` may take long; `check` does not wait for it.

        `knows` says whether the peer has proven itself for that account, as far as is not remembered here.
        """
        trusted = self._trusts(peer, account) or knows()
        with self._lock:  # what has to pause does not wait for its turn before it is told so
            for entry in (self._peers.get(peer), None if trusted else self._accounts.get(account)):
                if entry is not None:
                    self._admit(entry, None)
        with self._turn:  # as above
            trusted = trusted or self._trusts(peer, account)
            with self._lock:
                entry, bucket = self._entry(peer)
                self._admit(entry, None if trusted else bucket)
                # Not before: a peer that has to wait makes no account forgotten, however many names it tries.
                tries = self._recalled(self._accounts, account) or self._begun(self._accounts, account)
                if not trusted:
                    self._admit(tries, None)
            held_by = {} if entry.proven else {_of_peer(peer): PAUSES}
            if not trusted:
                held_by |= {_of_account(account): PAUSES} | ({} if entry.proven else {_of_all(bucket): _TOGETHER})
            self._ask(entry, held_by)
            right = compare()
            if not right:
                with self._lock:
                    self._count(peer, entry, bucket)
                    tries.count(self._clock())
            self._settle(entry, held_by, {_of_peer(peer): PAUSES, _of_account(account): PAUSES}, right=right)
            if right and not trusted:
                with self._lock:
                    tries.proven_by = [*tries.proven_by, peer][-PROVEN_LIMIT:]
        return right

    def _trusts(self, peer: str, account: str) -> bool:
        with self._lock:
            tries = self._accounts.get(account)
            return tries is not None and peer in tries.proven_by

    def _entry(self, peer: str) -> tuple[_Tries, _Bucket]:
        """What is remembered of a peer, which is now the one that tried last, and what its tries are counted in."""
        entry = self._recalled(self._peers, peer)
        bucket = self._new if entry is None else self._known
        return entry or self._begun(self._peers, peer), bucket

    def _recalled(self, entries: dict[str, _Tries], key: str) -> _Tries | None:
        """What is remembered under a key, which is now the last; None if that is nothing, or too old."""
        now = self._clock()
        entry = entries.pop(key, None)
        if entry is None or now - entry.seen > FORGOTTEN_SECONDS:
            return None
        entry.seen = now
        entries[key] = entry
        return entry

    def _begun(self, entries: dict[str, _Tries], key: str) -> _Tries:
        entry = entries[key] = _Tries(seen=self._clock())
        if len(entries) > REMEMBERED_LIMIT:
            del entries[next(iter(entries))]
        return entry

    def _admit(self, entry: _Tries, bucket: _Bucket | None) -> None:
        """TooManyAttempts if this process counted too many, under that entry or in that bucket."""
        now = self._clock()
        if now < entry.waits_until or not (bucket is None or entry.proven or bucket.allows(now)):
            entry.refused += 1
            raise TooManyAttempts(max(1, math.ceil(entry.waits_until - now)))

    def _ask(self, entry: _Tries, held_by: Mapping[str, Pauses]) -> None:
        """TooManyAttempts if all processes together counted too many, under one of these names."""
        with _noting_refusal(entry):
            self._counted.ask(held_by)

    def _settle(self, entry: _Tries, held_by: Mapping[str, Pauses], also: Mapping[str, Pauses], *, right: bool) -> None:
        """Takes in for all processes how a try ended. TooManyAttempts if others at once counted too many meanwhile.

        A wrong one counts under the names of `also` as well, a right one under none.
        """
        with _noting_refusal(entry):
            if not right:
                self._counted.count(held_by, also)
                return
            self._counted.ask(held_by)
        with self._lock:
            entry.proven = entry.wrong == 0

    def _count(self, peer: str, entry: _Tries, bucket: _Bucket) -> None:
        """Counts a wrong try of a peer in this process."""
        bucket.take()
        refused, pause = entry.refused, entry.count(self._clock())
        logger.warning(
            "A wrong password came from %s, its number %d; %d tries were refused before it, the next are for %g s",
            peer,
            entry.wrong,
            refused,
            pause,
        )


@contextmanager
def _noting_refusal(entry: _Tries) -> Iterator[None]:
    try:
        yield
    except TooManyAttempts:
        entry.refused += 1
        raise


def _of_peer(peer: str) -> str:
    return f"peer {peer}"


def _of_account(account: str) -> str:
    return f"account {account}"


def _of_all(bucket: _Bucket) -> str:
    return f"all {bucket.name}"
