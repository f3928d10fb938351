"""What is done in a shell stands in the audit, with a real Redis."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from click.testing import CliRunner, Result

from phloem.errors import PhloemError
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem.testing import MemoryChannel
from phloem_server.__main__ import main
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.entry import KeptEntry
from phloem_server.access.audit.last_seen import LastSeen
from phloem_server.commands.audited import audited

Run = Callable[..., Result]
SECRET = "k" * 32


@pytest.fixture
def run(redis_url: str) -> Run:
    environ = {"PHLOEM_REDIS_URL": redis_url, "PHLOEM_SECRET_KEY": SECRET, "LOGNAME": "root"}
    return lambda *words, said="": CliRunner().invoke(main, words, input=said, env=environ)


def entries(channel: Any) -> tuple[KeptEntry, ...]:
    chain = Chain(channel.audit, channel.keys, secret=SECRET, days=90, most=1000, last_seen=LastSeen())
    return chain.following("", 100)


@pytest.fixture
def found(redis_url: str) -> Callable[[], list[tuple[str, str, str, str]]]:
    """What is in the audit: action, target, outcome or code, and detail."""

    def found() -> list[tuple[str, str, str, str]]:
        with closing(RedisChannel(Settings(redis_url=redis_url))) as channel:
            return [(each.action, each.target, each.code or each.outcome, each.detail) for each in entries(channel)]

    return found


def test_each_change_of_users_is_an_entry_and_listing_them_is_none(run: Run, found: Callable[[], Any]) -> None:
    run("users", "add", "ann", "--role", "admin", said="correct horse")
    run("users", "add", "bob", "--role", "viewer", "--owner", "acme", said="correct horse")
    run("users", "list")
    run("users", "password", "bob", said="battery staple")
    run("users", "role", "bob", "--role", "operator")
    run("users", "remove", "ann")
    run("users", "remove", "bob")
    assert found() == [
        ("users", "ann", "done", "added as admin"),
        ("users", "bob", "done", "added as viewer, of tasks whose owner is acme"),
        ("users", "bob", "done", "given another password"),
        ("users", "bob", "done", "made operator"),
        ("users", "ann", "last_admin", "removed"),
        ("users", "bob", "done", "removed"),
    ]


def test_each_change_of_tokens_is_an_entry_without_the_token(run: Run, found: Callable[[], Any]) -> None:
    made = run("tokens", "create", "--role", "viewer", "--name", "ci").stdout.strip()
    run("tokens", "list")
    run("tokens", "revoke", made)
    run("tokens", "revoke", "--all")
    token_id = found()[0][1]
    assert found() == [
        ("tokens", token_id, "done", "made: ci"),
        ("tokens", token_id, "done", "revoked"),
        ("tokens", "", "done", "all revoked"),
    ]
    assert made not in str(found())


def test_an_entry_names_the_user_and_the_machine(run: Run, redis_url: str) -> None:
    run("tokens", "create", "--role", "viewer")
    with closing(RedisChannel(Settings(redis_url=redis_url))) as channel:
        [entry] = entries(channel)
    assert (entry.actor, entry.kind, entry.means) == ("root", "system", "command")
    assert entry.address == socket.gethostname()[:64]


class Refused(PhloemError):
    code = "refused"


@pytest.mark.parametrize(("error", "codes"), [(Refused, ["refused"]), (ChannelError, [])])
def test_what_was_refused_is_an_entry_and_what_redis_did_not_answer_is_none(
    error: type[PhloemError], codes: list[str]
) -> None:
    channel = MemoryChannel()

    def fail() -> None:
        with audited(channel, "users", "ann", {"PHLOEM_SECRET_KEY": SECRET}):
            raise error("No.")

    with pytest.raises(error):
        fail()
    assert [entry.code for entry in entries(channel)] == codes
