"""Hashes of users' passwords: argon2id, which takes time and memory on purpose.

One is made or compared at a time, in a thread of its own: however many clients try passwords, they take one processor,
the memory of one hash, and no other client's time.
"""

from __future__ import annotations

import base64
import threading
import unicodedata
from collections.abc import Callable
from typing import Protocol

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from phloem_server.transport.modes.choice import run_in_thread

PASSES = 2
MEMORY_KIB = 19 * 1024
LANES = 1
"""What OWASP's Password Storage Cheat Sheet asks of argon2id: "a minimum configuration of 19 MiB of memory, an
iteration count of 2, and 1 degree of parallelism". It takes a processor 20 to 80 ms."""

SALT_BYTES = 16
HASH_BYTES = 32
"""What RFC 9106 recommends (section 4, of the tag 256 bits)."""


def _encoded(length: int) -> str:
    return base64.b64encode(bytes(length)).decode().rstrip("=")


NOBODYS = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${_encoded(SALT_BYTES)}${_encoded(HASH_BYTES)}"
"""The hash of no password. It is compared where there is no user, which takes as long."""


class Work(Protocol):
    """What argon2 does."""

    def hash(self, password: bytes) -> str:
        """A new hash with a new salt."""

    def verify(self, hash: str, password: bytes) -> bool:
        """Whether a hash is that of the password. Raises argon2's errors otherwise."""

    def check_needs_rehash(self, hash: str) -> bool:
        """Whether a hash was made with other parameters than new ones are."""


class Hashing:
    """Makes and compares hashes. Safe to use from several threads."""

    def __init__(self, work: Work | None = None, run: Callable[[Callable[[], object]], object] = run_in_thread) -> None:
        """`run` calls its argument without holding up other connections; `work` is argon2's."""
        self._work = work or PasswordHasher(PASSES, MEMORY_KIB, LANES, HASH_BYTES, SALT_BYTES, type=Type.ID)
        self._run = run
        self._turn = threading.Lock()

    def hash(self, password: str) -> str:
        """A hash of the password with a new salt."""
        given = _bytes(password)
        with self._turn:
            return str(self._run(lambda: self._work.hash(given)))

    def matches(self, hash: str | None, password: str) -> bool:
        """Whether a hash is that of the password. None, of nobody, takes as long and never is."""
        given = _bytes(password)

        def compare() -> bool:
            try:
                return self._work.verify(hash or NOBODYS, given)
            except (VerificationError, InvalidHashError):
                return False

        with self._turn:
            return bool(self._run(compare)) and hash is not None

    def is_outdated(self, hash: str) -> bool:
        """Whether a hash was made with other parameters than new ones are."""
        return self._work.check_needs_rehash(hash)


def _bytes(password: str) -> bytes:
    # Two keyboards may write one character differently: SP 800-63B, revision 3, 5.1.1.2.
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
