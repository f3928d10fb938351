"""What is done whenever a lease is renewed."""

from __future__ import annotations

import pytest

from phloem.reporting.recorder import Recorder
from tests.unit.worker.reporting.unsteady import Unsteady
from tests.waiting import wait_until


def test_what_fails_at_a_heartbeat_is_no_failure_of_the_record(caplog: pytest.LogCaptureFixture) -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=0.01)
    done: list[int] = []

    def looks_after_its_tasks() -> None:
        done.append(len(channel.beats))
        raise LookupError("no such process")

    recorder.at_heartbeats(looks_after_its_tasks)
    recorder.hold("lease")
    wait_until(lambda: len(done) > 1, 60, "it is done again")
    assert not recorder.failing
    recorder.close(10)
    assert "Phloem could not observe looks_after_its_tasks" in caplog.text
    assert "cannot record" not in caplog.text
