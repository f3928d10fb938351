"""`phloem tokens`, with a real Redis."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

import phloem
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem.sharing.share import _keys
from phloem.sharing.token import KEY_NAME, Share, read
from phloem_server.__main__ import main

Run = Callable[..., Result]


@pytest.fixture
def channel(redis_url: str) -> RedisChannel:
    return RedisChannel(Settings(redis_url=redis_url))


@pytest.fixture
def run(redis_url: str) -> Run:
    """Runs `phloem tokens` with arguments."""
    return lambda *arguments: CliRunner().invoke(main, ["tokens", *arguments], env={"PHLOEM_REDIS_URL": redis_url})


def said(channel: RedisChannel, made: Result) -> Share:
    """What the token says that was printed."""
    return read(made.stdout.strip(), channel.keys.get(KEY_NAME), time.time())


def test_a_token_is_printed_once_listed_and_revoked(run: Run, channel: RedisChannel) -> None:
    made = run("create", "--role", "operator", "--name", "ci", "--expires", "90d")
    share = said(channel, made)
    assert (made.exit_code, share.role, share.name) == (0, "operator", "ci")
    assert f"Its id is {share.id}; it ends" in made.stderr
    assert "The token is not shown again." in made.stderr
    listed = run("list").stdout
    assert listed.splitlines()[1].endswith(f"{getpass.getuser()} in a shell")
    assert listed.splitlines()[1].split()[:5] == [share.id, "ci", "all", "tasks", "operator"]
    assert made.stdout.strip() not in listed
    assert run("revoke", str(share.id)).stdout == f"{share.id} is revoked; its connections end within two seconds.\n"
    assert len(run("list").stdout.splitlines()) == 1
    assert channel.tokens.revoked() == {share.id}


def test_one_for_certain_tasks_says_what_may_be_done_with_them(run: Run, channel: RedisChannel) -> None:
    options = ("--root", "4f2a", "--action", "see", "--action", "retry", "--origin", "https://shop.example")
    share = said(channel, run("create", *options))
    assert (share.root, share.actions, share.origin) == ("4f2a", ("see", "retry"), "https://shop.example")
    assert said(channel, run("create", "--task", "4f2a")).actions == ("see",)
    assert said(channel, run("create", "--owner", "acme", "--role", "operator")).actions == ("see", "revoke", "retry")


def test_a_list_of_them_moves_no_cursor_whatever_the_id_of_a_task_holds(run: Run) -> None:
    assert run("create", "--task", "4f\x1b[2J\n2a").exit_code == 0
    listed = run("list").stdout.splitlines()
    assert len(listed) == 2
    assert "task 4f?[2J?2a" in listed[1]


def test_one_that_an_application_made_is_revoked_by_itself(
    run: Run, channel: RedisChannel, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHLOEM_REDIS_URL", redis_url)
    _keys.cache_clear()
    token = phloem.share("4f2a")
    assert run("revoke", token).exit_code == 0
    assert channel.tokens.revoked() == {read(token, channel.keys.get(KEY_NAME), 0.0).id}


def test_all_are_revoked_by_another_key(run: Run, channel: RedisChannel) -> None:
    run("create", "--role", "viewer")
    key = channel.keys.get(KEY_NAME)
    assert run("revoke", "--all").stdout.startswith("All tokens are void")
    assert channel.keys.get(KEY_NAME) != key
    assert len(run("list").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["create"], 2, "It takes --role, or one of --task, --root and --owner."),
        (
            ["create", "--role", "viewer", "--expires", "soon"],
            1,
            "phloem: expires is 'soon'; expected a time up to 366d",
        ),
        (["create", "--role", "root"], 2, "'root' is not one of 'viewer', 'operator', 'admin'"),
        (["revoke", "ci"], 1, "phloem: No token 'ci' is known"),
        (["revoke"], 2, "It takes an ID, or --all."),
        (["revoke", "ci", "--all"], 2, "It takes an ID, or --all."),
    ],
)
def test_what_is_not_taken_is_told_in_a_line(run: Run, arguments: list[str], status: int, line: str) -> None:
    refused = run(*arguments)
    assert refused.exit_code == status
    assert line in refused.stderr
    assert refused.stdout == ""
