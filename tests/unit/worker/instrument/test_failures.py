"""Exceptions as errors of a task."""

from __future__ import annotations

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


def test_an_error_of_any_length_costs_no_more_than_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def scrub(text: str) -> str:
        looked_at.append(len(text))
        return text

    monkeypatch.setattr(failures, "scrub", scrub)
    short, long = failures.errors(ValueError("x" * 10_000_000))
    assert max(looked_at) <= 2 * TASK_LIMIT
    assert len(short.message) <= ROW_LIMIT
    assert len(long.message) <= TASK_LIMIT
    assert len(str(long.traceback)) <= TASK_LIMIT
