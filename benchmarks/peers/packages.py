"""Other dashboards, in an environment of their own under var/."""

from __future__ import annotations

import subprocess
import venv

from tests.processes import ROOT

PEERS = (
    "flower==2.2.0",
    "celery-bloom==0.1.0",
    "celery-manager[standalone]==0.1.0a4",
    "celery==5.7.0",
    "redis>=5,<9",
    "packaging",
)


def install() -> str:
    """The folder of the peers' commands, made if it is not there."""
    folder = ROOT / "var" / "benchmark-peers"
    made = folder / "made"
    if not made.exists() or made.read_text() != repr(PEERS):
        venv.create(folder, with_pip=True, clear=True)
        done = subprocess.run([folder / "bin" / "pip", "install", *PEERS], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"The peers could not be installed:\n{done.stdout}{done.stderr}")
        made.write_text(repr(PEERS))
    return str(folder / "bin")
