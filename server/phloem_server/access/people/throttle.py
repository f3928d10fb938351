"""How often a password may be tried.

A try that is over the limit is refused before anything is compared, the right password too: an answer that differs
would tell a client that goes on guessing when it has found it. So there is a limit for each peer, which leaves all
others alone, and one for all peers together, since one attacker may have many addresses.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from phloem.record.record import ChannelError
from phloem.record.stores.access import Budget
from phloem_server.access.errors import TooManyAttempts

FREE_GUESSES = 6
"""Wrong passwords of a peer before it has to wait: people mistype."""

LONGEST_PAUSE_SECONDS = 36.0
"""The pause after a wrong password begins with a second and doubles up to this: then 100 guesses fit into an hour, the
most that OWASP's Application Security Verification Standard 4.0 allows (2.2.1)."""

FORGOTTEN_SECONDS = 3600.0
"""After which a peer that tried nothing more is forgotten."""

GUESSES_PER_SECOND = 5
"""Wrong passwords of all peers that have tried one lately, and as many of all that are new; those of all web processes
count together. Each may have saved up as many again, so no second sees more than 20."""

PEERS_LIMIT = 10_000
"""Peers that are remembered; beyond that, those which have been quiet for longest are forgotten."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Peer:
    """What is remembered of a peer. Times are those of the clock."""

    seen: float
    wrong: int = 0
    refused: int = 0
    """Tries that were refused since the last wrong password."""
    waits_until: float = 0.0
    proven: bool = False
    """Whether it gave the right password, and no wrong one ever."""


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
    ones: a crowd that keeps guessing is soon known.
    """

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        """`budget` counts what the web processes do together; `clock` gives monotonic seconds."""
        self._budget = budget
        self._clock = clock
        self._lock = threading.Lock()
        self._peers: dict[str, _Peer] = {}  # the peer that tried last comes last
        self._new, self._known = _Bucket("new", clock()), _Bucket("known", clock())

    def check(self, peer: str, compare: Callable[[], bool]) -> bool:
        """What `compare` says of the password that `peer` gave. TooManyAttempts, without comparing."""
        with self._lock:
            entry, bucket = self._entry(peer)
            self._admit(entry, bucket)
        place = None if entry.proven else self._place(entry, bucket)
        with self._lock:  # until it is compared: of many tries at once, each counts before the next
            self._admit(entry, bucket)
            right = compare()
            if right:
                entry.proven = entry.wrong == 0
            else:
                bucket.take()
                self._count(peer, entry, self._clock())
        if right and place is not None:
            with suppress(ChannelError):
                self._budget.give_back(place)
        return right

    def _entry(self, peer: str) -> tuple[_Peer, _Bucket]:
        """What is remembered of a peer, which is now the one that tried last, and what its tries are counted in."""
        now = self._clock()
        entry = self._peers.pop(peer, None)
        if entry is not None and now - entry.seen > FORGOTTEN_SECONDS:
            entry = None
        bucket = self._new if entry is None else self._known
        entry = entry or _Peer(seen=now)
        entry.seen = now
        self._peers[peer] = entry
        if len(self._peers) > PEERS_LIMIT:
            del self._peers[next(iter(self._peers))]
        return entry, bucket

    def _admit(self, entry: _Peer, bucket: _Bucket) -> None:
        """TooManyAttempts if this process counted too many."""
        now = self._clock()
        if now < entry.waits_until or not (entry.proven or bucket.allows(now)):
            entry.refused += 1
            raise TooManyAttempts(max(1, math.ceil(entry.waits_until - now)))

    def _place(self, entry: _Peer, bucket: _Bucket) -> str | None:
        """A place among the tries of all processes. TooManyAttempts if they counted too many."""
        try:
            place = self._budget.take(f"guesses-{bucket.name}", GUESSES_PER_SECOND)
        except ChannelError:
            return None  # without Redis, each process counts for itself
        if place is None:
            entry.refused += 1
            raise TooManyAttempts(1)
        return place

    def _count(self, peer: str, entry: _Peer, now: float) -> None:
        entry.wrong, entry.proven = entry.wrong + 1, False
        over = entry.wrong - FREE_GUESSES
        pause = 0.0 if over < 0 else min(2.0 ** min(over, 10), LONGEST_PAUSE_SECONDS)
        entry.waits_until = now + pause
        logger.warning(
            "A wrong password came from %s, its number %d; %d tries were refused before it, the next are for %g s",
            peer,
            entry.wrong,
            entry.refused,
            pause,
        )
        entry.refused = 0
