"""The chaos in short: enough of each fault to notice a missing defence. `python -m tests.chaos` is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.run import Chaos, Plan

SHORT = Plan(
    seconds=6,
    rounds=1,
    healing=3,
    apart=1,
    pause_between_kills=0.1,
    spoken=250,
    sent=20,
    relays=2,
    pause_between_webs=3,
    lease=5,
    drain=False,
)


@pytest.mark.timeout(240)  # it waits for conditions, each with a deadline of its own
def test_readers_redis_and_producers_agree_after_everything_failed(tmp_path: Path) -> None:
    report = Chaos(tmp_path, SHORT).run()
    print(report)
    assert report.wrong == []
    assert min(report.killed.total(), report.dropped, report.forgotten_bytes) > 0
    assert min(report.workers_killed, report.webs_killed, *report.watched.values()) > 0
    assert report.control_wrong > 0, "the faults did not bite"
