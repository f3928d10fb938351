"""The same channel tests against Redis and against the one in memory."""

from __future__ import annotations

import pytest

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem.testing import MemoryChannel


@pytest.fixture(params=["memory", "redis"])
def channel(request: pytest.FixtureRequest) -> Channel:
    if request.param == "memory":
        return MemoryChannel()
    return RedisChannel(Settings(redis_url=request.getfixturevalue("redis_url")))
