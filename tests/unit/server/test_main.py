"""The `phloem` command around the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from phloem.record.record import ChannelError, ChannelRefused
from phloem.settings import REDIS_URL
from phloem_server import __main__ as command
from phloem_server import __version__
from phloem_server.transport.listen import bind
from phloem_server.transport.modes import choice

DEADLINE = 20.0
"""Seconds after which something that should happen counts as not happening."""


def test_serve_prepares_the_mode_first_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(choice, "prepare", lambda mode: order.append(f"prepare {mode}"))
    monkeypatch.setattr(command, "_serve", lambda app: order.append(f"serve {app}"))
    monkeypatch.setattr(os, "environ", {})
    result = CliRunner().invoke(command.main, ["serve", "--async-mode", "threading", "--app", "shop:app"])
    assert result.exit_code == 0
    assert order == ["prepare threading", "serve shop:app"]


def test_options_become_variables_so_that_the_app_sees_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    environ: dict[str, str] = {"PORT": "1"}
    monkeypatch.setattr(os, "environ", environ)
    monkeypatch.setattr(choice, "prepare", lambda mode: None)
    monkeypatch.setattr(command, "_serve", lambda app: None)
    CliRunner().invoke(command.main, ["serve", "--port", "9", "--redis", "redis://r"])
    assert environ == {"PORT": "9", "REDIS_URL": "redis://r"}


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
    redis = Away(100, ChannelRefused("Redis is version 6"))
    with pytest.raises(ChannelRefused):
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
