"""Web processes in which passwords are tried, with a clock that stands still until it is set."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from phloem.testing.access import MemoryGuesses
from phloem_server.access.errors import TooManyAttempts
from phloem_server.access.people.guesses.throttle import Throttle


class Machine:
    """A throttle with a clock that stands still until it is set, and passwords that are counted where compared."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.compared: list[tuple[float, str]] = []
        self.guesses = MemoryGuesses(lambda: self.now)
        self.throttle = self.process()

    def process(self) -> Throttle:
        """That of a web process, which counts together with others."""
        return Throttle(self.guesses, lambda: self.now)

    def try_one(self, peer: str = "192.0.2.1", *, right: bool = False) -> str:
        def compare() -> bool:
            self.compared.append((self.now, peer))
            return right

        try:
            return "right" if self.throttle.check(peer, compare) else "wrong"
        except TooManyAttempts as refused:
            return dict(refused.headers)["Retry-After"]

    def guess(self, seconds: float, peers: Callable[[int], str], each: int = 64, step: float = 0.05) -> None:
        """So many wrong passwords in each step, by peers that `peers` makes of their number."""
        numbers = count()
        end = self.now + seconds
        while self.now < end:
            for _ in range(each):
                self.try_one(peers(next(numbers)))
            self.now += step

    def most_in_a_second(self) -> int:
        times = [at for at, _ in self.compared]
        return max(sum(start <= at < start + 1 for at in times) for start in times)


class Account:
    """Guesses of one account's password by a machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.known: set[str] = set()
        self.compared = 0

    def try_one(self, peer: str, *, right: bool = False, account: str = "ann") -> str:
        def compare() -> bool:
            self.compared += 1
            return right

        try:
            throttle = self.machine.throttle
            return "right" if throttle.check_account(peer, account, compare, lambda: peer in self.known) else "wrong"
        except TooManyAttempts as refused:
            return dict(refused.headers)["Retry-After"]
