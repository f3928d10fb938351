"""Runs the Procfile of this folder until it is told to end: `python bin/processes.py`.

honcho starts the lines, prints what they say and ends all when one ends. Added to that, for people
who start and stop all day:

- nothing outlives this process, however it ends: Ctrl-C, a closed terminal, SIGKILL (on Linux);
- Redis ends last, since the others still have the end of their tasks to write down;
- one line with the address when the page can be opened.

The exit status is that of the first process to end; 130 after Ctrl-C; 2 when it cannot start.
"""

import io
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

from phloem.settings import SettingError
from phloem_server import serving
from phloem_server.config import Config
from phloem_server.redis import DEFAULT_PORT, end_with_parent, refuse_taken_port

REDIS = "redis"
PATIENCE = 8.0
"""Seconds that the others have before Redis ends without them; honcho kills what needs over 5."""


class TetheredPopen(Popen):  # type: ignore[misc]  # honcho has no types
    """A line of the Procfile, which ends with the process that reads what it says."""

    def __init__(self, command: str, **options: Any) -> None:
        super().__init__(command, preexec_fn=end_with_parent, **options)


class TetheredProcess(Process):  # type: ignore[misc]
    """The process that reads what a line says, and ends with this one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._child_ctor = TetheredPopen

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Run the line to its end. SIGKILL, because honcho makes this process deaf to SIGTERM."""
        end_with_parent(signal.SIGKILL)
        super().run(events, ignore_signals)


class Screen(Printer):  # type: ignore[misc]
    """Goes on without a place to print to: when the terminal is closed, all must still be ended."""

    def write(self, message: Message) -> None:
        """Print what one process said."""
        try:
            super().write(message)
        except OSError:
            self.output = io.StringIO()


class Processes(Manager):  # type: ignore[misc]
    """honcho's manager for processes that end with it, Redis last."""

    def __init__(self) -> None:
        super().__init__(Screen(sys.stdout))
        self._process_ctor = TetheredProcess

    def terminate(self) -> None:
        """Begin to end all of them; asked again, it changes nothing."""
        if not self._terminating:
            threading.Thread(target=self._end_redis_last, daemon=True).start()
        super().terminate()

    def sweep(self) -> None:
        """Kill what a process left behind when it ended."""
        for process in self._processes.values():
            if "pid" in process:
                self._procmgr.kill(process["pid"])

    def _killall(self, force: bool = False) -> None:
        for name in self._running() - {REDIS}:
            pid = self._processes[name]["pid"]
            if force:
                self._procmgr.kill(pid)
            else:  # not to its whole group: Celery's main process ends its children itself
                _signal(pid, signal.SIGTERM)

    def _end_redis_last(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._running() - {REDIS} and time.monotonic() < deadline:
            time.sleep(0.02)
        if REDIS in self._running():
            _signal(self._processes[REDIS]["pid"], signal.SIGTERM)

    def _running(self) -> set[str]:
        return {n for n, p in self._processes.items() if "pid" in p and "returncode" not in p}


def main() -> int:
    """Run the Procfile; the exit status."""
    embedded = not os.environ.get("REDIS_URL")
    try:
        config = Config.from_environment(os.environ)
        with serving.bind(config.host, config.port) as probe:
            port = int(probe.getsockname()[1])
    except (SettingError, serving.CannotListen) as error:
        print(error, file=sys.stderr)
        return 2
    if embedded:
        refuse_taken_port(DEFAULT_PORT)
    environment = {**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1"}

    processes = Processes()
    procfile = Path("Procfile.dev" if embedded else "Procfile")
    for name, command in parse_procfile(procfile.read_text()).processes.items():
        processes.add_process(name, command, env=environment)
    threading.Thread(target=_announce, args=(config.host, port), daemon=True).start()
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        processes.loop()
    finally:
        processes.sweep()
    status: int = processes.returncode
    return status if status >= 0 else 128 - status  # as a shell says that a signal ended it


def _announce(host: str, port: int) -> None:
    """Print the address once, when everything behind it is ready."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            with opener.open(f"{address}/readyz", timeout=5):
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    print(f"\nPhloem is ready: {address}   (Ctrl-C ends it)\n", flush=True)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it was faster
        return


if __name__ == "__main__":
    sys.exit(main())
