"""Users, as an admin manages them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from phloem.errors import PhloemError
from phloem.record.stores import users as limits
from phloem.record.stores.users import LastAdmin, User
from phloem.testing.access import MemoryUsers
from phloem_server.access.people.accounts import Accounts, user_name
from phloem_server.access.people.errors import (
    PasswordWeak,
    UserInvalid,
    UsersFull,
    UserTaken,
    UserUnknown,
)
from phloem_server.access.people.hashing import Hashing
from tests.unit.server.access.doorway import Quick

WORD = "correct horse"


class Overtaken(MemoryUsers):
    """Users of whom another process removes bob just before one is removed or changed."""

    def change(self, name: str, change: Callable[[User], User]) -> User | None:
        super().remove("bob")
        return super().change(name, change)

    def remove(self, name: str, *, last: bool = False) -> bool:
        super().remove("bob")
        return super().remove(name, last=last)


class Office:
    """Accounts in memory, and their clock."""

    def __init__(self, store: MemoryUsers | None = None) -> None:
        self.now = 1000.0
        self.store = store or MemoryUsers()
        self.revoked: list[str] = []
        self.hashing = Hashing(Quick(), lambda work: work())
        self.accounts = Accounts(self.store, self.hashing, lambda: self.now, self.revoked.append, alone=False)

    def add(self, name: str = "ann", role: str = "viewer", owner: str | None = None, password: str = WORD) -> None:
        self.accounts.add(name, role, owner, password)


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_user_is_kept_with_the_hash_of_its_password(office: Office) -> None:
    user = office.accounts.add("ann", "operator", "acme", WORD)
    assert office.store.all() == {"ann": user}
    assert (user.role, user.owner, user.hash) == ("operator", "acme", f"hash of {WORD}")
    assert (user.created_at, user.changed_at) == (1000.0, 1000.0)


@pytest.mark.parametrize("name", ["", " ann", "ann ", "a\nb", "a\tb", "a\0", "\u202eann", "x" * 65, "\u200b", " "])
def test_a_name_is_1_to_64_printable_characters_without_a_blank_at_either_end(office: Office, name: str) -> None:
    with pytest.raises(UserInvalid, match="expected 1 to 64 printable characters"):
        office.add(name)
    assert office.store.all() == {}


def test_names_are_compared_after_nfc_and_by_case(office: Office) -> None:
    assert user_name("Zoe\u0308 of Ops") == "Zoë of Ops"
    office.add("Zoe\u0308")
    with pytest.raises(UserTaken):
        office.add("Zoë")
    office.add("zoë")
    office.accounts.remove("Zoe\u0308")
    assert list(office.store.all()) == ["zoë"]


@pytest.mark.parametrize("password", ["", "short 1", "aaaaaaaaaaaa", "abcabcabc", "with\nline end", "x" * 1001])
def test_a_password_that_is_soon_guessed_or_cannot_be_typed_is_refused(office: Office, password: str) -> None:
    with pytest.raises(PasswordWeak):
        office.add(password=password)
    office.add()
    with pytest.raises(PasswordWeak):
        office.accounts.change("ann", password=password)


@pytest.mark.parametrize(
    ("role", "owner", "said"),
    [
        ("root", None, "one of viewer, operator, admin"),
        ("", None, "one of"),
        ("viewer", "", "1 to"),
        ("viewer", "\ud800", "printable"),
        ("viewer", "x" * 201, "1 to"),
        ("admin", "acme", "sees the tasks of all"),
    ],
)
def test_a_role_or_an_owner_that_makes_no_sense_is_refused(
    office: Office, role: str, owner: str | None, said: str
) -> None:
    with pytest.raises(UserInvalid, match=said):
        office.add(role=role, owner=owner)
    office.add("bob")
    with pytest.raises(UserInvalid, match=said):
        office.accounts.change("bob", role=role, owner=owner)


def test_another_password_or_role_is_a_change_at_its_time(office: Office) -> None:
    office.add()
    office.now += 5
    assert office.accounts.change("ann", password="another word").hash == "hash of another word"
    office.now += 5
    changed = office.accounts.change("ann", role="operator", owner="acme")
    assert (changed.role, changed.owner, changed.created_at, changed.changed_at) == ("operator", "acme", 1000.0, 1010.0)


def test_who_is_not_there_cannot_be_changed_or_removed(office: Office) -> None:
    for refused in (
        lambda: office.accounts.change("bob", password=WORD),
        lambda: office.accounts.change("bob", role="viewer", owner=None),
        lambda: office.accounts.remove("bob"),
    ):
        with pytest.raises(UserUnknown, match="There is no user 'bob'"):
            refused()


def test_the_only_admin_stays_unless_that_is_meant(office: Office) -> None:
    office.add("ann", "admin")
    office.add("bob")
    for refused in (
        lambda: office.accounts.remove("ann"),
        lambda: office.accounts.change("ann", role="operator", owner=None),
    ):
        with pytest.raises(LastAdmin):
            refused()
    office.accounts.remove("bob")
    office.add("eve", "admin")
    office.accounts.change("ann", role="operator", owner=None)
    office.accounts.remove("eve", last=True)
    assert list(office.store.all()) == ["ann"]


@pytest.mark.parametrize(
    "step_down",
    [lambda accounts: accounts.remove("ann"), lambda accounts: accounts.change("ann", role="viewer")],
)
def test_an_admin_stays_also_where_the_other_one_is_removed_at_the_same_time(
    step_down: Callable[[Accounts], object],
) -> None:
    office = Office(Overtaken())
    office.add("ann", "admin")
    office.add("bob", "admin")
    with pytest.raises(LastAdmin, match="'ann' is the only admin"):
        step_down(office.accounts)
    assert [(user.name, user.role) for user in office.store.all().values() if user] == [("ann", "admin")]
    assert office.revoked == []


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_the_first_user_is_an_admin_unless_others_may_manage_users(office: Office, role: str) -> None:
    alone = Accounts(office.store, office.hashing)
    with pytest.raises(LastAdmin, match=f"'bob' would be the first user, as {role}.*Expected the role admin"):
        alone.add("bob", role, None, WORD)
    assert office.store.all() == {}
    alone.add("ann", "admin", None, WORD)
    alone.add("bob", role, None, WORD)
    office.accounts.remove("ann", last=True)
    office.accounts.remove("bob")
    office.add("bob", role)


def test_there_are_no_more_than_the_limit(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "USERS_LIMIT", 1)
    office.add()
    with pytest.raises(UsersFull):
        office.add("bob")


def test_all_refusals_have_a_code_of_their_own() -> None:
    codes = [each.code for each in (LastAdmin, PasswordWeak, UserInvalid, UsersFull, UserTaken, UserUnknown)]
    assert len({*codes, PhloemError.code}) == 7


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({"role": "viewer"}, True),
        ({"role": "operator", "owner": "other"}, True),
        ({"role": "operator", "owner": "acme"}, False),
        ({"role": "operator"}, False),
        ({"role": "admin"}, False),
        ({"password": "another horse"}, False),
    ],
)
def test_the_tokens_of_a_user_who_may_do_less_than_before_end(
    office: Office, change: dict[str, str], ends: bool
) -> None:
    office.add("Zoë", "operator", "acme")
    office.accounts.change("Zoe\u0308", **change)
    assert office.revoked == (["user:Zoë"] if ends else [])


def test_the_tokens_of_a_user_who_is_removed_end_and_those_of_the_only_admin_do_not(office: Office) -> None:
    office.add("ann")
    office.add("root", "admin")
    office.accounts.remove("ann")
    with pytest.raises(LastAdmin):
        office.accounts.remove("root")
    assert office.revoked == ["user:ann"]
