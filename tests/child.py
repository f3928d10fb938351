"""One command in a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.tether import TETHER
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent

END_SECONDS = 10.0
"""Time for a process to end by itself after SIGTERM."""


def _alive(group: int) -> bool:
    """Whether a process of a group still runs; one that only waits to be reaped has closed all its files."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, member_of = stat.read_text().rpartition(")")[2].split()[:3]
            if int(member_of) == group and state not in "ZX":
                return True
    return False


class Child:
    """One command in a process group of its own; what it says goes to a file."""

    def __init__(self, command: str, log: Path, environment: Mapping[str, str]) -> None:
        self.log_file = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                shell=True,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        TETHER.hold(self.pid)

    @property
    def pid(self) -> int:
        """The id of the process and of its group."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def stop(self) -> None:
        """End it in its own way, with force after END_SECONDS; nothing of its group stays."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"pid {self.pid} did not end on SIGTERM; its log is {self.log_file}")
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole group, as when the machine loses it. None of it holds a connection open afterwards:
        a broker would hand the next message to a dead worker.
        """
        TETHER.release(self.pid)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        wait_until(lambda: not _alive(self.pid), 60, lambda: f"group {self.pid} has ended")

    def log(self) -> str:
        """What it has said so far, in all its lives."""
        return self.log_file.read_text(errors="replace")
