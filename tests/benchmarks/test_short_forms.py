"""Every benchmark measures what it says: each runs in its short form, in which no figure counts but that.

A limit that is marked `sound` (all was recorded, all was received, each update was waited for) ends even a short run
with status 1.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.harness.measures import Limit, verdict

from tests.processes import ROOT

NAMES = sorted(path.stem for path in Path(ROOT, "benchmarks").glob("*.py") if "add_short(" in path.read_text())
PROGRAMS = sorted(
    path.stem for path in Path(ROOT, "benchmarks").glob("*.py") if 'if __name__ == "__main__":' in path.read_text()
)
IN_A_BROWSER = ("browser", "slow_line", "wall")
FROM_TESTS = ("playwright", "pytest", "hypothesis")
"""Packages that only bin/test installs."""

HELP = """
import runpy, sys
missing, *names = sys.argv[1:]
sys.modules.update(dict.fromkeys(missing.split(",")))
sys.argv = ["benchmark", "--help"]
for name in names:
    try:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=False)
    except SystemExit as end:
        if end.code:
            raise
"""
"""Runs them one after the other in one process."""


def test_every_benchmark_has_a_short_form() -> None:
    assert [name for name in PROGRAMS if name not in NAMES] == []


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", NAMES)
def test_a_short_run_measures_what_the_benchmark_says(name: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--short"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert (ended.returncode, "NOT KEPT" in ended.stdout or "kept" in ended.stdout) == (0, True), (
        ended.stdout + ended.stderr
    )
    assert re.search(r"\bnan\b|\binf\b", ended.stdout) is None, ended.stdout


def test_a_short_run_is_judged_by_what_makes_it_sound_alone() -> None:
    slow = Limit(what="a figure", value=2, limit=1)
    lost = Limit(what="frames lost", value=1, limit=0, sound=True)
    assert (verdict([slow]), verdict([slow], short=True)) == (1, 0)
    assert verdict([slow, lost], short=True) == 1


def test_benchmarks_start_with_what_bin_setup_installs() -> None:
    names = [name for name in NAMES if name not in IN_A_BROWSER]
    ended = _help_without_test_packages(*names)
    assert (ended.returncode, ended.stdout.count("usage:")) == (0, len(names)), ended.stderr


@pytest.mark.parametrize("name", IN_A_BROWSER)
def test_a_benchmark_that_needs_a_browser_says_in_a_line_what_to_run_first(name: str) -> None:
    ended = _help_without_test_packages(name)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "bin/test" in ended.stderr


def _help_without_test_packages(*names: str) -> subprocess.CompletedProcess[str]:
    """What `--help` of each says where the packages of the tests are missing; ends with the first that fails."""
    command = [sys.executable, "-c", HELP, ",".join(FROM_TESTS), *names]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
