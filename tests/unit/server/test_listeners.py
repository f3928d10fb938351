"""Listeners: each callback is called, whatever the others do."""

from __future__ import annotations

import logging

import pytest

from phloem_server.listeners import Listeners


def test_all_callbacks_are_called_in_the_order_in_which_they_were_added() -> None:
    listeners: Listeners[[str, int]] = Listeners()
    calls: list[tuple[str, str, int]] = []
    listeners.add(lambda text, number: calls.append(("first", text, number)))
    listeners.add(lambda text, number: calls.append(("second", text, number)))
    listeners("a", 1)
    assert calls == [("first", "a", 1), ("second", "a", 1)]


def test_without_a_callback_a_call_does_nothing() -> None:
    listeners: Listeners[[]] = Listeners()
    listeners()


def test_a_callback_that_raises_is_logged_and_does_not_silence_the_others(caplog: pytest.LogCaptureFixture) -> None:
    listeners: Listeners[[]] = Listeners()
    calls: list[str] = []

    def fail() -> None:
        raise ValueError("broken")

    listeners.add(fail)
    listeners.add(lambda: calls.append("second"))
    with caplog.at_level(logging.ERROR, logger="phloem_server.listeners"):
        listeners()
    assert calls == ["second"]
    (record,) = caplog.records
    assert "fail" in record.getMessage()
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "broken"


def test_a_callback_added_during_a_call_is_called_from_the_next_one_on() -> None:
    listeners: Listeners[[]] = Listeners()
    calls: list[str] = []

    def first() -> None:
        if not calls:
            listeners.add(lambda: calls.append("added"))
        calls.append("first")

    listeners.add(first)
    listeners()
    assert calls == ["first"]
    listeners()
    assert calls == ["first", "first", "added"]
