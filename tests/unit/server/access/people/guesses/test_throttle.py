"""How often a password may be tried: before it is compared, by each peer, and by all together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.guesses import Pauses
from phloem.testing.access import MemoryGuesses
from phloem_server.access.errors import TooManyAttempts
from phloem_server.access.people.guesses import throttle as limits
from phloem_server.access.people.guesses.throttle import FREE_GUESSES, LONGEST_PAUSE_SECONDS, Throttle


class Machine:
    """A throttle with a clock that stands still until it is set, and passwords that are counted where compared."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.compared: list[tuple[float, str]] = []
        self.guesses = MemoryGuesses(lambda: self.now)
        self.throttle = self.process()

    def process(self) -> Throttle:
        """That of a web process, which counts together with others."""
        return Throttle(self.guesses, lambda: self.now)

    def try_one(self, peer: str = "192.0.2.1", *, right: bool = False) -> str:
        def compare() -> bool:
            self.compared.append((self.now, peer))
            return right

        try:
            return "right" if self.throttle.check(peer, compare) else "wrong"
        except TooManyAttempts as refused:
            return dict(refused.headers)["Retry-After"]

    def guess(self, seconds: float, peers: Callable[[int], str], each: int = 64, step: float = 0.05) -> None:
        """So many wrong passwords in each step, by peers that `peers` makes of their number."""
        numbers = count()
        end = self.now + seconds
        while self.now < end:
            for _ in range(each):
                self.try_one(peers(next(numbers)))
            self.now += step

    def most_in_a_second(self) -> int:
        times = [at for at, _ in self.compared]
        return max(sum(start <= at < start + 1 for at in times) for start in times)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_peer_that_guessed_is_refused_before_its_password_is_compared_also_the_right_one(machine: Machine) -> None:
    assert [machine.try_one() for _ in range(FREE_GUESSES)] == ["wrong"] * FREE_GUESSES
    assert [machine.try_one(right=True), machine.try_one()] == ["1", "1"]
    assert len(machine.compared) == FREE_GUESSES


def test_after_its_pause_the_right_password_is_taken_and_further_guesses_pause_longer(machine: Machine) -> None:
    for _ in range(FREE_GUESSES):
        machine.try_one()
    pauses = []
    for _ in range(8):
        pauses.append(int(machine.try_one()))
        machine.now += pauses[-1]
        machine.try_one()
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    machine.now += LONGEST_PAUSE_SECONDS
    assert machine.try_one(right=True) == "right"


def test_one_address_guesses_with_64_connections_and_the_right_password_from_another_signs_in(
    machine: Machine,
) -> None:
    machine.guess(10, lambda _: "192.0.2.1")
    assert machine.most_in_a_second() <= 20
    assert len(machine.compared) <= FREE_GUESSES + 4
    assert machine.try_one("192.0.2.2", right=True) == "right"


def test_64_addresses_that_guess_compare_at_most_20_passwords_a_second_and_shut_no_other_out(machine: Machine) -> None:
    machine.try_one("192.0.2.2", right=True)
    machine.guess(10, lambda number: f"198.51.100.{number % 64}")
    assert machine.most_in_a_second() <= 20
    assert machine.try_one("192.0.2.2", right=True) == "right"
    assert machine.try_one("192.0.2.3", right=True) == "right"


def test_ever_new_addresses_compare_at_most_20_passwords_a_second_and_shut_out_nobody_who_is_known(
    machine: Machine,
) -> None:
    machine.try_one("192.0.2.2", right=True)
    machine.try_one("192.0.2.4")
    machine.guess(10, lambda number: f"2001:db8:{number:x}::/64", each=32)  # fewer than are remembered
    assert machine.most_in_a_second() <= 20
    assert machine.try_one("192.0.2.2", right=True) == "right"
    assert machine.try_one("192.0.2.4", right=True) == "right"


def test_several_processes_compare_no_more_together_and_shut_nobody_else_out_either(machine: Machine) -> None:
    processes = [machine.process() for _ in range(4)]
    machine.try_one("192.0.2.2", right=True)
    own, numbers = machine.throttle, count()

    def peer(number: int) -> str:
        machine.throttle = processes[next(numbers) % 4]
        return f"198.51.100.{number % 64}"

    machine.guess(10, peer)
    assert machine.most_in_a_second() <= 20
    for machine.throttle, address in ((own, "192.0.2.2"), (processes[0], "192.0.2.3")):
        assert machine.try_one(address, right=True) == "right"


def test_an_address_has_no_more_guesses_because_there_are_several_processes(machine: Machine) -> None:
    processes = [machine.process() for _ in range(8)]
    for machine.throttle in processes * 8:
        machine.try_one()
    assert len(machine.compared) == FREE_GUESSES
    machine.now += 1
    for machine.throttle in processes:
        machine.try_one()
    assert len(machine.compared) == FREE_GUESSES + 1
    assert machine.try_one(right=True) == "2"
    machine.now += 2
    assert machine.try_one(right=True) == "right"


