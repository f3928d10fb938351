"""Tokens that the server makes, keeps a list of, and revokes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from phloem.sharing.token import KEY_NAME, LONGEST_SECONDS, Share, read, sign
from phloem.testing.access import MemoryKeys
from phloem.testing.tokens import MemoryTokens
from phloem_server.access.tokens import issuer as limits
from phloem_server.access.tokens.errors import TokensFull, TokenUnfit, TokenUnknown
from phloem_server.access.tokens.issuer import UNKNOWN_SECONDS, Issuer, Order

NOW = 1000.0


class Office(Issuer):
    """An issuer over a record in memory, whose clock stands at `now`."""

    def __init__(self) -> None:
        self.now = NOW
        self.keys, self.kept = MemoryKeys(), MemoryTokens()
        super().__init__(self.keys, self.kept, lambda: self.now)

    def said(self, **order: Any) -> Share:
        """What a token says that was ordered so."""
        token = self.issue(Order(**{"expires": "1d", **order})).token
        return read(token, self.keys.get(KEY_NAME), NOW)


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_token_for_a_program_has_a_role_and_is_listed_until_it_expires(office: Office) -> None:
    issued = office.issue(Order(role="operator", name="ci", expires="90d"), made_by="ann")
    share = read(issued.token, office.keys.get(KEY_NAME), NOW)
    assert (share.id, share.role, share.name, share.exp) == (issued.id, "operator", "ci", NOW + 90 * 86400)
    [kept] = office.all()
    assert (kept.id, kept.role, kept.name, kept.made_by, kept.expires_at) == (
        issued.id,
        "operator",
        "ci",
        "ann",
        share.exp,
    )
    assert issued.token not in repr(kept)


@pytest.mark.parametrize("limit", ["task", "root", "owner"])
def test_one_for_some_tasks_lets_them_be_seen_and_with_a_role_what_that_may_do_with_them(
    office: Office, limit: str
) -> None:
    assert office.said(**{limit: "a"}).actions == ("see",)
    assert office.said(**{limit: "a", "actions": ("see", "retry")}).actions == ("see", "retry")
    with_role = office.said(**{limit: "a", "role": "operator"})
    assert (getattr(with_role, limit), with_role.role, with_role.actions) == ("a", None, ("see", "revoke", "retry"))


@pytest.mark.parametrize(
    ("expires", "seconds"), [("90s", 90), ("30m", 1800), ("12h", 43200), ("1d", 86400), (60, 60), (0.5, 0.5)]
)
def test_it_is_valid_for_as_long_as_was_said(office: Office, expires: str | float, seconds: float) -> None:
    assert office.said(role="viewer", expires=expires).exp == NOW + seconds


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({}, "nothing is given; expected one of task, root and owner, or a role"),
        ({"task": "a", "owner": "b"}, "task and owner are given; expected one of task, root and owner"),
        ({"role": "viewer", "actions": ("see",)}, "role and actions are given; expected one of them"),
        ({"task": "a", "origin": "shop"}, "origin is 'shop'; expected scheme, host and port"),
        ({"role": "viewer", "name": "n" * 101}, "name is 101 characters long; expected 1 to 100"),
        ({"role": "viewer", "name": "ci\n\x1b[2J"}, "name is 'ci\\n\\x1b[2J'; expected printable characters"),
        ({"owner": ""}, "owner has 0 characters; expected 1 to 200 printable characters"),
        ({"owner": "a\x1b[2J"}, "owner has a character that cannot be printed; expected"),
        ({"role": "viewer", "expires": "soon"}, "expires is 'soon'; expected a time up to 366d"),
        ({"role": "viewer", "expires": "0s"}, "expires is '0s'; expected"),
        ({"role": "viewer", "expires": "367d"}, "expires is '367d'; expected"),
        ({"role": "viewer", "expires": -1}, "expires is -1; expected"),
        ({"role": "viewer", "expires": float("nan")}, "expires is nan; expected"),
    ],
)
def test_what_no_token_can_say_is_refused(office: Office, order: dict[str, Any], said: str) -> None:
    with pytest.raises(TokenUnfit, match=re.escape(said)):
        office.said(**order)
    assert office.all() == ()


def test_a_token_is_revoked_by_its_id_and_so_is_one_of_an_application(office: Office) -> None:
    issued = office.issue(Order(role="viewer", expires="1d"))
    assert office.revoke(issued.id) == issued.id
    assert office.all() == ()
    assert office.revoke("0123456789abcdef") == "0123456789abcdef"
    assert office.kept.revoked() == {issued.id, "0123456789abcdef"}


def test_a_token_that_was_found_somewhere_is_revoked_by_itself(office: Office) -> None:
    share = Share(id="0123456789abcdef", task="a", actions=("see",), exp=NOW + 60)
    assert office.revoke(sign(share, office.keys.get(KEY_NAME))) == share.id
    with pytest.raises(TokenUnfit, match="not one that phloem.share made"):
        office.revoke(sign(share, "x" * 43))
    earlier = Share(task="a", actions=("see",), exp=NOW + 60)
    with pytest.raises(TokenUnfit, match="no id"):
        office.revoke(sign(earlier, office.keys.get(KEY_NAME)))


def test_what_is_no_id_is_told_as_such(office: Office) -> None:
    with pytest.raises(TokenUnknown, match="No token 'ci' is known"):
        office.revoke("ci")


def test_another_key_makes_all_void_and_forgets_them(office: Office) -> None:
    office.issue(Order(role="viewer", expires="1d"))
    office.revoke("0123456789abcdef")
    key = office.keys.get(KEY_NAME)
    office.revoke_all()
    assert office.keys.get(KEY_NAME) != key
    assert (office.all(), office.kept.revoked()) == ((), frozenset())


def test_more_tokens_than_are_kept_are_neither_made_nor_revoked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TOKENS_LIMIT", 1)
    office.issue(Order(role="viewer", expires="1d"))
    with pytest.raises(TokensFull, match="1 tokens are kept"):
        office.issue(Order(role="viewer", expires="1d"))
    office.revoke("0123456789abcdef")
    with pytest.raises(TokensFull, match="revoke --all"):
        office.revoke("0123456789abcde0")


def test_tokens_that_have_expired_make_room_for_others(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TOKENS_LIMIT", 1)
    office.issue(Order(role="viewer", expires="1m"))
    office.now += 60
    made = office.issue(Order(role="viewer", expires="1d"))
    assert list(office.kept.all()) == [made.id]


def test_revoked_tokens_that_have_expired_make_room_for_others(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TOKENS_LIMIT", 1)
    office.revoke(office.issue(Order(role="viewer", expires="1m")).id)
    office.now += 60
    office.revoke("0123456789abcdef")
    assert office.kept.revoked() == {"0123456789abcdef"}


def test_a_token_whose_id_alone_is_known_is_refused_for_as_long_as_it_may_be_valid_and_not_for_ever(
    office: Office,
) -> None:
    expired = office.issue(Order(role="viewer", expires="1m")).id
    office.now += 60
    office.revoke(expired)
    office.revoke("0123456789abcdef")
    office.kept.forget(office.now + LONGEST_SECONDS)
    assert office.kept.revoked() == {expired, "0123456789abcdef"}
    office.kept.forget(office.now + UNKNOWN_SECONDS)
    assert office.kept.revoked() == frozenset()


def test_a_token_that_is_revoked_by_itself_after_it_expired_is_not_remembered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TOKENS_LIMIT", 1)
    office.revoke("0123456789abcdef")
    share = Share(id="0123456789abcde0", task="a", actions=("see",), exp=NOW)
    assert office.revoke(sign(share, office.keys.get(KEY_NAME))) == share.id
    assert office.kept.revoked() == {"0123456789abcdef"}


def test_those_of_one_maker_are_revoked_and_no_others(office: Office) -> None:
    mine, theirs = (
        office.issue(Order(task="a", expires="1d"), "ann", maker=f"{kind}:ann").id for kind in ("user", "openid")
    )
    office.revoke_those_of("user:ann")
    assert office.kept.revoked() == {mine}
    assert [token.id for token in office.all()] == [theirs]
