"""The chaos in short: enough of each fault to notice a missing defence. `python -m tests.chaos` is the long form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.places import PLACES
from tests.chaos.run import Chaos, Plan

SHORT = Plan(
    seconds=6,
    rounds=1,
    healing=6,  # a worker that is killed before it could tell again what Redis forgot takes it along
    apart=1,
    pause_between_kills=0.1,
    spoken=80,
    sent=10,
    relays=1,
    pause_between_webs=5,
    lease=5,
    drain=False,
)


@pytest.mark.timeout(400)  # it waits for conditions, each with a deadline of its own
@pytest.mark.parametrize("place", PLACES)
def test_readers_redis_and_producers_agree_after_everything_failed(tmp_path: Path, place: str) -> None:
    report = Chaos(tmp_path, replace(SHORT, place=place)).run()
    print(report)
    assert report.wrong == []
    assert min(report.killed.total(), report.dropped, report.crashes) > 0
    assert report.forgotten_bytes > 0 or not report.forgets
    assert min(report.workers_killed, report.webs_killed, *report.watched.values()) > 0
    assert report.control_wrong > 0, "the faults did not bite"
