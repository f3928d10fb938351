"""How often a password may be tried: before it is compared, by each peer, and by all together."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.guesses import Pauses
from phloem.testing.access import MemoryGuesses
from phloem_server.access.errors import TooManyAttempts
from phloem_server.access.people.guesses import throttle as limits
from phloem_server.access.people.guesses.throttle import FREE_GUESSES, LONGEST_PAUSE_SECONDS
from tests.unit.server.access.people.guesses.machine import Machine


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
