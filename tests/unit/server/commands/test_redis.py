"""The embedded Redis, for real: what it stores, who ends it, what it refuses."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from phloem.record.record import ChannelError
from phloem.record.redis_errors import translated
from phloem.settings.embedded_redis import password_file, with_password
from tests.processes import PHLOEM, Redis, free_port
from tests.waiting import wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    running = Redis(tmp_path, by_command=True).start()
    yield running
    running.stop()


@pytest.fixture
def client(server: Redis) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port, decode_responses=True) as connected:
        yield connected


def run(port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(port, folder), capture_output=True, text=True, timeout=60, check=False)


def command(port: int, folder: Path) -> list[str]:
    return [*PHLOEM, "redis", "--port", str(port), "--dir", str(folder)]


def written(client: redis.Redis) -> None:
    """Waits until the disk has it: a crash may take what was answered in the last two seconds (everysec)."""
    assert client.waitaof(1, 0, 10_000)[0] == 1


def test_it_listens_on_loopback_addresses_only(client: redis.Redis) -> None:
    settings = client.config_get("bind", "protected-mode")
    assert settings == {"bind": "127.0.0.1 -::1", "protected-mode": "yes"}


def test_a_full_server_refuses_writes_and_drops_nothing(client: redis.Redis) -> None:
    client.set("kept", "1")
    client.config_set("maxmemory", "1mb")
    filler = {f"filler:{number}": "x" * 10_000 for number in range(1000)}
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        client.mset(filler)
    assert client.get("kept") == "1"


def test_it_can_load_function_libraries(client: redis.Redis) -> None:
    client.function_load("#!lua name=t\nserver.register_function('t', function() return 7 end)")
    assert client.fcall("t", 0) == 7


@pytest.mark.parametrize("end", ["restart", "crash"])
def test_what_was_stored_is_there_after_a(end: str, server: Redis, client: redis.Redis) -> None:
    client.set("kept", "1")
    if end == "crash":
        written(client)
        server.sigkill()
        server.start()
    else:
        server.restart()
    assert client.get("kept") == "1"


def test_a_log_that_a_crash_cut_short_is_loaded_up_to_the_cut(
    server: Redis, client: redis.Redis, tmp_path: Path
) -> None:
    client.set("whole", "1")
    client.set("cut", "x" * 100)
    written(client)
    server.sigkill()
    (log,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 20)
    server.start()
    assert client.mget("whole", "cut") == ["1", None]


def test_sigterm_ends_it_with_status_0(server: Redis) -> None:
    child = server._child
    assert child is not None
    child.signal(signal.SIGTERM)
    wait_until(lambda: child.status is not None, what="it ends")
    assert child.status == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a parent that ended")
def test_it_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    server = Redis(tmp_path, by_command=True)
    start = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    parent = subprocess.Popen([sys.executable, "-c", start, *command(server.port, tmp_path)])
    with parent:
        wait_until(server.answers, 60, "Redis answers")
        parent.kill()
        wait_until(lambda: not server.answers(), 40, "Redis has ended")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Redis]:
    """A server that was started where PHLOEM_PASSWORD is set."""
    running = Redis(tmp_path, password="open sesame").start()
    yield running
    running.stop()


def test_without_a_password_it_says_at_its_start_who_can_reach_it(server: Redis) -> None:
    assert "It has no password, so every user and program of this machine can reach it." in server.log


def test_once_the_page_has_a_password_so_has_it_and_only_its_owner_finds_that(closed: Redis) -> None:
    with redis.Redis(port=closed.port) as stranger, pytest.raises(redis.exceptions.AuthenticationError):
        stranger.ping()
    file = password_file(closed.folder, closed.port)
    assert str(file) in closed.log
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    environ = {"PHLOEM_DATA_DIR": str(closed.folder)}
    with redis.Redis.from_url(with_password(closed.url, environ)) as owner:
        assert owner.ping()
    refused = pytest.raises(ChannelError, match="that of `phloem redis` is kept in its data folder")
    with redis.Redis.from_url(closed.url) as stranger, refused, translated(closed.url):
        stranger.ping()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists processes as files")
def test_its_password_is_in_no_list_of_processes_and_in_no_log(closed: Redis) -> None:
    secret = password_file(closed.folder, closed.port).read_text()
    lists = [path.read_text(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert [line for line in lists if secret in line] == []
    assert secret not in closed.log


def test_it_asks_for_its_password_after_a_restart_without_the_variable_as_well(closed: Redis, tmp_path: Path) -> None:
    closed.stop()
    again = Redis(tmp_path, closed.port, by_command=True).start()
    try:
        with redis.Redis(port=closed.port) as stranger, pytest.raises(redis.exceptions.AuthenticationError):
            stranger.ping()
    finally:
        again.stop()


def test_its_data_can_be_read_by_its_owner_alone(server: Redis, client: redis.Redis) -> None:
    client.set("kept", "1")
    written(client)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (server.folder / "redis").rglob("*") if path.is_file()}
    folders = {
        stat.S_IMODE(path.stat().st_mode) for path in [server.folder, *server.folder.rglob("*")] if path.is_dir()
    }
    assert (modes, folders) == ({0o600}, {0o700})


def test_a_taken_port_is_refused_with_one_line_and_status_2(server: Redis, tmp_path: Path) -> None:
    result = run(server.port, tmp_path / "other")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert f"127.0.0.1:{server.port}" in result.stderr
    assert f"phloem redis --port {server.port + 1}" in result.stderr
    assert f"REDIS_URL=redis://127.0.0.1:{server.port + 1}/0" in result.stderr


def test_a_folder_that_cannot_be_written_is_refused_with_one_line_and_status_2(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    result = run(free_port(), tmp_path / "file")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert str(tmp_path / "file") in result.stderr
    assert "PHLOEM_DATA_DIR" in result.stderr


def test_a_folder_that_another_redis_uses_is_refused_with_one_line_and_status_2(server: Redis, tmp_path: Path) -> None:
    result = run(free_port(), tmp_path)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "Another Redis" in result.stderr
