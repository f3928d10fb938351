"""Workers that are known by their heartbeats."""

from __future__ import annotations

import time

import pytest

from phloem.record.stores.workers import WorkerFacts
from phloem.testing import MemoryChannel
from phloem_server.sources.known_workers import LOAD_SECONDS, KnownWorkers

BEAT: dict[str, object] = {
    "type": "worker-heartbeat",
    "hostname": "w@here",
    "pid": 7,
    "sw_ident": "py-celery",
    "sw_ver": "5.7.0",
}


def told(channel: MemoryChannel) -> WorkerFacts:
    [known] = channel.workers.all()
    return known.facts


def test_what_a_heartbeat_says_is_recorded_and_not_at_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = MemoryChannel()
    workers = KnownWorkers(channel, lambda *_, **__: {}, lease_seconds=1000)
    workers.heard({**BEAT, "loadavg": [1.0, 2, 3], "sw_sys": "Linux"})
    workers.tend(connected=True)
    assert told(channel).load == ()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + LOAD_SECONDS + 1)
    workers.tend(connected=True)
    assert (told(channel).load, told(channel).software) == ((1.0, 2.0, 3.0), "py-celery 5.7.0 Linux")
    workers.heard({**BEAT, "loadavg": [4.0, 5.0, 6.0]})
    workers.tend(connected=True)
    assert told(channel).load == (1.0, 2.0, 3.0)


def test_a_worker_that_comes_back_later_than_the_broker_is_not_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    channel, now = MemoryChannel(), 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    workers = KnownWorkers(channel, lambda *_, **__: {}, lease_seconds=10)
    workers.heard(BEAT)
    for second in range(60):  # the broker is away for twenty, and the worker comes back thirty later
        now += 1
        if second == 50:
            workers.heard(BEAT)
        workers.tend(connected=second >= 20)
        assert workers.names == ["w@here"]
    now += 20
    workers.tend(connected=True)
    assert workers.names == []
