"""How often the password of one account may be tried, by all peers together."""

from __future__ import annotations

import pytest

from phloem.record.record import ChannelError
from phloem_server.access.people.guesses import throttle as limits
from phloem_server.access.people.guesses.throttle import FREE_GUESSES
from tests.unit.server.access.people.guesses.machine import Account, Machine


def test_an_account_that_many_addresses_guess_is_soon_refused_to_all_that_have_not_proven_themselves_for_it(
    machine: Machine, account: Account
) -> None:
    assert account.try_one("192.0.2.2", right=True) == "right"
    account.known.add("192.0.2.3")
    for number in range(100):
        account.try_one(f"198.51.100.{number}")
        machine.now += 0.3
    assert account.compared <= 1 + FREE_GUESSES + 5
    assert int(account.try_one("192.0.2.4", right=True)) > 1
    for proven in ("192.0.2.2", "192.0.2.3"):
        assert account.try_one(proven, right=True) == "right"
    assert account.try_one("192.0.2.4", right=True, account="bob") == "right"


def test_an_account_has_no_more_guesses_because_there_are_several_processes(machine: Machine, account: Account) -> None:
    assert account.try_one("192.0.2.2", right=True) == "right"
    for number in range(40):
        machine.throttle = machine.process()
        account.try_one(f"198.51.100.{number}")
        machine.now += 0.3 if number + 1 < FREE_GUESSES else 0.02  # all addresses together have five a second
    assert account.compared == 1 + FREE_GUESSES
    assert account.try_one("192.0.2.4", right=True) == "1"
    account.known.add("192.0.2.2")
    assert account.try_one("192.0.2.2", right=True) == "right"


def test_a_crowd_that_guesses_for_hours_compares_a_hundred_an_hour_and_who_is_at_home_there_signs_in(
    machine: Machine, account: Account
) -> None:
    account.known.add("192.0.2.3")
    begun, refused = machine.now, 0
    for number in range(100_000):
        refused += account.try_one(f"2001:db8:{number % 20_000:x}::/64") != "wrong"
        machine.now += 0.1
        if number % 10_000 == 0:
            assert account.try_one("192.0.2.3", right=True) == "right"
    hours = (machine.now - begun) / 3600
    assert 100_000 - refused <= FREE_GUESSES + 6 + 100 * hours


def test_a_try_that_could_not_be_made_is_not_counted(machine: Machine) -> None:
    def compare() -> bool:
        raise ChannelError("Redis does not answer")

    for _ in range(3 * FREE_GUESSES):
        with pytest.raises(ChannelError):
            machine.throttle.check_account("192.0.2.1", "ann", compare)
    assert machine.throttle.check_account("192.0.2.1", "ann", lambda: True)


def test_a_password_that_could_not_be_compared_is_not_counted(machine: Machine) -> None:
    def compare() -> bool:
        raise ChannelError("Redis does not answer")

    for _ in range(3 * FREE_GUESSES):
        with pytest.raises(ChannelError):
            machine.throttle.check("192.0.2.1", compare)
    assert machine.try_one(right=True) == "right"


def test_a_peer_that_proved_itself_for_an_account_has_no_more_guesses_than_any_other(account: Account) -> None:
    account.known.add("192.0.2.3")
    assert [account.try_one("192.0.2.3") for _ in range(FREE_GUESSES)] == ["wrong"] * FREE_GUESSES
    assert account.try_one("192.0.2.3", right=True) == "1"


def test_names_that_are_tried_in_vain_make_no_account_forgotten(
    machine: Machine, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REMEMBERED_LIMIT", 10)
    for number in range(FREE_GUESSES + 1):
        account.try_one(f"198.51.100.{number}")
        machine.now += 0.1
    for number in range(100):
        account.try_one("203.0.113.9", account=str(number))
    assert account.try_one("192.0.2.4", right=True) == "1"
    assert len(machine.throttle._accounts) <= 10


def test_many_users_who_sign_in_at_once_all_get_in(account: Account) -> None:
    assert {account.try_one(f"192.0.2.{number}", right=True, account=str(number)) for number in range(100)} == {"right"}


def test_who_has_to_pause_is_told_so_while_another_password_is_compared(machine: Machine, account: Account) -> None:
    for _ in range(FREE_GUESSES):
        account.try_one("192.0.2.9")

    def compare() -> bool:
        assert account.try_one("192.0.2.9", account="bob") == "1"
        assert account.try_one("192.0.2.8") == "1"
        return True

    assert machine.throttle.check_account("192.0.2.1", "eve", compare)


def test_while_a_users_password_is_compared_programs_are_let_in(machine: Machine) -> None:
    def compare() -> bool:
        assert machine.try_one("192.0.2.7", right=True) == "right"
        return True

    assert machine.throttle.check_account("192.0.2.1", "ann", compare)
