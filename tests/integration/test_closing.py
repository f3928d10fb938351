"""An application can be made, used and closed again and again in one process, and leaves nothing behind.

What each leaves shows after a few. More of them: `PHLOEM_LIVES=100 pytest FILE`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

LIVES = os.environ.get("PHLOEM_LIVES", "15")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mode", ["eventlet", "threading", "gevent"])
def test_no_thread_socket_or_file_is_left_of_applications_that_were_closed(
    redis_url: str, tmp_path: Path, mode: str
) -> None:
    program = [sys.executable, "-m", "tests.integration.closing_app", mode, redis_url, str(tmp_path), LIVES]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    ended = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    before, after = map(json.loads, ended.stdout.splitlines())
    assert after == before
    assert (after["threads"], after["greenlets"], after["applications"]) == ([], 0, 0)
