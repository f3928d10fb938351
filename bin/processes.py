"""Runs the Procfile of this folder until it is told to end: `python bin/processes.py`.

honcho starts the lines, prints what they say and ends all when one ends. Added to that, for people
who start and stop all day:

- nothing outlives this process, however it ends: Ctrl-C, a closed terminal, SIGKILL (on Linux);
- workers (lines whose name begins so) give back what they have not begun, even if a job does not end: it runs after
  the next start;
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
from collections import deque
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TextIO

from honcho import manager
from honcho.environ import parse_procfile
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.settings import SettingError
from phloem_server.app.serve import asks_people
from phloem_server.commands.mailbox import smtpd
from phloem_server.commands.redis import DEFAULT_PORT, end_with_parent, refuse_taken_port
from phloem_server.settings import Config
from phloem_server.transport import listen
from phloem_server.web.hosts import address, announced

REDIS, WORKER, MAILBOX = "redis", "worker", "mailbox"

OURS = {REDIS: ("PHLOEM_REDIS_URL", "REDIS_URL"), MAILBOX: ("SMTP_URL",)}
"""What runs here unless one of its variables names one that runs elsewhere."""

# Seconds after the first request to end.
FINISH = 3.0
"""Until then the worker may end what it runs; then it gives that up."""
KILL = 8.0
"""Then honcho kills who still runs, Redis aside. The worker needs a second or two to give things back."""
PATIENCE = 9.0
"""Then Redis ends, whoever still needs it."""

manager.KILL_WAIT = KILL


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
    """Prints whole lines, one after the other.

    Goes on without a place to print to: when the terminal is closed, all must still be ended.
    """

    def __init__(self, output: TextIO) -> None:
        super().__init__(output)
        self._said: deque[Message] = deque()
        self._printing = False

    def write(self, message: Message) -> None:
        """Print what one process said; after the line that is being printed, if a signal came in the middle of that."""
        self._said.append(message)
        if self._printing:
            return
        self._printing = True
        try:
            while self._said:
                self._print(self._said.popleft())
        finally:
            self._printing = False

    def _print(self, message: Message) -> None:
        try:
            super().write(message)
        except OSError:
            self.output = io.StringIO()


class Processes(manager.Manager):  # type: ignore[misc]
    """honcho's manager for processes that end with it, Redis last."""

    def __init__(self) -> None:
        super().__init__(Screen(sys.stdout))
        self._terminating: bool
        self._process_ctor = TetheredProcess

    def terminate(self) -> None:
        """Begin to end all of them; asked again, it changes nothing."""
        if not self._terminating:
            self._terminating = True
            threading.Thread(target=self._end_in_order, daemon=True).start()

    def sweep(self) -> None:
        """Kill what a process left behind when it ended."""
        for process in self._processes.values():
            if "pid" in process:
                self._procmgr.kill(process["pid"])

    def kill(self) -> None:
        """End those who had their time, at once. Redis is ended by its own."""
        for name in self._left() - {REDIS}:
            if "pid" in self._processes[name]:
                self._procmgr.kill(self._processes[name]["pid"])

    def _end_in_order(self) -> None:
        """Signal each once, as soon as its time has come and its id is known: Ctrl-C may come while they start.

        Not its whole group: Celery's main process ends its children itself.
        """
        start = time.monotonic()
        signalled: set[tuple[str, signal.Signals]] = set()
        while left := self._left():
            passed = time.monotonic() - start
            due = {(name, signal.SIGTERM) for name in left - {REDIS}}
            if passed >= FINISH:
                # Killed in mid-job, a worker would leave what it holds as taken, and no other takes it for an hour.
                due |= {(name, signal.SIGQUIT) for name in left if name.startswith(WORKER)}
            if left == {REDIS} or passed >= PATIENCE:
                due |= {(REDIS, signal.SIGTERM)}
            due = {(name, number) for name, number in due - signalled if "pid" in self._processes.get(name, {})}
            for name, number in due:
                _signal(self._processes[name]["pid"], number)
            signalled |= due
            time.sleep(0.02)

    def _left(self) -> set[str]:
        """Those that have not ended, be it that they have yet to start."""
        return {name for name, process in self._processes.items() if "returncode" not in process}


def main() -> int:
    """Run the Procfile; the exit status."""
    elsewhere = {name for name, variables in OURS.items() if any(map(os.environ.get, variables))}
    os.umask(0o077)  # for all that start here: what they write is their user's alone
    try:
        config = Config.from_environment(os.environ)
        if REDIS in elsewhere and not (config.is_local or config.is_protected):
            with suppress(ChannelError), closing(RedisChannel(config)) as channel:  # the web process waits for Redis
                asks_people(config, channel.users)
        with listen.bind(config.host, config.port) as probe:
            port = int(probe.getsockname()[1])
        if MAILBOX not in elsewhere:
            smtpd.bind(config.smtp).close()
    except (SettingError, listen.CannotListen) as error:
        print(error, file=sys.stderr)
        return 2
    if REDIS not in elsewhere:
        refuse_taken_port(DEFAULT_PORT)

    processes = Processes()
    ours = OURS.keys() - elsewhere
    procfile = parse_procfile(Path("Procfile.dev" if ours else "Procfile").read_text())
    for name, command in procfile.processes.items():
        if not (ours and name in elsewhere):
            processes.add_process(name, command, env=environment(config, port))
    threading.Thread(target=_announce, args=(config.host, port), daemon=True).start()
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        processes.loop()
    finally:
        processes.sweep()
    status: int = processes.returncode
    return status if status >= 0 else 128 - status  # as a shell says that a signal ended it


def environment(config: Config, port: int) -> dict[str, str]:
    """What each line gets: where the page is, and Redis with its password, if the page and so Redis has one."""
    return {**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1", "REDIS_URL": config.redis_url}


def _announce(host: str, port: int) -> None:
    """Print the address once, when everything behind it is ready."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            with opener.open(f"{address(host, port)}/readyz", timeout=5):
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    print(f"\nPhloem is ready: {announced(host, port)}   (Ctrl-C ends it)\n", flush=True)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it was faster
        return


if __name__ == "__main__":
    sys.exit(main())
