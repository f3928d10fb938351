"""Nothing that a test starts outlives the process of the tests, however that ends: also by SIGKILL.

A watcher, one for each process that runs tests, is told of every process group that is started and ended. It reads
that from a pipe, whose end comes when the last process that could write to it is gone; then it kills the groups that
are left. (The kernel's own way, PR_SET_PDEATHSIG, ends a child when the thread that started it ends, reaches one
process of a group, and exists on Linux alone.)
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO


class Tether:
    """Holds process groups; the watcher is started with the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watcher: subprocess.Popen[bytes] | None = None

    def hold(self, group: int) -> None:
        """From now on this group ends with the process that called this."""
        self._say(b"+%d\n" % group)

    def release(self, group: int) -> None:
        """It is about to be ended. To be called before its id can be another's, which is when it was waited for."""
        self._say(b"-%d\n" % group)

    def _say(self, line: bytes) -> None:
        with self._lock:
            if self._watcher is None:
                self._watcher = _start()
                atexit.register(_end, self._watcher)
            _pipe(self._watcher).write(line)


def _start() -> subprocess.Popen[bytes]:
    # Its own session: what is typed at the terminal of the tests does not reach it.
    command = [sys.executable, "-I", "-S", __file__]
    return subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, start_new_session=True)


def _end(watcher: subprocess.Popen[bytes]) -> None:
    _pipe(watcher).close()
    watcher.wait()


def _pipe(watcher: subprocess.Popen[bytes]) -> IO[bytes]:
    assert watcher.stdin is not None
    return watcher.stdin


def main() -> None:
    """Be the watcher."""
    held: set[int] = set()
    for line in sys.stdin.buffer:
        group = int(line[1:])
        if line.startswith(b"+"):
            held.add(group)
        else:
            held.discard(group)
    for group in held:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


TETHER = Tether()
"""That of this process."""

if __name__ == "__main__":
    main()
