"""The library is imported when it is used, without a look for garbage meanwhile."""

from __future__ import annotations

import subprocess
import sys

import pytest

USED = """
import gc, sys
{before}
looks = []
gc.callbacks.append(lambda phase, info: looks.append(info["generation"]))
import phloem
phloem.attach, phloem.track
print(gc.isenabled(), max(looks, default=0) == 2)
"""


@pytest.mark.parametrize(
    ("before", "told"), [("", "True False"), ("gc.disable()", "False False")], ids=["as it is", "where it is off"]
)
def test_whoever_imports_it_finds_the_collector_of_garbage_as_before(before: str, told: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", USED.format(before=before)], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == told
