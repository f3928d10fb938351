"""Clients of the first protocol are answered as they were when it was recorded. Refusals may have a `code`.

A field that an answer has in addition is named in `compare.ADDED`; what is recorded stays as it is. It was changed by
hand in two points: a waiting task is REVOKED as soon as a worker is told so, since that is what Celery calls it, and a
task that succeeds with a step half done is not at 100 %.

`python -m tests.compatibility --record`, run by the interpreter of a tree that keeps the protocol, records it again.
"""

from __future__ import annotations

import pytest

from tests.compatibility.compare import differences, read
from tests.compatibility.scenario import RECORDED, converse

pytestmark = pytest.mark.timeout(400)  # the first test waits for the whole conversation

FILES = sorted(file.name for file in RECORDED.iterdir())


@pytest.fixture(scope="module")
def today() -> dict[str, dict[str, str]]:
    """What is answered today."""
    return converse()


def test_the_same_was_asked(today: dict[str, dict[str, str]]) -> None:
    assert sorted(today) == FILES


@pytest.mark.parametrize("file", FILES)
def test_the_answers_are_those_that_were_recorded(today: dict[str, dict[str, str]], file: str) -> None:
    found = differences(read(RECORDED / file), today[file])
    assert not found, "\n".join(found)
