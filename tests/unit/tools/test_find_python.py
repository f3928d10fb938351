"""Which Python the commands in bin/ make the virtual environment of."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]


def found(folder: Path, *working: str) -> str:
    """What `find_python` finds where these are all that there are."""
    for name in working:
        (folder / name).write_text("#!/bin/sh\nexit 0\n")
        (folder / name).chmod(0o755)
    command = ["bash", "-c", f". {ROOT}/bin/lib.sh && PATH={folder} find_python"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_every_python_that_the_packages_promise_is_found_and_of_several_the_newest(tmp_path: Path) -> None:
    kinds = tomllib.loads((ROOT / "worker/pyproject.toml").read_text())["project"]["classifiers"]
    names = [f"python{kind.rpartition(' ')[2]}" for kind in kinds if "Python :: 3." in kind]
    assert len(names) >= 4
    for name in names:
        assert found(tmp_path, name) == name  # they come one by one, the newest last
