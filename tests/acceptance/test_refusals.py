"""What cannot work is refused at the start: one line that a person understands, exit status 2, and no answer to anyone.

Each process is started with its line of the Procfile.
"""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.old_redis import old_redis
from tests.processes import PHLOEM, free_port, procfile, refusal, settings


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> dict[str, str]:
    """Settings that are all in order."""
    return settings(free_port(), redis_url, tmp_path / "data")


def assert_names(line: str, *words: str) -> None:
    assert [word for word in words if word not in line] == []


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PORT", "eighty", ("'eighty'", "whole number", "65535")),
        ("REDIS_URL", "nonsense", ("'nonsense'", "redis://127.0.0.1")),
        ("REDIS_URL", "http://127.0.0.1:6379", ("http://127.0.0.1:6379", "redis://")),
        ("PHLOEM_ASYNC_MODE", "sideways", ("'sideways'", "eventlet", "threading", "gevent")),
        ("PHLOEM_CONNECTIONS", "plenty", ("'plenty'", "whole number", "1000000")),
    ],
)
def test_a_senseless_setting_is_named_with_what_it_held_and_may_hold(
    environment: dict[str, str], variable: str, value: str, words: tuple[str, ...]
) -> None:
    assert_names(refusal(procfile()["web"], {**environment, variable: value}), variable, *words)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_open_address_without_a_password_is_refused_and_the_line_says_how(
    environment: dict[str, str], host: str
) -> None:
    assert_names(refusal(procfile()["web"], {**environment, "HOST": host}), "HOST", f"'{host}'", "PHLOEM_PASSWORD")


def test_a_port_that_is_taken_is_named_even_if_whoever_has_it_would_share(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"])), reuse_port=True):
        line = refusal(procfile()["web"], environment)
    assert_names(line, f"127.0.0.1:{environment['PORT']}", "another program listens there already")


def test_a_redis_that_is_not_there_is_waited_for_and_then_named_without_its_password(
    environment: dict[str, str],
) -> None:
    address = f"127.0.0.1:{free_port()}"
    waiting = f"phloem: waiting for Redis at redis://***@{address}/0 …\n"
    line = refusal(procfile()["web"], {**environment, "REDIS_URL": f"redis://user:secret@{address}/0"}, waiting)
    assert_names(line, address, "does not answer")
    assert "secret" not in line


@pytest.fixture(params=[True, False])
def ancient(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Redis 6, and of one that is older still."""
    with old_redis("6.2.14", greets=request.param) as address:
        yield address


def test_a_redis_older_than_7_is_refused_at_once(environment: dict[str, str], ancient: str) -> None:
    line = refusal(procfile()["web"], {**environment, "REDIS_URL": ancient})
    assert_names(line, ancient, "Phloem needs Redis 7 or newer")


def test_a_record_of_another_format_is_refused_at_once(environment: dict[str, str], redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset("phloem:{test}:meta", "format", "999")
    line = refusal(procfile()["web"], environment)
    assert_names(line, "has format 999", "give all processes the same version", "PHLOEM_NAMESPACE")


@pytest.fixture(params=["below a file", "not writable"])
def no_folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A path in which nothing can be kept."""
    if request.param == "below a file":
        (tmp_path / "file").touch()
        return str(tmp_path / "file" / "data")
    if os.geteuid() == 0:
        return "/proc"  # where not even root can make a file
    (tmp_path / "folder").mkdir(mode=0o555)
    return str(tmp_path / "folder")


@pytest.mark.parametrize("command", [procfile()["web"], f"{shlex.join(PHLOEM)} serve", procfile()["worker"]])
def test_a_data_folder_that_cannot_be_used_is_refused(
    environment: dict[str, str], no_folder: str, command: str
) -> None:
    assert_names(refusal(command, {**environment, "PHLOEM_DATA_DIR": no_folder}), "PHLOEM_DATA_DIR", no_folder[:40])


@pytest.mark.parametrize("process", ["worker", "beat"])
def test_the_other_processes_refuse_what_the_web_process_refuses(environment: dict[str, str], process: str) -> None:
    line = refusal(procfile()[process], {**environment, "REDIS_URL": "nonsense"})
    assert_names(line, "REDIS_URL", "'nonsense'")


def test_an_app_that_is_not_there_is_named(environment: dict[str, str]) -> None:
    line = refusal(f"{shlex.join(PHLOEM)} serve --app no.such:app", environment)
    assert_names(line, "no.such")
