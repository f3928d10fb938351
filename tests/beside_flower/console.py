"""A program of the app that runs what it is told, so that asking does not cost the start of a program each time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_PROGRAM = """
import contextlib, io, json, sys
from MODULE import app

for line in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(json.loads(line), {"app": app, "json": json})
    print(said.getvalue().splitlines()[-1], flush=True)
"""
_TRIES = 10
"""Programs that are started for one question: a broker that was away leaves connections that are none."""


class Console:
    """Runs code in which `app` is the Celery app of `module`; ends with its caller."""

    def __init__(self, python: Path, module: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._python, self._module, self._folder, self._environment = python, module, folder, environment
        self._program: subprocess.Popen[str] | None = None

    def ask(self, code: str) -> Any:
        """What the code prints as JSON in its last line. RuntimeError where no program could run it."""
        for _ in range(_TRIES):
            program = self._program = self._program or self._start()
            assert program.stdin is not None
            assert program.stdout is not None
            with suppress(BrokenPipeError):
                program.stdin.write(json.dumps(code) + "\n")
                program.stdin.flush()
                if line := program.stdout.readline():
                    return json.loads(line)
            self.close()
        raise RuntimeError(f"this was not answered: {code}")

    def close(self) -> None:
        """Ends the program."""
        if self._program is not None:
            self._program.kill()
            self._program.communicate()
            self._program = None

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self._python), "-c", _PROGRAM.replace("MODULE", self._module)],
            cwd=self._folder,
            env=dict(self._environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
