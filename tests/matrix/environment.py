"""A virtual environment with our wheels and the versions of one combination, and the scenario in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.matrix.expected import EXPECTED
from tests.processes import ROOT

INSTALL_SECONDS = 300
SCENARIO_SECONDS = 180


class Failed(Exception):
    """A command of the environment failed. The text is the end of what it said."""


class Tried(NamedTuple):
    """What a scenario told: the versions that were installed, and each step that ended otherwise than it has to."""

    versions: dict[str, str]
    differences: dict[str, str]


def build_wheels(folder: Path) -> list[Path]:
    """The wheels of both distributions, made in `folder`."""
    for distribution in ("worker", "server"):
        options = ["--no-isolation", "--wheel", "--outdir", str(folder)]
        _run([sys.executable, "-m", "build", *options, str(ROOT / distribution)], INSTALL_SECONDS)
    return sorted(folder.glob("*.whl"))


def install(python: Path, folder: Path, wheels: Sequence[Path], requirements: Sequence[str]) -> Path:
    """A new environment in `folder` of that Python, with the wheels and what is required; its Python."""
    _run([str(python), "-m", "venv", "--without-pip", str(folder)], INSTALL_SECONDS)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    options = ["install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    _run([*pip, *options, *map(str, wheels), *requirements], INSTALL_SECONDS)
    return folder / "bin" / "python"


def scenario(python: Path, *, source: Sequence[Path] = (), broker: str | None = None) -> Tried:
    """Takes all steps with an environment's Python. `source` are folders with Phloem, where it is not installed.

    `broker` is an address; without it the Redis of the scenario is the broker as well.
    """
    where = {} if broker is None else {"CELERY_BROKER_URL": broker}
    with tempfile.TemporaryDirectory(prefix="phloem-matrix-") as folder:
        path = os.pathsep.join(map(str, [ROOT, *source]))
        said = _run([str(python), "-m", "tests.matrix.scenario", folder], SCENARIO_SECONDS, PYTHONPATH=path, **where)
    told = json.loads(said.splitlines()[-1])
    outcomes = told["outcomes"]
    return Tried(
        told["versions"], {name: str(outcomes.get(name)) for name in EXPECTED if outcomes.get(name) != EXPECTED[name]}
    )


def _run(command: Sequence[str], seconds: float, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise Failed("\n".join((done.stdout + done.stderr).splitlines()[-30:]))
    return done.stdout
