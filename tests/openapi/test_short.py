"""The short form of `python -m tests.openapi`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.openapi.run import run
from tests.processes import Stack


@pytest.mark.timeout(400)
def test_no_answer_is_a_failure_of_the_server_or_lies_outside_of_its_schema(tmp_path: Path) -> None:
    with Stack(tmp_path, parts=("redis", "web", "mailbox")) as stack:
        ended = run(stack.url, 1, 13)
    assert ended.returncode == 0, ended.stdout[-8000:]
