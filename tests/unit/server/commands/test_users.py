"""`phloem users`, with a real Redis."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from phloem.record.redis_record import RedisChannel
from phloem.record.stores.users import User
from phloem.settings import Settings
from phloem_server.__main__ import main
from phloem_server.access.people.hashing import Hashing

WORD = "correct horse"

Run = Callable[..., Result]


@pytest.fixture
def channel(redis_url: str) -> RedisChannel:
    return RedisChannel(Settings(redis_url=redis_url))


@pytest.fixture
def run(redis_url: str) -> Run:
    """Runs `phloem users` with arguments; what follows `said` comes in by a pipe."""

    def runs(*arguments: str, said: str = "") -> Result:
        return CliRunner().invoke(main, ["users", *arguments], input=said, env={"PHLOEM_REDIS_URL": redis_url})

    return runs


def user(channel: RedisChannel, name: str) -> User:
    found = channel.users.all()[name]
    assert found is not None
    return found


def test_users_are_added_listed_changed_and_removed(run: Run, channel: RedisChannel) -> None:
    added = run("add", "ann", "--role", "admin", said=f"{WORD}\n")
    assert added.exit_code == 0
    assert "asks nobody for a password" in added.stderr
    assert "It is the first user" in added.stdout
    second = run("add", "bob", "--role", "viewer", "--owner", "acme", said=WORD)
    assert (second.stdout, second.stderr) == ("bob may sign in, as viewer, of tasks whose owner is acme.\n", "")
    assert Hashing().matches(user(channel, "ann").hash, WORD)
    listed = run("list").stdout.splitlines()
    assert [line.split()[:3] for line in listed[1:]] == [
        ["ann", "admin", listed[1].split()[2]],
        ["bob", "viewer", "acme"],
    ]
    assert run("password", "bob", said="battery staple\n").exit_code == 0
    assert Hashing().matches(user(channel, "bob").hash, "battery staple")
    assert run("role", "bob", "--role", "operator").exit_code == 0
    assert (user(channel, "bob").role, user(channel, "bob").owner) == ("operator", None)
    assert run("remove", "bob").exit_code == 0
    assert list(channel.users.all()) == ["ann"]


@pytest.mark.parametrize(
    ("arguments", "said", "refusal"),
    [
        (("add", "ann", "--role", "viewer"), WORD, "There is a user 'ann' already."),
        (("add", "bob", "--role", "viewer"), "short", "The password has 5 characters"),
        (("add", "bob", "--role", "viewer"), "", "The password has 0 characters"),
        (("add", " bob", "--role", "viewer"), WORD, "The name is ' bob'"),
        (("add", "bob", "--role", "admin", "--owner", "acme"), WORD, "The role is 'admin'"),
        (("password", "bob"), WORD, "There is no user 'bob'."),
        (("role", "bob", "--role", "viewer"), "", "There is no user 'bob'."),
        (("remove", "bob"), "", "There is no user 'bob'."),
        (("remove", "ann"), "", "With --yes, ann is removed all the same."),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    run: Run, channel: RedisChannel, arguments: tuple[str, ...], said: str, refusal: str
) -> None:
    channel.users.add(User(name="ann", role="admin", hash="", created_at=1.0, changed_at=1.0))
    before = channel.users.all()
    refused = run(*arguments, said=said)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("phloem: ")
    assert refusal in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert channel.users.all() == before


def test_the_first_user_is_an_admin_where_nobody_else_may_manage_users(
    run: Run, channel: RedisChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = run("add", "bob", "--role", "viewer", said=WORD)
    assert refused.exit_code == 1
    assert refused.stderr == (
        "phloem: 'bob' would be the first user, as viewer: nobody could sign in who may manage users. "
        "Expected the role admin; others can be added after.\n"
    )
    assert channel.users.all() == {}
    monkeypatch.setenv("PHLOEM_PASSWORD", "three words or more")
    assert run("add", "bob", "--role", "viewer", said=WORD).exit_code == 0


def test_the_only_admin_is_removed_where_that_is_said(run: Run, channel: RedisChannel) -> None:
    channel.users.add(User(name="ann", role="admin", hash="", created_at=1.0, changed_at=1.0))
    assert run("remove", "ann", "--yes").exit_code == 0
    assert channel.users.all() == {}


def test_a_redis_that_does_not_answer_is_one_line_and_status_2() -> None:
    refused = CliRunner().invoke(main, ["users", "list"], env={"PHLOEM_REDIS_URL": "redis://127.0.0.1:1/0"})
    assert refused.exit_code == 2
    assert "127.0.0.1:1" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_in_a_terminal_the_password_is_asked_for_twice_and_not_shown(channel: RedisChannel, redis_url: str) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "phloem_server", "users", "add", "ann", "--role", "admin", "--redis", redis_url]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": ""}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as child:
        os.close(theirs)
        told = ""
        for asked, answer in (("Password:", "short"), ("Password:", WORD), ("again:", "other"), ("again:", WORD)):
            told += _read(ours, asked)
            os.write(ours, f"{answer}\n".encode())
        told += _read(ours, "may sign in")
        assert child.wait(20) == 0
    os.close(ours)
    assert "The password has 5 characters" in told
    assert "That is another one." in told
    assert WORD not in told
    assert Hashing().matches(user(channel, "ann").hash, WORD)


def _read(terminal: int, until: str) -> str:
    """What a terminal shows, until it shows that."""
    shown = ""
    while until not in shown:
        shown += os.read(terminal, 1024).decode()
    return shown
