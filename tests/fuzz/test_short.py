"""The fuzz in short. `python -m tests.fuzz` is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.run import Fuzz, Plan

GROWTH = 25.0
"""MB by which the server's memory may grow once it is warm."""


@pytest.mark.timeout(400)  # it waits for conditions, each with a deadline of its own
def test_messages_that_nobody_should_send_disturb_nobody(tmp_path: Path) -> None:
    report = Fuzz(tmp_path, Plan(messages=2000, seed=1)).run()
    print(report)
    assert report.wrong == []
    assert report.growth < GROWTH
