"""Which entries are kept of a log that has too many."""

from __future__ import annotations

from phloem.model.log import shortened
from phloem.model.task import LogEntry

LIMIT = 100


def entry(number: int, kind: str = "log", level: str = "info", message: str = "") -> LogEntry:
    return LogEntry(id=f"{number}-0", at=float(number), kind=kind, level=level, message=message or str(number))


def lines(count: int) -> list[LogEntry]:
    return [entry(number) for number in range(count)]


def gaps(log: list[LogEntry]) -> list[str]:
    return [each.message for each in log if each.kind == "gap"]


def test_a_log_within_its_limit_is_whole() -> None:
    assert shortened(lines(LIMIT), LIMIT) == lines(LIMIT)


def test_of_a_long_log_the_beginning_and_the_end_are_kept_and_what_is_missing_is_told() -> None:
    log = shortened(lines(1000), LIMIT)
    assert [each.message for each in log] == [
        *map(str, range(10)),
        "… 940 entries were left out",
        *map(str, range(950, 1000)),
    ]
    assert log[10].id == "10-0", "in the place of the first that is missing"


def test_states_warnings_and_errors_are_kept_before_other_lines() -> None:
    log = lines(1000)
    log[200] = entry(200, kind="state", message="RETRY")
    log[300] = entry(300, level="warning")
    log[301] = entry(301, level="error")
    kept = [each.message for each in shortened(log, LIMIT)]
    assert kept[10:14] == ["… 937 entries were left out", "RETRY", "300", "301"]


def test_of_too_many_that_matter_the_last_are_kept() -> None:
    log = shortened([entry(number, level="error") for number in range(1000)], LIMIT)
    assert len(log) == LIMIT
    assert gaps(log) == ["… 901 entries were left out"]
    assert [each.message for each in log[11:]] == [str(number) for number in range(911, 1000)]


def test_what_matters_right_after_the_beginning_comes_before_the_gap() -> None:
    log = lines(1000)
    log[10] = entry(10, kind="state", message="STARTED")
    assert [each.message for each in shortened(log, LIMIT)][10:12] == ["STARTED", "… 939 entries were left out"]


def test_a_log_that_is_shortened_again_and_again_has_one_gap_that_counts_all() -> None:
    log: list[LogEntry] = []
    for number in range(5000):
        log.append(entry(number))
        log = shortened(log, LIMIT)
    assert gaps(log) == [f"… {5000 - len(log) + 1} entries were left out"]
    assert [each.id for each in log] == sorted((each.id for each in log), key=lambda name: int(name[:-2]))
