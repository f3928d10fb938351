"""Listening, serving and stopping, in each asynchronous mode; and the `phloem` command around it.

What replaces parts of the standard library is tried in processes of its own.
"""

from __future__ import annotations

import http.client
import importlib.util
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from werkzeug.exceptions import ClientDisconnected

from phloem.record.record import ChannelError, Refused
from phloem.settings import REDIS_URL
from phloem_server import __main__ as command
from phloem_server import __version__
from phloem_server.transport import serve as serving
from phloem_server.transport.serve import MODES, CannotListen, bind

DEADLINE = 20.0
"""Seconds after which something that should happen counts as not happening."""

installed = [
    pytest.param(
        mode,
        marks=pytest.mark.skipif(
            mode != "threading" and importlib.util.find_spec(mode) is None, reason=f"{mode} is not installed"
        ),
    )
    for mode in MODES
]

SERVER = """
    import sys

    from phloem_server.transport import serve as serving

    serving.prepare("MODE")

    import logging
    import socket
    import time

    logging.basicConfig()

    def app(environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/bug":
            raise RuntimeError("secret internals")
        if path == "/slow":
            time.sleep(60)
        body = environ["wsgi.input"].read() if path == "/echo" else b"hello"
        if path == "/ends":
            body = repr(environ.get("wsgi.input_terminated")).encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    sock = serving.bind("127.0.0.1", 0)
    port = sock.getsockname()[1]

    def asked():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError as error:
            return type(error).__name__
        return "let in"

    serving.serve(
        sock,
        app,
        "MODE",
        on_start=lambda: print(port, flush=True),
        on_stop=lambda: print("stopping", asked(), flush=True),
    )
    print("stopped", flush=True)
"""


class Server:
    """A process that serves, and its port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = int(process.stdout.readline())

    def ask(self, method: str, path: str, **kwargs: object) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request(method, path, **kwargs)  # type: ignore[arg-type]
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def connect(self, data: bytes) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)
        sock.sendall(data)
        return sock

    def stop(self, number: int = signal.SIGTERM) -> tuple[str, str, float]:
        """What it printed on its way out, and how long that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=DEADLINE)
        return out, err, time.monotonic() - began


@contextmanager
def python(code: str, *options: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *options, "-c", textwrap.dedent(code)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(params=installed)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    # When a client resets its connection, eventlet leaves the closing of its files to the collector.
    options = ("-W", "error", "-W", "ignore::ResourceWarning")
    with python(SERVER.replace("MODE", request.param), *options, cwd=tmp_path) as process:
        yield Server(process)


def test_it_serves_in_each_mode(server: Server) -> None:
    assert server.ask("GET", "/") == (200, b"hello")


def test_a_body_that_comes_in_chunks_is_whole(server: Server) -> None:
    parts = [b"one ", b"two ", b"three"]

    def send(path: str) -> tuple[int, bytes]:
        headers = {"Transfer-Encoding": "chunked"}
        return server.ask("POST", path, body=iter(parts), encode_chunked=True, headers=headers)

    assert send("/echo") == (200, b"".join(parts))
    # Werkzeug takes such a body for empty unless it is told that the server knows its end.
    assert send("/ends") == (200, b"True")


def test_an_error_of_the_application_shows_nothing_of_itself(server: Server) -> None:
    status, body = server.ask("GET", "/bug")
    assert status == 500
    assert b"secret" not in body
    assert b"Traceback" not in body


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0_within_two_seconds(server: Server, number: int) -> None:
    idle = server.connect(b"")
    held = server.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    assert server.ask("GET", "/")[0] == 200
    out, _, took = server.stop(number)
    idle.close()
    held.close()
    assert server.process.returncode == 0
    assert out.splitlines()[:1] == ["stopping ConnectionRefusedError"], "nobody new is let in"
    assert took < serving.PATIENCE + 2  # the machine may be busy


def test_an_idle_server_comes_to_its_own_end(server: Server) -> None:
    out, _, _ = server.stop()
    assert out.splitlines() == ["stopping ConnectionRefusedError", "stopped"]


def test_clients_that_misbehave_leave_no_trace(server: Server) -> None:
    for data in (
        b"GET / HT",
        b"GET /slow HTTP/1.1\r\nHo",
        b"\x00\xff\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    ):
        sock = server.connect(data)
        # Ends with a reset instead of a farewell.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    assert server.ask("GET", "/") == (200, b"hello")
    _, err, _ = server.stop()
    assert "Traceback" not in err
    assert err == ""


IMPATIENT = (
    SERVER.replace("MODE", "eventlet")
    .replace(
        "    logging.basicConfig()",
        """
    import threading

    logging.basicConfig()
    serving._KEEPALIVE = 0.5

    def echo(stream):
        stream.sendall(stream.recv(100))
        stream.close()
    """,
    )
    .replace(
        '        if path == "/slow":',
        """
        if path == "/socket":
            threading.Thread(target=echo, args=(environ[serving.DETACH](),)).start()
            return []
        if path == "/slow":
    """,
    )
)


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Server]:
    """One with eventlet that waits half a second for requests to go on."""
    with python(IMPATIENT, cwd=tmp_path) as process:
        yield Server(process)


HALF_REQUESTS = [
    b"",
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHo",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
]


@pytest.mark.parametrize("half", HALF_REQUESTS)
def test_half_a_request_holds_no_connection_for_good_and_what_left_its_request_stays(
    impatient: Server, half: bytes
) -> None:
    detached = impatient.connect(b"GET /socket HTTP/1.1\r\nHost: x\r\n\r\n")
    assert impatient.ask("GET", "/")[0] == 200
    with impatient.connect(half) as sock:
        while sock.recv(1000):
            pass
    with detached:
        detached.sendall(b"hello")
        assert detached.recv(100) == b"hello"


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError()])
def test_who_stops_in_the_middle_of_a_body_is_to_blame(error: OSError) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise error

    with pytest.raises(ClientDisconnected):
        serving._Body(Broken()).read(10)
    assert serving._Body(io.BytesIO(b"whole")).read() == b"whole"
    assert serving._Body(io.BytesIO(b"a line\nand more")).readline() == b"a line\n"


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\n"])
def test_a_request_that_comes_drop_by_drop_ends_as_well(impatient: Server, begun: bytes) -> None:
    sock = impatient.connect(begun)
    sock.settimeout(0.1)
    deadline = time.monotonic() + DEADLINE
    with sock:
        while time.monotonic() < deadline:
            try:
                sock.sendall(b"x")
                if not sock.recv(1000):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("the connection is held")


