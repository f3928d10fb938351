"""One run of tqdm's suite in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT
from tests.source_archive import unpack

_ABOUT = "asyncio concurrent contrib contrib_logging itertools pandas rlock synchronisation tqdm"

FILES = tuple(f"tests_{name}.py" for name in _ABOUT.split())
"""Those that are about bars. The others are about tqdm's command, its other front ends and its speed."""


def outcomes(folder: Path, *, drawn: bool) -> dict[str, str]:
    """What became of each test, by `tests_file.py::name`: passed, failed or skipped. `folder` takes the suite."""
    suite = unpack("tqdm", folder, "tests").joinpath("tests").rename(folder / "suite")  # "tests" are ours
    written = folder / "outcomes.json"
    command = [sys.executable, "-m", "pytest", "-p", "tests.tqdm_suite.plugin", "-p", "no:cacheprovider", "-q", "-c"]
    command += [os.devnull, "--rootdir", str(suite), "-o", "log_level=INFO", "-W", "ignore", "--tb=line"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TQDM_"))},
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PHLOEM_SUITE_OUTCOMES": str(written),
        "PHLOEM_TQDM_DRAW": "1" if drawn else "",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    ended = subprocess.run(
        [*command, *FILES],
        cwd=suite,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert written.exists(), ended.stdout + ended.stderr
    found: dict[str, str] = json.loads(written.read_text())
    (folder / "said.txt").write_text(ended.stdout)
    return found
