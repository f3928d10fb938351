"""How many refusals become few entries."""

from __future__ import annotations

from phloem_server.access.audit.refusals import BEGUN_PER_HOUR, LONGEST_WINDOW_SECONDS, SEVERAL, Refusals
from tests.unit.server.access.audit.entries import refused


def test_the_first_is_told_at_once_and_those_that_follow_within_a_minute_together() -> None:
    refusals = Refusals()
    assert refusals.take(refused(1000)) == refused(1000)
    assert [refusals.take(refused(1000 + second)) for second in range(1, 50)] == [None] * 49
    assert list(refusals.due(1059)) == []
    [told] = refusals.due(1060)
    assert (told.count, told.at) == (49, 1049)


def test_each_address_and_each_reason_has_an_entry_of_its_own() -> None:
    refusals = Refusals()
    for entry in (refused(), refused(address="192.0.2.2"), refused(code="too_many_attempts")):
        assert refusals.take(entry) == entry


def test_after_a_quiet_minute_the_next_is_told_at_once_again() -> None:
    refusals = Refusals()
    refusals.take(refused(1000))
    assert list(refusals.due(1060)) == []
    assert refusals.take(refused(1061)) == refused(1061)


def test_a_million_guesses_within_a_day_make_a_few_dozen_entries() -> None:
    refusals, entries = Refusals(), []
    for second in range(0, 86_400, 60):
        entries += [told for _ in range(694) if (told := refusals.take(refused(float(second)))) is not None]
        entries += refusals.due(float(second))
    entries += refusals.all()
    assert sum(entry.count for entry in entries) == 1440 * 694 > 999_000
    assert len(entries) < 40


def test_while_it_goes_on_entries_become_rarer_down_to_one_an_hour() -> None:
    refusals, times = Refusals(), []
    refusals.take(refused(0))
    for second in range(1, 86_400):
        refusals.take(refused(float(second)))
        times += [second for _ in refusals.due(float(second))]
    assert times[:4] == [60, 180, 420, 900]
    assert times[-1] - times[-2] == LONGEST_WINDOW_SECONDS
    assert len(times) < 40


def test_those_of_very_many_addresses_are_told_together() -> None:
    refusals = Refusals()
    told = [refusals.take(refused(1000, address=f"10.0.{each // 250}.{each % 250}")) for each in range(10_000)]
    entries = [entry for entry in told if entry is not None]
    assert len(entries) == BEGUN_PER_HOUR + 1
    assert (entries[-1].address, entries[-1].actor, entries[-1].kind) == (SEVERAL, None, "none")
    [rest] = refusals.due(1060)
    assert (rest.address, rest.count) == (SEVERAL, 10_000 - BEGUN_PER_HOUR - 1)
    assert refusals.take(refused(4600, address="192.0.2.1")) == refused(4600, address="192.0.2.1")
