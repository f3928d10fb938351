"""`bin/test` ends with status 0 only if the tests and the static checks passed, whichever of them ends last."""

from __future__ import annotations

import subprocess

import pytest

from tests.processes import ROOT

SCRIPT = """
set -euo pipefail
source <(sed -n '/^all_checks()/,/^}/p' bin/test)
static_checks() { sleep "$STATIC_SECONDS"; return "$STATIC"; }
python() { sleep "$TESTS_SECONDS"; return "$TESTS"; }
all_checks
"""


@pytest.mark.parametrize(("tests", "static"), [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("seconds", [("0", "0.2"), ("0.2", "0")], ids=["tests end first", "checks end first"])
def test_it_ends_with_0_only_if_all_passed(tests: int, static: int, seconds: tuple[str, str]) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "TESTS": str(tests),
        "STATIC": str(static),
        "TESTS_SECONDS": seconds[0],
        "STATIC_SECONDS": seconds[1],
    }
    ended = subprocess.run(
        ["bash", "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode == 0) is (tests == static == 0), ended.stderr
