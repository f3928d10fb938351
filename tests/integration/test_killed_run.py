"""A run of the tests that is killed leaves no process behind."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests import chromium
from tests.processes import ROOT
from tests.waiting import wait_until

MARK = "PHLOEM_TESTS_RUN"
"""A variable by which the processes of a run are known: each inherits it. Valkey forgets it, and works in a folder of
the run.
"""

MODULE = """
from tests.conftest import *
from tests.processes import wait_until

def test_that_never_ends(stack, browser, tmp_path):
    stack.start("beat")
    page = browser.new_page()
    page.goto(stack.url)
    task = page.request.post(
        f"{stack.url}/api/v1/tasks", data={"name": "phloem.jobs.countdown", "kwargs": {"duration": 600}}
    ).json()["id"]
    wait_until(lambda: page.request.get(f"{stack.url}/api/v1/tasks/{task}").json()["state"] == "PROGRESS", 30)
    print("all of it runs", file=open("runs", "w"))
    wait_until(lambda: False, 600)
"""


def of_run(mark: str, folder: Path) -> dict[int, str]:
    """The processes of that run, whose tests have their files in `folder`: id -> command."""
    wanted, found = f"{MARK}={mark}".encode(), {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            marked = wanted in (process / "environ").read_bytes().split(b"\0")
            if marked or (process / "cwd").readlink().is_relative_to(folder):
                found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended, or is another user's
            continue
    return found


@pytest.mark.browser
@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_whatever_a_killed_run_started_ends_by_itself(tmp_path: Path) -> None:
    if chromium.find() is None:
        pytest.skip("there is no Chromium")
    mark = secrets.token_hex(8)
    (tmp_path / "test_endless.py").write_text(MODULE)
    files = tmp_path / "files"
    folders = [f"--rootdir={tmp_path}", f"--basetemp={files}", "-c", str(ROOT / "pyproject.toml")]
    options = [*folders, "-n", "1", "-p", "no:cacheprovider"]
    environment = {**os.environ, MARK: mark, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    log = tmp_path / "log"
    with log.open("w") as output:
        run = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, "test_endless.py"],
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: (tmp_path / "runs").exists() or run.poll() is not None, 50, log.read_text)
        commands = "\n".join(of_run(mark, files).values())
        for name in ("valkey-server", "phloem serve", "worker", "beat", "chrom"):
            assert name in commands, log.read_text()
    finally:
        run.kill()
        run.wait()
    wait_until(lambda: not of_run(mark, files), 40, lambda: f"all of them have ended: {of_run(mark, files)}")
