"""Entries for tests of the audit."""

from __future__ import annotations

from phloem.testing.access import MemoryKeys
from phloem.testing.audit import MemoryAudit
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.entry import Entry
from phloem_server.access.audit.last_seen import LastSeen


def done(number: int = 1, at: float = 1000.0) -> Entry:
    """Somebody revoked a task."""
    return Entry(at=at, actor="ann", kind="session", means="page", action="revoke", target=f"task-{number}")


def refused(at: float = 1000.0, address: str = "192.0.2.1", code: str = "password_wrong") -> Entry:
    """Somebody gave a wrong password."""
    return Entry(at=at, kind="open", means="page", address=address, action="sign_in", outcome="refused", code=code)


def chain_over(store: MemoryAudit, last_seen: LastSeen | None = None, secret: str = "s" * 32) -> Chain:
    """The chain of one more process."""
    return Chain(store, MemoryKeys(), secret=secret, days=90, most=1000, last_seen=last_seen or LastSeen())
