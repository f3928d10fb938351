"""Exceptions as errors of a task."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from phloem.instrument import failures
from phloem.redaction import ROW_LIMIT, TASK_LIMIT


def test_an_error_whose_text_cannot_be_read_is_an_error_all_the_same() -> None:
    class Unwilling(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert failures.errors(Unwilling())[0].message == "(its text cannot be read)"


def test_a_soft_time_limit_that_strikes_while_an_error_is_read_is_left_to_the_task() -> None:
    class SoftTimeLimitExceeded(Exception):
        """As billiard's, which is known by its name."""

    class Slow(Exception):
        def __str__(self) -> str:
            raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        failures.errors(Slow(), "no traceback")


def test_an_error_shows_no_secret_in_its_text_nor_in_its_traceback() -> None:
    try:
        raise ConnectionError("redis://u:hunter2@h/0 password=hunter2")
    except ConnectionError as error:
        short, long = failures.errors(error)
    assert "hunter2" not in f"{short} {long}"
    assert "redis://" in short.message
    assert "ConnectionError" in str(long.traceback)


def test_an_error_is_shown_without_what_steers_a_terminal() -> None:
    try:
        raise ConnectionError("\x1b[31mred\x1b[0m")
    except ConnectionError as error:
        short, long = failures.errors(error)
    assert short.message == long.message == "red"
    assert "ConnectionError: red" in str(long.traceback)
    stored = {"exc_type": "ConnectionError", "exc_message": ["\x1b[31mred"]}
    assert failures.stored_failure(stored)[0].message == "red"
    assert failures.stored_failure("\x1b[31mred")[0].message == '"red"', "a text is shown as a value"


def test_an_error_of_any_length_costs_no_more_than_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def scrub(text: str, *_: object) -> str:
        looked_at.append(len(text))
        return text

    monkeypatch.setattr(failures, "scrub", scrub)
    short, long = failures.errors(ValueError("x" * 10_000_000))
    assert max(looked_at) <= 2 * TASK_LIMIT
    assert len(short.message) <= ROW_LIMIT
    assert len(long.message) <= TASK_LIMIT
    assert len(str(long.traceback)) <= TASK_LIMIT


class SoftTimeLimitExceeded(Exception):
    """As billiard's, which is known by its name."""


class TimeLimitExceeded(Exception):
    """As billiard's."""


@pytest.mark.parametrize(
    ("error", "task", "shown"),
    [
        (
            SoftTimeLimitExceeded(),
            SimpleNamespace(request=SimpleNamespace(timelimit=(20, 5)), soft_time_limit=10),
            "It ran longer than its soft time limit of 5 s.",
        ),
        (
            SoftTimeLimitExceeded(),
            SimpleNamespace(soft_time_limit=10),
            "It ran longer than its soft time limit of 10 s.",
        ),
        (SoftTimeLimitExceeded(), None, "It ran longer than its soft time limit."),
        (TimeLimitExceeded(1.5), None, "It was killed at its hard time limit of 1.5 s."),
        (TimeLimitExceeded(), None, "It was killed at its hard time limit."),
        (ValueError("no"), None, "no"),
    ],
)
def test_a_time_limit_is_named(error: Exception, task: object, shown: str) -> None:
    assert failures.failure(error, task, None)[0].message == shown


def test_of_a_long_traceback_the_end_is_kept() -> None:
    _, long = failures.errors(ValueError("x"), "frame\n" * TASK_LIMIT + "the end")
    assert long.traceback is not None
    assert long.traceback.startswith("…")
    assert long.traceback.endswith("the end")
    assert len(long.traceback.encode()) <= TASK_LIMIT
