"""People who sign in with a name: whom a server lets in, and from when on it asks at all."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.access import Identity
from phloem.record.stores.users import User
from phloem_server.access.people.guesses.throttle import FREE_GUESSES
from phloem_server.access.people.hashing import NOBODYS
from phloem_server.access.people.users import identity_of
from phloem_server.access.principal import Principal, principal_of
from phloem_server.mirror.scope import Scope
from tests.unit.server.access.doorway import KEY, PAGE, PASSWORD, Doorway, cookie_of

ENVIRON = {"REMOTE_ADDR": "192.0.2.1"}


@pytest.fixture
def doorway() -> Doorway:
    """The door of a server that has the user ann, and no password that all share."""
    found = Doorway()
    found.add_user()
    return found


def principal(doorway: Doorway, headers: dict[str, str]) -> Principal:
    """Whom the door takes a request with these headers for."""
    doorway.inside.seen.clear()
    assert doorway.ask("/api/v1/tasks", headers=headers).status_code == 200
    return principal_of(doorway.inside.seen[-1])


def test_a_server_is_open_until_its_first_user_and_asks_from_then_on_even_once_that_is_gone() -> None:
    doorway = Doorway()
    assert doorway.ask("/api/v1/tasks").status_code == 200
    doorway.add_user()
    doorway.protection.refresh()
    assert doorway.ask("/api/v1/tasks").status_code == 401
    doorway.accounts.remove("ann", last=True)
    doorway.protection.refresh()
    assert doorway.ask("/api/v1/tasks").status_code == 401


def test_as_long_as_nobody_can_tell_whether_there_are_users_nothing_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> Any:
        raise ChannelError("Redis does not answer")

    doorway = Doorway()
    monkeypatch.setattr(doorway.user_store, "all", away)
    for path in ("/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling", "/sign-in"):
        answer = doorway.ask(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert '"code":"users_unread"' in answer.text
    assert doorway.ask("/healthz").status_code == 200
    assert Doorway(password=PASSWORD).ask("/", headers=PAGE).status_code == 401
    monkeypatch.undo()
    assert doorway.ask("/api/v1/tasks").status_code == 200


@pytest.mark.parametrize(
    ("role", "owner", "scope"),
    [("viewer", "acme", Scope(owner="acme")), ("operator", None, None), ("admin", None, None)],
)
def test_a_user_signs_in_and_is_who_they_are_with_their_role_and_owner(
    role: Any, owner: str | None, scope: Scope | None
) -> None:
    doorway = Doorway()
    doorway.add_user("Zoë", role, owner)
    found = principal(doorway, cookie_of(doorway.sign_in(name="Zoe\u0308 ")))
    assert found == Principal.of_role(
        role, "session", name="Zoë", account="user:Zoë", session=found.session, owner=owner, expires_at=found.expires_at
    )
    assert found.scope == scope


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", "wrong"), ("bob", PASSWORD), ("Ann", PASSWORD), ("", PASSWORD), ("x" * 5000, PASSWORD)],
)
def test_nobody_else_does(doorway: Doorway, name: str, password: str) -> None:
    refused = doorway.sign_in(password, name=name)
    assert refused.status_code == 401
    assert "Set-Cookie" not in refused.headers
    assert f'value="{name}"' in refused.text
    assert doorway.store.ids() == frozenset()


def test_a_name_that_nobody_has_costs_as_much_as_a_wrong_password(doorway: Doorway) -> None:
    """Counted, not timed: the same comparison, once, with the same parameters."""
    for name in ("ann", "bob", "x" * 5000, "a\0b"):
        doorway.hashed.compared.clear()
        doorway.now += 10
        assert doorway.sign_in("wrong", name=name).status_code == 401
        [(compared, password)] = doorway.hashed.compared
        assert compared == (f"hash of {PASSWORD}" if name == "ann" else NOBODYS)
        assert password == b"wrong"


def test_an_account_that_is_guessed_is_refused_also_with_the_right_password_and_not_where_one_has_signed_in_before(
    doorway: Doorway,
) -> None:
    def try_one(number: int, password: str = "wrong") -> int:
        doorway.now += 0.3
        return doorway.sign_in(password, name="ann", environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}).status_code

    assert try_one(1, PASSWORD) == 303
    assert [try_one(number) for number in range(2, 2 + FREE_GUESSES)] == [401] * FREE_GUESSES
    doorway.hashed.compared.clear()
    assert [try_one(99, PASSWORD), try_one(98)] == [429, 429]
    assert doorway.hashed.compared == []
    assert try_one(1, PASSWORD) == 303


def test_a_name_that_nobody_has_is_throttled_like_one_that_somebody_has(doorway: Doorway) -> None:
    for name in ("ann", "bob"):
        statuses = []
        for number in range(FREE_GUESSES + 2):
            doorway.now += 0.3
            address = {"REMOTE_ADDR": f"198.51.100.{number}"}
            statuses.append(doorway.sign_in("wrong", name=name, environ_base=address).status_code)
        assert statuses == [401] * FREE_GUESSES + [429] * 2
        doorway.now += 3600


def test_with_users_and_a_password_that_all_share_both_let_in() -> None:
    doorway = Doorway(password=PASSWORD, secret_key=KEY)
    doorway.add_user(role="operator")
    assert principal(doorway, cookie_of(doorway.sign_in())).name is None
    assert principal(doorway, cookie_of(doorway.sign_in(name="ann"))).name == "ann"
    bearer = {"Authorization": "Bearer " + PASSWORD.encode().decode("latin-1")}
    assert principal(doorway, bearer).kind == "password"


def test_the_form_asks_for_a_name_where_there_are_users_and_needs_it_where_nothing_else_counts(
    locked_door: Doorway, doorway: Doorway
) -> None:
    assert "<label" in locked_door.ask(headers=PAGE).text
    assert 'name="name"' not in locked_door.ask(headers=PAGE).text
    named = re.search(r'<input id="name" name="name"[^>]*>', doorway.ask(headers=PAGE).text)
    assert named is not None
    assert "required" in named[0]
    assert "autofocus" in named[0]
    locked_door.add_user()
    locked_door.protection.refresh()
    named = re.search(r'<input id="name" name="name"[^>]*>', locked_door.ask(headers=PAGE).text)
    assert named is not None
    assert "required" not in named[0]


def test_a_name_cannot_write_into_the_form(doorway: Doorway) -> None:
    assert "<script" not in doorway.sign_in("wrong", name='"><script>alert(1)</script>').text


def test_a_bearer_token_is_no_way_in_where_there_are_users_alone(doorway: Doorway) -> None:
    for token in (PASSWORD.encode().decode("latin-1"), "", "x"):
        answer = doorway.ask("/api/v1/tasks", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, '"code":"token_invalid"' in answer.text) == (401, True)


@pytest.mark.parametrize("what", ["removed", "role", "owner", "password"])
def test_a_user_who_is_removed_or_changed_is_not_let_in_any_more(doorway: Doorway, what: str) -> None:
    cookie = cookie_of(doorway.sign_in(name="ann"))
    assert principal(doorway, cookie).name == "ann"
    doorway.now += 1
    if what == "removed":
        doorway.accounts.remove("ann")
    elif what == "password":
        doorway.accounts.change("ann", password="another word")
    else:
        doorway.accounts.change(
            "ann", **({"role": "operator"} if what == "role" else {"role": "viewer", "owner": "acme"})
        )
    doorway.protection.refresh()
    assert doorway.ask("/api/v1/tasks", headers=cookie).status_code == 401


def test_one_who_is_added_again_under_the_same_name_does_not_get_the_sessions_of_the_one_before(
    doorway: Doorway,
) -> None:
    cookie = cookie_of(doorway.sign_in(name="ann"))
    doorway.accounts.remove("ann")
    doorway.now += 1
    doorway.add_user()
    doorway.protection.refresh()
    assert doorway.ask("/api/v1/tasks", headers=cookie).status_code == 401


def test_who_was_let_in_by_a_process_that_knew_of_a_change_goes_on_in_one_that_did_not_know_it_yet(
    doorway: Doorway,
) -> None:
    doorway.protection.refresh()
    doorway.now += 1
    changed = doorway.accounts.change("ann", role="admin", owner=None)
    assert doorway.users.stands(identity_of(changed))
    assert not doorway.users.stands(msgspec.structs.replace(identity_of(changed), role="viewer"))
    assert doorway.users.stands(Identity())


def test_a_password_that_was_hashed_with_other_parameters_is_hashed_anew_and_its_session_goes_on(
    doorway: Doorway, monkeypatch: pytest.MonkeyPatch
) -> None:
    doorway.hashed.outdated = True
    monkeypatch.setattr(doorway.hashed, "verify", lambda *_: True)
    doorway.user_store.change("ann", lambda user: msgspec.structs.replace(user, hash="old"))
    cookie = cookie_of(doorway.sign_in(name="ann"))
    ann = doorway.user_store.all()["ann"]
    assert ann is not None
    assert ann.hash == f"hash of {PASSWORD}"
    doorway.protection.refresh()
    assert principal(doorway, cookie).name == "ann"


def test_a_hash_that_is_renewed_does_not_undo_a_change_that_was_made_meanwhile(
    doorway: Doorway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hash_later(_: bytes) -> str:
        doorway.user_store.change("ann", lambda user: msgspec.structs.replace(user, hash="changed meanwhile"))
        return "renewed"

    doorway.hashed.outdated = True
    monkeypatch.setattr(doorway.hashed, "verify", lambda *_: True)
    monkeypatch.setattr(doorway.hashed, "hash", hash_later)
    doorway.sign_in(name="ann")
    ann = doorway.user_store.all()["ann"]
    assert ann is not None
    assert ann.hash == "changed meanwhile"


def test_what_cannot_be_read_of_users_closes_the_server_and_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    doorway = Doorway()
    torn: dict[str, User | None] = {"ann": None}
    monkeypatch.setattr(doorway.user_store, "all", lambda: torn)
    assert doorway.ask("/api/v1/tasks").status_code == 401
    assert doorway.sign_in(name="ann").status_code == 401
    assert doorway.hashed.compared == [(NOBODYS, PASSWORD.encode())]
