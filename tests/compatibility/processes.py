"""The processes that are asked, each in a group of its own that is ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from tests.compatibility.clients import ask

T = TypeVar("T")
START = 60.0
"""Seconds within which a process is ready, on a machine with other work to do."""


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], T], what: Callable[[], str], deadline: float = START) -> T:
    """The first true value of `condition`; AssertionError that says `what` after `deadline` seconds without one."""
    end = time.monotonic() + deadline
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline:g} s: {what()}")
        time.sleep(0.02)
    return value


class Process:
    """One command. What it says goes to two files in `folder`."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.err"
        program = Path(sys.executable).with_name(command[0])  # that of the interpreter, on whatever PATH
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [str(program), *command[1:]],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def out(self) -> str:
        """What it wrote to standard output so far."""
        return self._out.read_text(errors="replace")

    @property
    def err(self) -> str:
        """What it wrote to standard error so far."""
        return self._err.read_text(errors="replace")

    @property
    def said(self) -> str:
        """All it wrote so far."""
        return self.out + self.err

    def status(self) -> int:
        """The exit status, once it has ended."""
        try:
            return self._process.wait(START)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end: {self.said}") from None

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self._process.send_signal(number)

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Waits until it has come that far; AssertionError with what it said if it ends first."""

        def there() -> object:
            ended = self._process.poll() is not None
            return condition() or (ended and self._ended())

        wait_until(there, lambda: self.said)

    def kill(self) -> None:
        """Ends the whole group at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _ended(self) -> bool:
        raise AssertionError(f"it ended with status {self._process.returncode}: {self.said}")


class Stack:
    """Redis, a mailbox, a worker, and two web processes: one is open, one has a password and other origins."""

    PASSWORD = "correct horse"
    ORIGIN = "https://pages.example"
    WORKER = "seed@shop"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis_port, self.mail_port, self.port, self.closed_port = (free_port() for _ in range(4))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PHLOEM_", "CELERY_"))}
        self._environment = {
            **kept,
            "PYTHONUNBUFFERED": "1",
            "TZ": "UTC",
            "NO_COLOR": "1",
            "TERM": "dumb",
            "COLUMNS": "100",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{self.redis_port}/1",
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "PHLOEM_DATA_DIR": str(folder / "data"),
            "PHLOEM_NAMESPACE": "old",
            "PHLOEM_UPLOAD_LIMIT": "1000",
            "PHLOEM_FILES_LIMIT": "2",
        }
        self._running: dict[str, Process] = {}
        source = Path(__file__).with_name("shop.py")
        (folder / "shop.py").write_text(source.read_text())
        os.mkfifo(folder / "hold")
        self._words = os.open(folder / "hold", os.O_RDWR)  # so that neither side waits for the other

    def start(self) -> None:
        """Starts everything. The worker comes last: what is sent before is known in the order in which it was sent."""
        redis = self.run("redis", ["phloem", "redis", "--port", str(self.redis_port), "--dir", str(self.folder)])
        mailbox = self.run("mailbox", ["phloem", "mailbox"])
        redis.wait_for(self._redis_answers)
        seed = self.run("seed", ["python", "-c", "import shop; shop.seed()"])
        web = self.run("web", ["phloem", "serve", "--app", "shop:app"])
        closed = self.run(
            "closed",
            ["celery", "-A", "shop", "phloem", "--port", str(self.closed_port)],
            {
                "PHLOEM_PASSWORD": self.PASSWORD,
                "PHLOEM_ORIGINS": self.ORIGIN,
                "PHLOEM_SECRET_KEY": "0123456789abcdef",
                "SMTP_URL": "smtp://mail.example",
            },
        )
        assert seed.status() == 0, seed.said
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
        self.run("worker", ["celery", "-A", "shop", "worker", "-n", self.WORKER, "-c", "2", *quiet])
        web.wait_for(lambda: self.ready(self.port))
        closed.wait_for(lambda: self.ready(self.closed_port))
        mailbox.wait_for(lambda: "The mailbox listens" in mailbox.out)

    def run(self, name: str, command: list[str], more: Mapping[str, str] | None = None) -> Process:
        """Starts one of the commands beside this interpreter."""
        environment = {**self._environment, **(more or {})}
        process = self._running[name] = Process(name, command, self.folder, environment)
        return process

    def kill(self, name: str) -> None:
        """Ends one of them at once."""
        self._running.pop(name).kill()

    def tell(self, words: str) -> None:
        """Tells the task that holds what to do."""
        os.write(self._words, f"{words}\n".encode())

    def close(self) -> None:
        """Ends everything at once, Redis last; nothing of it is needed again."""
        for process in reversed(self._running.values()):
            process.kill()
        os.close(self._words)

    def places(self) -> dict[str, str]:
        """Where all of it is in this run, with a name for each place."""
        return {
            str(self.folder.resolve()): "<folder>",
            str(self.folder): "<folder>",
            **{f"127.0.0.1:{port}": "<here>" for port in (self.port, self.closed_port)},
            f"localhost:{self.port}": "<localhost>",
            f"127.0.0.1:{self.mail_port}": "<mail server>",
            f"127.0.0.1:{self.redis_port}": "<redis>",
        }

    def logs(self) -> str:
        """What everything said, for who has to find out what went wrong."""
        return "\n".join(f"----- {name} -----\n{process.said[-3000:]}" for name, process in self._running.items())

    def ready(self, port: int) -> bool:
        """Whether a web process sees the record."""
        try:
            return ask(port, "GET", "/readyz").status == 200
        except OSError:
            return False

    def _redis_answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.redis_port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
