"""A chain in memory."""

from __future__ import annotations

import pytest

from phloem.testing.access import MemoryKeys
from phloem.testing.audit import MemoryAudit
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.last_seen import LastSeen


@pytest.fixture
def store() -> MemoryAudit:
    return MemoryAudit()


@pytest.fixture
def chain(store: MemoryAudit) -> Chain:
    return Chain(store, MemoryKeys(), secret="s" * 32, days=90, most=1000, last_seen=LastSeen())
