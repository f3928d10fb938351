"""Tokens that let their bearer see certain tasks."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec
import pytest

import phloem
from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings
from phloem.sharing.share import _keys
from phloem.sharing.token import KEY_NAME, Share, ShareExpired, ShareRefused, is_share, read, sign

SHARE = Share(task="4f2a", actions=("see",), exp=1000.0)
KEY = "k" * 43


@pytest.fixture(autouse=True)
def record(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of this test's own, which the environment names."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    _keys.cache_clear()


def test_a_token_says_which_task_its_bearer_may_see_and_until_when() -> None:
    token = sign(SHARE, KEY)
    assert is_share(token)
    assert read(token, KEY, now=999.0) == SHARE
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_token_that_expired_says_when() -> None:
    with pytest.raises(ShareExpired, match="expired at 1970-01-01 00:16:40 UTC"):
        read(sign(SHARE, KEY), KEY, now=1000.0)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(ShareRefused, match="not one that phloem.share made"):
        read(sign(SHARE, KEY), "x" * 43, now=0.0)


def test_a_token_that_was_changed_anywhere_is_refused() -> None:
    token = sign(SHARE, KEY)
    for place in range(len(token) - 1):  # of the last character, two bits say nothing
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(ShareRefused):
            read(changed, KEY, now=0.0)


@pytest.mark.parametrize("token", ["", "share.", "share..", "share.e30", "share.\xe9.\xe9", "share.a.b.c", "password"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ShareRefused):
        read(token, KEY, now=0.0)


def test_a_token_of_a_version_that_knows_more_is_refused() -> None:
    class Later(msgspec.Struct):
        task: str = "4f2a"
        actions: tuple[str, ...] = ("see",)
        address: str = "192.0.2.1"
        exp: float = 1000.0

    later = Later()
    with pytest.raises(ShareRefused, match="does not understand"):
        read(sign(later, KEY), KEY, now=0.0)  # type: ignore[arg-type]


def test_a_token_of_the_version_before_goes_on() -> None:
    class Earlier(msgspec.Struct):
        task: str = "4f2a"
        actions: tuple[str, ...] = ("see",)
        exp: float = 1000.0

    earlier = Earlier()
    assert read(sign(earlier, KEY), KEY, now=0.0) == SHARE  # type: ignore[arg-type]


def test_share_signs_with_the_key_that_the_record_keeps(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setattr("phloem.sharing.share.time.time", lambda: 100.0)
    token = phloem.share("4f2a", expires=60)
    key = RedisChannel(RecordSettings(redis_url=redis_url)).keys.get(KEY_NAME)
    said = read(token, key, now=100.0)
    assert said == Share(id=said.id, task="4f2a", actions=("see",), exp=160.0)
    assert said.id is not None
    assert read(phloem.share("4f2a"), key, now=100.0).id != said.id
    assert read(phloem.share("4f2a", expires=31_622_400), key, now=100.0).exp == 31_622_500.0


def test_share_takes_a_workflow_or_an_owner_in_place_of_a_task() -> None:
    def said(**given: Any) -> Share:
        return read(phloem.share(**given), RedisChannel(RecordSettings.of_record()).keys.get(KEY_NAME), now=0.0)

    assert said(root="4f2a").root == "4f2a"
    assert said(task_id="4f2a").task == "4f2a"
    bob = said(owner="bob", actions=["see", "retry", "revoke"], origin="https://shop.example:8443")
    assert (bob.task, bob.owner, bob.actions) == (None, "bob", ("see", "retry", "revoke"))
    assert bob.origin == "https://shop.example:8443"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "nothing is given; expected one of task_id, root and owner"),
        ({"task_id": "a", "owner": "b"}, "task_id and owner is given; expected one of task_id, root and owner"),
        ({"task_id": ""}, "task is 0 characters long; expected 1 to 1000"),
        ({"owner": "a" * 1001}, "owner is 1001 characters long; expected 1 to 1000"),
        ({"root": 7}, "root is 7; expected text"),
        ({"task_id": "a", "actions": ("launch",)}, "actions is ('launch',); expected a tuple of see, revoke, retry"),
        ({"task_id": "a", "actions": ([],)}, "actions is ([],); expected"),
        ({"task_id": "a", "actions": ()}, "actions is (); expected"),
        ({"task_id": "a", "actions": "see"}, "actions is 'see'; expected a tuple, such as ('see',)"),
        ({"task_id": "a", "actions": None}, "actions is None; expected a tuple"),
        ({"task_id": "a", "expires": 0.0}, "expires is 0.0; expected seconds from now"),
        ({"task_id": "a", "expires": float("nan")}, "expires is nan; expected"),
        ({"task_id": "a", "expires": math.inf}, "expires is inf; expected"),
        ({"task_id": "a", "expires": 31_622_401}, "expires is 31622401; expected seconds from now, up to 31622400"),
        ({"task_id": "a", "expires": "1h"}, "expires is '1h'; expected"),
        ({"task_id": "a", "origin": "shop.example"}, "origin is 'shop.example'; expected scheme, host and port"),
        ({"task_id": "a", "origin": "https://shop.example/"}, "expected scheme, host and port"),
        ({"task_id": "a", "origin": "null"}, "expected scheme, host and port"),
    ],
)
def test_what_no_token_can_say_is_an_error(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        phloem.share(**given)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("role is 'root' and", {"role": "root"}),
        ("role is 'viewer' and actions is ('see',)", {"role": "viewer", "actions": ("see",)}),
        ("task and role is given", {"role": "viewer", "task": "a"}),
        ("task and root is given", {"root": "b", "task": "a", "actions": ("see",)}),
        ("exp is inf", {"role": "viewer", "exp": math.inf}),
    ],
)
def test_nor_can_one_for_a_program_say_more_than_a_role(said: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Share(**{"exp": 1000.0, **given})
