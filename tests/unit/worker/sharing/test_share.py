"""Tokens that let their bearer see one task."""

from __future__ import annotations

from collections.abc import Sequence

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
        root: str = "a"
        exp: float = 1000.0

    later = Later()
    with pytest.raises(ShareRefused, match="does not understand"):
        read(sign(later, KEY), KEY, now=0.0)  # type: ignore[arg-type]


def test_share_signs_with_the_key_that_the_record_keeps(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setattr("phloem.sharing.share.time.time", lambda: 100.0)
    token = phloem.share("4f2a", expires=60)
    key = RedisChannel(RecordSettings(redis_url=redis_url)).keys.get(KEY_NAME)
    assert read(token, key, now=100.0) == Share(task="4f2a", actions=("see",), exp=160.0)


@pytest.mark.parametrize(
    ("task_id", "actions", "expires"),
    [
        ("", ("see",), 60.0),
        ("a" * 1001, ("see",), 60.0),
        ("a", ("revoke",), 60.0),
        ("a", (), 60.0),
        ("a", "see", 60.0),
        ("a", ("see",), 0.0),
        ("a", ("see",), float("nan")),
    ],
)
def test_what_no_token_can_say_is_an_error(task_id: str, actions: Sequence[str], expires: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        phloem.share(task_id, actions, expires)