# --- what is imported when ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", installed)
def test_a_mode_is_prepared_before_anything_that_it_changes_is_imported(mode: str, tmp_path: Path) -> None:
    code = f"""
        import sys

        import phloem_server.__main__
        from phloem_server.transport import serve as serving

        late = ("flask", "werkzeug", "redis", "celery", "kombu", "socketio", "engineio", "phloem.settings", "msgspec")
        print(sorted(set(sys.modules) & {{*late, "eventlet", "gevent"}}))
        serving.prepare({mode!r})
        print(sorted(set(sys.modules) & {{*late, "eventlet", "gevent"}} - {{"redis"}}))
        import socket
        print(socket.socket.__module__)
    """
    with python(code, "-W", "error", cwd=tmp_path) as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert err == ""
    before, after, module = out.splitlines()
    assert before == "[]"
    assert after == ("[]" if mode == "threading" else f"['{mode}']")
    assert module.partition(".")[0] == {"threading": "socket", "eventlet": "eventlet", "gevent": "gevent"}[mode]


def test_serve_prepares_the_mode_first_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(serving, "prepare", lambda mode: order.append(f"prepare {mode}"))
    monkeypatch.setattr(command, "_serve", lambda app: order.append(f"serve {app}"))
    monkeypatch.setattr(os, "environ", {})
    result = CliRunner().invoke(command.main, ["serve", "--async-mode", "threading", "--app", "shop:app"])
    assert result.exit_code == 0
    assert order == ["prepare threading", "serve shop:app"]


def test_options_become_variables_so_that_the_app_sees_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    environ: dict[str, str] = {"PORT": "1"}
    monkeypatch.setattr(os, "environ", environ)
    monkeypatch.setattr(serving, "prepare", lambda mode: None)
    monkeypatch.setattr(command, "_serve", lambda app: None)
    CliRunner().invoke(command.main, ["serve", "--port", "9", "--redis", "redis://r"])
    assert environ == {"PORT": "9", "REDIS_URL": "redis://r"}


# --- listening ---------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with bind("127.0.0.1", 0) as first:
        with pytest.raises(CannotListen, match="another program listens there already") as refusal:
            bind("127.0.0.1", first.getsockname()[1])
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_an_address_of_another_machine_is_told_in_one_line(host: str) -> None:
    with pytest.raises(CannotListen, match="no address of this machine"):
        bind(host, 0)


def test_localhost_is_where_people_look_for_it() -> None:
    with bind("localhost", 0) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"


