"""A tenth of Celery's integration suite, with Phloem. `python -m tests.celery_suite` runs the whole, and without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.celery_suite.comparison import disagreements, summary
from tests.celery_suite.run import Plan, run
from tests.celery_suite.selection import TENTH


@pytest.mark.timeout(400)
def test_of_every_task_the_record_says_what_a_witness_and_the_result_backend_say(tmp_path: Path) -> None:
    done = run(tmp_path / "run", Plan(tests=TENTH, attach=True, hurry=True, seconds=150))
    assert len(done.outcomes) == len(TENTH)
    if failed := [test for test, outcome in done.outcomes.items() if outcome != "passed"]:
        # The suite itself runs its tests up to five times again, as some depend on how busy the machine is.
        again = run(tmp_path / "again", Plan(tests=failed, attach=True, hurry=True, seconds=60))
        assert {*again.outcomes.values()} == {"passed"}, again.said
    assert len(done.stories) > 150
    found = disagreements(done.stories, done.stored, done.recorded, done.waiting)
    assert found == [], summary(found)
