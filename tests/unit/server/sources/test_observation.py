"""All sources of an app together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from celery import Celery

from phloem.testing import MemoryChannel
from phloem_server.sources import observation
from phloem_server.sources.observation import Observation
from tests.waiting import wait_until

FAILURES = 3


class Broker:
    """Reaches no worker, and fails before it says so."""

    def __init__(self) -> None:
        self.failed = 0

    def ask(self, command: str, **_: Any) -> Mapping[str, Any]:
        if command == "ping" and self.failed < FAILURES:
            self.failed += 1
            raise RuntimeError("of a library")
        return {}


def test_a_worker_that_vanishes_is_noticed_though_it_could_not_be_asked_at_first(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observation, "TEND_SECONDS", 0.01)
    broker = Broker()
    with Celery("shop", broker="memory://", set_as_current=False) as celery:
        seen = Observation(
            celery,
            MemoryChannel(),
            broker.ask,
            row=lambda _: None,
            open_tasks=tuple,
            open_channel=MemoryChannel,
            namespace="test",
            lease_seconds=0.0,
            is_own=False,
        )
        seen.hear({"type": "worker-heartbeat", "hostname": "one@shop", "pid": 7})
        seen.start()
        try:
            wait_until(lambda: not seen.workers.names, 10, "the worker is gone")
        finally:
            seen.stop()
    assert broker.failed == FAILURES
    assert [said for said in caplog.messages if "cannot be followed" in said] == [
        "Workers that are not attached cannot be followed for now: of a library"
    ]
