"""The real web process and its Redis, for as long as a benchmark runs."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.processes import Stack


@contextmanager
def running(fanout: str) -> Iterator[Stack]:
    """Both of them, on data of their own. SIGTERM ends them, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="phloem-benchmark-") as folder:
        stack = Stack(Path(folder), {"PHLOEM_FANOUT": fanout})
        stack.start("redis")
        try:
            stack.start("web")
            try:
                yield stack
            finally:
                stack.stop("web")
        finally:
            stack.stop("redis")


def record_of(stack: Stack) -> RedisChannel:
    """The record that its web process shows."""
    return RedisChannel(Settings(redis_url=stack.redis.url, namespace="test"))
