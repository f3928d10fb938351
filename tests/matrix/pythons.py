"""The Pythons of this machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

OLDEST, NEWEST = 11, 14
"""Minor versions of Python 3 that Phloem promises."""

_ASK = "import sys, venv; print('%d.%d' % sys.version_info[:2])"


def pythons() -> dict[str, Path]:
    """Each promised version that is here, such as "3.12", on PATH or in pyenv's folder."""
    found = {}
    for minor in range(OLDEST, NEWEST + 1):
        version = f"3.{minor}"
        places = [Path(folder) / f"python{version}" for folder in os.get_exec_path()]
        places += sorted(
            Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python")
        )
        path = next((place for place in places if place.exists() and version_of(place) == version), None)
        if path is not None:
            found[version] = path
    return found


def version_of(python: Path) -> str | None:
    """Which Python that is, such as "3.12"; None if it does not run, or makes no virtual environment."""
    asked = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else None
