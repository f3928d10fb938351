"""The `phloem` command around the server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from phloem_server import __main__ as command
from phloem_server import __version__
from phloem_server.app import serve
from phloem_server.transport.listen import bind
from phloem_server.transport.modes import choice

DEADLINE = 20.0
"""Seconds after which something that should happen counts as not happening."""


def test_serve_prepares_the_mode_first_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(choice, "prepare", lambda mode: order.append(f"prepare {mode}"))
    monkeypatch.setattr(serve, "serve", lambda app: order.append(f"serve {app}"))
    monkeypatch.setattr(os, "environ", {})
    result = CliRunner().invoke(command.main, ["serve", "--async-mode", "threading", "--app", "shop:app"])
    assert result.exit_code == 0
    assert order == ["prepare threading", "serve shop:app"]


def test_options_become_variables_so_that_the_app_sees_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    environ: dict[str, str] = {"PORT": "1"}
    monkeypatch.setattr(os, "environ", environ)
    monkeypatch.setattr(choice, "prepare", lambda mode: None)
    monkeypatch.setattr(serve, "serve", lambda app: None)
    CliRunner().invoke(command.main, ["serve", "--port", "9", "--redis", "redis://r"])
    assert environ == {"PORT": "9", "PHLOEM_REDIS_URL": "redis://r", "REDIS_URL": "redis://r"}


def run(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "EVENTLET_NO_GREENDNS")
    }
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


@pytest.fixture
def celery(monkeypatch: pytest.MonkeyPatch) -> click.Group:
    """Celery's command with ours below it, in an environment that is empty."""
    monkeypatch.setattr(os, "environ", {})

    @click.group()
    @click.option("-A", "--app")
    def celery(app: str) -> None:
        pass

    celery.add_command(command.celery_command)
    return celery


def test_as_a_celery_command_it_starts_anew_with_the_same_app(
    celery: click.Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: became.append([path, *arguments]))
    assert CliRunner().invoke(celery, ["-A", "shop", "phloem", "--redis", "redis://:secret@r"]).exit_code == 0
    assert became == [[sys.executable, sys.executable, "-m", "phloem_server", "serve", "--app", "shop"]]
    assert os.environ["PHLOEM_REDIS_URL"] == "redis://:secret@r"


def test_as_a_celery_command_it_has_the_options_of_serve_which_mean_the_same(
    celery: click.Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execv", lambda path, arguments: None)
    monkeypatch.setattr(choice, "prepare", lambda mode: None)
    monkeypatch.setattr(serve, "serve", lambda app: None)
    options = [each for each in command.main.commands["serve"].params if each.name != "app"]
    ours = command.celery_command.params
    assert [each.to_info_dict() for each in ours] == [each.to_info_dict() for each in options]
    assert "--broker" in {flag for each in ours for flag in each.opts}
    for option in options:
        given = option.opts if isinstance(option, click.Option) and option.is_flag else [*option.opts, "redis://r"]
        set_by = []
        for group, words in ((command.main, ["serve"]), (celery, ["-A", "shop", "phloem"])):
            os.environ.clear()
            assert CliRunner().invoke(group, [*words, *given]).exit_code == 0
            set_by.append(dict(os.environ))
        assert set_by[0] == set_by[1] != {}


def test_celery_finds_the_command_under_the_name_that_users_type() -> None:
    assert command.celery_command.name == "phloem"


def test_the_version_can_be_asked_for() -> None:
    assert CliRunner().invoke(command.main, ["--version"]).output == f"phloem {__version__}\n"