def test_an_address_of_the_newer_kind_can_be_listened_on() -> None:
    try:
        sock = bind("::1", 0)
    except CannotListen:
        pytest.skip("this machine has no IPv6")
    with sock:
        assert sock.getsockname()[0] == "::1"


def test_an_error_of_accept_passes_and_a_closed_socket_ends_it() -> None:
    class Flaky:
        def __init__(self) -> None:
            self.errors = [OSError(24, "Too many open files"), OSError(103, "Aborted"), None, OSError(9, "Closed")]

        def accept(self) -> str:
            error = self.errors.pop(0)
            if error is not None:
                raise error
            return "somebody"

    pauses: list[float] = []
    listener = serving._Listener(Flaky(), pauses.append)  # type: ignore[arg-type]
    assert listener.accept() == "somebody"
    assert len(pauses) == 2
    with pytest.raises(OSError, match="Closed"):
        listener.accept()


# --- the command -------------------------------------------------------------------------------


def run(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "-m", "phloem_server", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def test_a_taken_port_ends_the_command_with_one_line_and_status_2(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as taken:
        result = run("serve", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("phloem: cannot listen at 127.0.0.1:")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"PORT": "many"}, "PORT"),
        ({"HOST": "0.0.0.0"}, "PHLOEM_PASSWORD"),
        ({"REDIS_URL": "nonsense"}, "REDIS_URL"),
        ({"PHLOEM_ASYNC_MODE": "asyncio"}, "PHLOEM_ASYNC_MODE"),
        ({"PHLOEM_ORIGINS": "*"}, "PHLOEM_ORIGINS"),
    ],
)
def test_a_senseless_variable_ends_the_command_with_one_line_and_status_2(
    tmp_path: Path, variables: dict[str, str], named: str
) -> None:
    result = run("serve", cwd=tmp_path, **variables)
    assert result.returncode == 2
    assert result.stderr.startswith("phloem: ")
    assert named in result.stderr
    assert result.stderr.count("\n") == 1


class Away:
    """A Redis that answers once `answers` seconds have passed."""

    def __init__(self, answers: float, error: ChannelError, address: str = "redis://***@r:1/0") -> None:
        self.address = address
        self.now = 0.0
        self.checks = 0
        self._answers = answers
        self._error = error

    def check(self) -> str | None:
        self.checks += 1
        if self.now < self._answers:
            raise self._error
        return "a warning"

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def wait_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[Away], str | None]:
    def wait(channel: Away) -> str | None:
        monkeypatch.setattr(time, "sleep", channel.sleep)
        return command._wait_for(channel, lambda: channel.now)  # type: ignore[arg-type]

    return wait


def test_a_redis_that_starts_at_the_same_time_is_waited_for(
    wait_for: Callable[[Away], str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert wait_for(Away(0.5, ChannelError("away"))) == "a warning"
    assert capsys.readouterr() == ("", "")
    assert wait_for(Away(3, ChannelError("away"))) == "a warning"
    assert capsys.readouterr() == ("phloem: waiting for Redis at redis://***@r:1/0 …\n", "")
    assert wait_for(Away(3, ChannelError("away"), REDIS_URL)) == "a warning"
    assert "(`phloem redis` starts one there)" in capsys.readouterr().out


def test_a_redis_that_stays_away_is_given_up_after_five_seconds(wait_for: Callable[[Away], str | None]) -> None:
    redis = Away(100, ChannelError("Redis does not answer"))
    with pytest.raises(ChannelError, match="does not answer"):
        wait_for(redis)
    assert 5 <= redis.now < 6


def test_a_redis_that_can_never_serve_is_not_waited_for(wait_for: Callable[[Away], str | None]) -> None:
    redis = Away(100, Refused("Redis is version 6"))
    with pytest.raises(Refused):
        wait_for(redis)
    assert redis.checks == 1


def test_as_a_celery_command_it_starts_anew_with_the_same_app(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: became.append([path, *arguments]))

    @click.group()
    @click.option("-A", "--app")
    def celery(app: str) -> None:
        pass

    celery.add_command(command.celery_command)
    result = CliRunner().invoke(celery, ["-A", "shop", "phloem", "--port", "9", "--host", "::1"])
    assert result.exit_code == 0
    start = [sys.executable, sys.executable, "-m", "phloem_server", "serve"]
    assert became == [[*start, "--app", "shop", "--host", "::1", "--port", "9"]]


def test_celery_finds_the_command_under_the_name_that_users_type() -> None:
    assert command.celery_command.name == "phloem"


def test_the_version_can_be_asked_for() -> None:
    assert CliRunner().invoke(command.main, ["--version"]).output == f"phloem {__version__}\n"
