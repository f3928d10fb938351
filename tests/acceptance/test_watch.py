"""`phloem watch` beside real processes: piped, on a terminal, and when there is nothing to be watched."""

from __future__ import annotations

import fcntl
import os
import pty
import queue
import shlex
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from phloem_server.commands.watch import wire
from phloem_server.commands.watch.client import Client
from tests.api import Api
from tests.child import Child
from tests.processes import PHLOEM, START_SECONDS, Stack, free_port, procfile, refusal
from tests.waiting import wait_until

PASSWORD = "three wörds or 世界"


@pytest.fixture
def api(stack: Stack) -> Api:
    for name in ("redis", "worker", "web"):
        stack.ensure(name)
    return Api(stack.url)


class Watching:
    """One `phloem watch` whose two outputs go to files, as when piped."""

    def __init__(self, stack: Stack, folder: Path, *arguments: str) -> None:
        self._errors = folder / "errors"
        command = shlex.join([*PHLOEM, "watch", *arguments])
        self.child = Child(f"exec {command} 2>{shlex.quote(str(self._errors))}", folder / "output", stack.environment)

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.kill()

    @property
    def lines(self) -> list[str]:
        return self.child.log().splitlines()

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def states(self, task_id: str) -> list[str]:
        return [line.split()[2] for line in self.lines if task_id in line]

    def ended(self) -> int:
        wait_until(lambda: self.child.status is not None, 60, lambda: f"it ends:\n{self.child.log()}{self.errors}")
        assert self.child.status is not None
        return self.child.status


def assert_plain(text: str) -> None:
    assert [c for c in text if not c.isprintable() and c != "\n"] == []


def test_a_piped_list_tells_each_change_of_state(stack: Stack, api: Api, tmp_path: Path) -> None:
    before = api.submit("countdown", duration=0)
    api.ended(before)
    with Watching(stack, tmp_path, "--name", "phloem.jobs.count*", "-q", "countdown") as watching:
        wait_until(lambda: watching.states(before) == ["SUCCESS"], 40, "what was there is told first")
        task_id = api.submit("countdown", duration=1)
        wait_until(lambda: watching.states(task_id)[-1:] == ["SUCCESS"], 60, lambda: watching.child.log())
        states = watching.states(task_id)
        assert "PROGRESS" in states
        assert len(states) == len(set(states))
        watching.child.signal(signal.SIGINT)
        assert watching.ended() == 130
        assert watching.errors == ""
    assert_plain(watching.child.log())


def test_a_list_can_be_narrowed_to_states(stack: Stack, api: Api, tmp_path: Path) -> None:
    task_id = api.submit("countdown", duration=1)
    with Watching(stack, tmp_path, "--state", "success", "--state", "FAILURE", "--limit", "5") as watching:
        wait_until(lambda: watching.states(task_id) == ["SUCCESS"], 60, lambda: watching.child.log())


def test_a_piped_task_tells_its_log_and_its_result(stack: Stack, api: Api, tmp_path: Path) -> None:
    task_id = api.submit("countdown", duration=1)
    with Watching(stack, tmp_path, task_id) as watching:
        assert watching.ended() == 0
        assert watching.errors == ""
    words = [line.split()[2] for line in watching.lines[:-1]]
    assert [word for word in words if word.isupper()] == api.states(task_id)
    assert any("1 s have passed" in line for line in watching.lines if " info " in line)
    assert watching.lines[-1] == 'Result: "1 s have passed"'
    assert_plain(watching.child.log())


def test_a_task_that_failed_ends_with_status_1_and_says_why(stack: Stack, api: Api, tmp_path: Path) -> None:
    upload = api.post("/uploads", files={"file": ("a.png", b"not a picture", "image/png")}).json()
    task_id = api.submit("resize_image", upload=upload["id"])
    with Watching(stack, tmp_path, task_id) as watching:
        assert watching.ended() == 1
    assert any(line.startswith("Error: ") for line in watching.lines)
    assert api.ended(task_id)["error"]["type"] in watching.child.log()


def test_the_web_process_killed_in_the_middle(stack: Stack, api: Api, tmp_path: Path) -> None:
    task_id = api.submit("countdown", duration=3)
    (tmp_path / "one").mkdir()
    with Watching(stack, tmp_path, "-q", task_id) as all_tasks, Watching(stack, tmp_path / "one", task_id) as one:
        wait_until(lambda: "PROGRESS" in all_tasks.states(task_id) and one.lines, 40, "the job moves")
        stack.kill("web")
        wait_until(lambda: "no connection, reconnecting" in all_tasks.errors, 40, "it says so")
        stack.start("web")
        wait_until(lambda: "live again" in all_tasks.errors, 40, "it says so")
        assert one.ended() == 0
        wait_until(lambda: all_tasks.states(task_id)[-1] == "SUCCESS", 40, "the list tells the end")
    states = all_tasks.states(task_id)
    assert len(states) == len(set(states))
    assert [w for w in (line.split()[2] for line in one.lines[:-1]) if w.isupper()] == api.states(task_id)
    # A server that starts may say that it waits for Redis; that is not what this is about.
    said = [line for line in one.errors.splitlines() if "waits for Redis" not in line]
    assert said == ["phloem: no connection, reconnecting", "phloem: live again"]


# --- on a terminal -----------------------------------------------------------------------------