@pytest.mark.parametrize("right", [True, False])
def test_of_tries_that_are_compared_at_once_in_several_processes_the_first_wrong_one_holds_up_the_others(
    machine: Machine, right: bool
) -> None:
    for _ in range(FREE_GUESSES):
        machine.try_one()
    machine.now += 1
    first, machine.throttle = machine.process(), machine.process()

    def compare() -> bool:
        assert machine.try_one() == "wrong"
        return right

    with pytest.raises(TooManyAttempts):
        first.check("192.0.2.1", compare)
    assert machine.guesses.waits({"peer 192.0.2.1": limits.PAUSES}) == 2  # as after one


@pytest.mark.parametrize("right", [True, False])
def test_of_passwords_that_all_addresses_try_at_once_no_more_are_told_than_one_after_the_other(
    machine: Machine, right: bool
) -> None:
    def compare() -> bool:
        for number in range(limits.GUESSES_PER_SECOND):
            machine.throttle = machine.process()
            assert machine.try_one(f"198.51.100.{number}") == "wrong"
        return right

    with pytest.raises(TooManyAttempts):
        machine.process().check_account("192.0.2.1", "ann", compare)


@pytest.mark.parametrize("way", ["program", "account"])
def test_right_passwords_that_one_address_tries_at_once_all_pass_also_after_a_wrong_one(
    machine: Machine, way: str
) -> None:
    machine.try_one()

    def one_more(inside: int) -> bool:
        """One that is compared while so many others are, each in a process of its own."""

        def compare() -> bool:
            return not inside or one_more(inside - 1)

        if way == "program":
            return machine.process().check("192.0.2.1", compare)
        return machine.process().check_account("192.0.2.1", "ann", compare)

    assert one_more(12)
    machine.throttle = machine.process()
    assert machine.try_one(right=True) == "right"


def test_threads_of_one_process_that_give_the_right_password_at_once_all_pass_also_after_a_wrong_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.try_one()
    asked, waits = Barrier(12), machine.guesses.waits

    def waits_with_the_others(names: Mapping[str, Pauses]) -> float:
        asked.wait(30)
        return waits(names)

    monkeypatch.setattr(machine.guesses, "waits", waits_with_the_others)
    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(lambda _: machine.try_one(right=True), range(12))) == ["right"] * 12


def test_after_a_wrong_password_the_right_one_asks_redis_twice_and_counts_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.try_one()
    asked = []

    def waits(names: Mapping[str, Pauses]) -> float:
        asked.append(names)
        return 0.0

    monkeypatch.setattr(machine.guesses, "waits", waits)
    monkeypatch.delattr(MemoryGuesses, "count")
    assert machine.try_one(right=True) == "right"
    assert len(asked) == 2


def test_without_redis_each_process_counts_for_itself(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> str:
        raise ChannelError("Redis does not answer")

    for name in ("waits", "count"):
        monkeypatch.setattr(machine.guesses, name, away)
    machine.guess(10, lambda number: f"198.51.100.{number % 64}")
    assert machine.most_in_a_second() <= 20
    assert machine.try_one("192.0.2.3", right=True) == "right"


def test_many_people_who_sign_in_at_once_all_get_in(machine: Machine) -> None:
    assert {machine.try_one(f"192.0.2.{number}", right=True) for number in range(100)} == {"right"}


def test_a_program_that_sends_the_right_password_is_never_counted(machine: Machine) -> None:
    assert {machine.try_one(right=True) for _ in range(10_000)} == {"right"}


def test_right_passwords_in_between_give_no_further_guesses(machine: Machine) -> None:
    for _ in range(FREE_GUESSES):
        machine.try_one(right=True)
        machine.try_one()
    assert machine.try_one(right=True) == "1"


def test_a_peer_that_tried_nothing_for_an_hour_is_forgotten(machine: Machine) -> None:
    for _ in range(FREE_GUESSES):
        machine.try_one()
    machine.now += limits.FORGOTTEN_SECONDS + 1
    assert [machine.try_one() for _ in range(FREE_GUESSES)] == ["wrong"] * FREE_GUESSES


def test_the_peers_that_are_remembered_are_bounded(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED_LIMIT", 100)
    machine.guess(1, lambda number: str(number))
    assert len(machine.throttle._peers) == 100


def test_each_wrong_password_is_logged_with_its_peer_and_what_was_refused_before(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(FREE_GUESSES + 10):
        machine.try_one()
    machine.now += 1
    machine.try_one()
    assert len(caplog.messages) == FREE_GUESSES + 1
    assert caplog.messages[-1] == (
        "A wrong password came from 192.0.2.1, its number 7; 10 tries were refused before it, the next are for 2 s"
    )


class Account:
    """Guesses of one account's password by a machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.known: set[str] = set()
        self.compared = 0

    def try_one(self, peer: str, *, right: bool = False, account: str = "ann") -> str:
        def compare() -> bool:
            self.compared += 1
            return right

        try:
            throttle = self.machine.throttle
            return "right" if throttle.check_account(peer, account, compare, lambda: peer in self.known) else "wrong"
        except TooManyAttempts as refused:
            return dict(refused.headers)["Retry-After"]


@pytest.fixture
def account(machine: Machine) -> Account:
    return Account(machine)


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