class Terminal:
    """A terminal of 110 x 30 with `phloem watch` on it; `out` is all that came."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.process, self._master = process, master
        self._out = b""
        self.modes = termios.tcgetattr(master)

    @property
    def out(self) -> str:
        with suppress(BlockingIOError, OSError):  # nothing more at this moment; the other end is closed
            while data := os.read(self._master, 65536):
                self._out += data
        return self._out.decode()

    def ended(self) -> int:
        # What it draws must be read, or it waits for that.
        wait_until(lambda: (self.out, self.process.poll())[1] is not None, 60, lambda: f"it ends:\n{self.out}")
        return self.process.returncode

    def assert_clean(self) -> None:
        assert self.out.rindex("\x1b[?25h") > self.out.rindex("\x1b[?25l")  # the cursor is there
        assert self.out.count("\x1b[?1049h") == self.out.count("\x1b[?1049l")  # what was on it before, too
        assert "Traceback" not in self.out
        assert "Aborted" not in self.out
        assert termios.tcgetattr(self._master) == self.modes


@contextmanager
def terminal(stack: Stack, *arguments: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 110, 0, 0))
    os.set_blocking(master, False)
    environment = {**stack.environment, "TERM": "xterm-256color"}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environment.pop(name, None)
    command = [*PHLOEM, "watch", *arguments]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as process:
        try:
            yield Terminal(master, process)
        finally:
            process.kill()
            os.close(slave)
            os.close(master)


def test_ctrl_c_leaves_the_terminal_as_it_was(stack: Stack, api: Api) -> None:
    for only_one in (False, True):
        task_id = api.submit("countdown", duration=6)  # longer than it takes to be seen
        with terminal(stack, *([task_id] if only_one else [])) as shown:
            wait_until(lambda: "phloem.jobs.count" in shown.out, 40, lambda: shown.out)
            assert "live" in shown.out
            shown.process.send_signal(signal.SIGINT)
            assert shown.ended() == 130
            shown.assert_clean()


def test_sigterm_leaves_the_terminal_as_it_was(stack: Stack, api: Api) -> None:
    with terminal(stack) as shown:
        wait_until(lambda: "live" in shown.out, 40, lambda: shown.out)
        shown.process.send_signal(signal.SIGTERM)
        assert shown.ended() == 143
        shown.assert_clean()


def test_a_task_on_a_terminal_leaves_its_log_and_its_result(stack: Stack, api: Api) -> None:
    task_id = api.submit("countdown", duration=1)
    with terminal(stack, task_id) as shown:
        assert shown.ended() == 0
        assert "━" in shown.out
        assert "1 s have passed" in shown.out
        assert 'Result: "1 s have passed"' in shown.out
        shown.assert_clean()


# --- what cannot be watched --------------------------------------------------------------------


def watch(*arguments: str) -> str:
    return shlex.join([*PHLOEM, "watch", *arguments])


def test_a_server_that_is_not_there_is_named() -> None:
    port = free_port()
    line = refusal(watch(), {**os.environ, "PORT": str(port)})
    assert line == f"phloem: nobody answers at http://127.0.0.1:{port} (Connection refused)\n"


def test_what_is_no_address_is_refused_without_its_password() -> None:
    line = refusal(watch("--url", "ftp://user:secret@x"), {**os.environ, "PORT": str(free_port())})
    assert "--url" in line
    assert "secret" not in line


def test_what_the_server_refuses_is_said_in_its_words(stack: Stack, api: Api) -> None:
    line = refusal(watch("--url", stack.url, "--state", "done"), {**stack.environment, "PORT": str(free_port())})
    assert "state is 'DONE'; expected one of PENDING" in line


@pytest.fixture(scope="module")
def closed(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one more web process, which asks for PASSWORD."""
    stack.ensure("redis")
    port = free_port()
    environment = {**stack.environment, "PORT": str(port), "PHLOEM_PASSWORD": PASSWORD}
    child = Child(procfile()["web"], tmp_path_factory.mktemp("closed") / "web.log", environment)
    url = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{url}/readyz", timeout=5).ok
        return False

    try:
        wait_until(ready, START_SECONDS, child.log)
        yield url
    finally:
        child.stop()


@pytest.mark.parametrize("given", ["", "wrong", "wörld"])
def test_a_password_that_is_wrong_or_missing_is_said_in_one_line(stack: Stack, closed: str, given: str) -> None:
    environment = {**stack.environment, "PORT": str(free_port()), "PHLOEM_PASSWORD": given}
    line = refusal(watch("--url", closed), environment)
    assert "PHLOEM_PASSWORD" in line
    assert closed in line
    assert ("is not set" in line) == (given == "")


def test_the_right_password_opens_the_view(stack: Stack, api: Api, closed: str, tmp_path: Path) -> None:
    task_id = api.submit("countdown", duration=0)
    stack.environment["PHLOEM_PASSWORD"] = PASSWORD
    try:
        with Watching(stack, tmp_path, "--url", closed, task_id) as watching:
            assert watching.ended() == 0
    finally:
        del stack.environment["PHLOEM_PASSWORD"]


def test_polling_is_taken_where_websocket_is_not_let_through(
    api: Api, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    transports: list[str] = []

    class Between(wire.SocketClient):
        """A proxy that lets no WebSocket through."""

        def connect(self, url: str, **options: Any) -> None:
            transports.extend(options["transports"])
            super().connect(url if options["transports"] == ["polling"] else "http://127.0.0.1:9", **options)

    monkeypatch.setattr(wire, "SocketClient", Between)
    calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    polling = wire.SocketWire(closed, PASSWORD, calls.put)
    client = Client({"view": {}}, polling)
    task_id = api.submit("countdown", duration=0)

    def seen() -> bool:
        while not calls.empty():
            calls.get()()
        client.tick()
        task = client.store.task(task_id)
        return task is not None and task.state.ended

    polling.open(client)
    try:
        wait_until(seen, 60, lambda: f"the end is seen: {client.link}, {client.refusal}")
    finally:
        polling.close()
    assert transports == ["websocket", "polling"]
