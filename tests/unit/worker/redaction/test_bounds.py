"""Values as text are bounded, and so is the work to make them."""

from __future__ import annotations

import time
from array import array
from collections import UserList, deque
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phloem.redaction import ROW_LIMIT, TASK_LIMIT, clip, redact, short_and_long, show, values
from tests.unit.worker.redaction.test_values import PLAIN, TEXT, Client, Endless


def circle() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return circle


@pytest.mark.parametrize(
    "value",
    [
        circle(),
        Endless(),
        "x" * 10_000_000,
        ["x" * 1000] * 10_000,
        [[["x"] * 1000] * 1000] * 1000,
        {"k" * 10_000_000: 1},
        Client("x" * 10_000_000),
        Client("password=" * 100_000),
        Client("a" * 100_000 + " " * 100_000),
        Client("password='" * 10_000),
        Client("['key', " * 10_000),
        Client("//a:" * 10_000 + "@"),
        Client("<key " * 10_000),
    ],
    ids=range(13),
)
def test_what_is_too_long_too_deep_or_endless_is_cut_before_it_costs_much(value: Any) -> None:
    start = time.thread_time()
    shown = show(value)
    assert time.thread_time() - start < 1
    assert len(shown.encode()) <= TASK_LIMIT


def test_a_value_is_written_out_once() -> None:
    class Counted:
        looks = 0

        def __repr__(self) -> str:
            self.looks += 1
            return "x"

    counted = Counted()
    assert short_and_long([counted]) == ("[x]", None)
    assert counted.looks == 1


def test_no_more_of_a_value_is_looked_at_than_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0

    def look(said: str, *_: object) -> str:
        nonlocal looked_at
        looked_at += len(said)
        return said

    monkeypatch.setattr(values, "scrub", look)
    for value in ("x" * 10**6, ["x" * 10**6] * 1000, [["x" * 100] * 1000] * 1000, {"k": ["x" * 5000] * 1000}):
        looked_at = 0
        assert TASK_LIMIT - 3 <= len(show(value).encode()) <= TASK_LIMIT
        assert looked_at <= 3 * TASK_LIMIT


@pytest.mark.parametrize("kind", [list, deque, UserList])
def test_no_more_items_are_looked_at_than_can_be_shown(kind: type[Any]) -> None:
    looks = 0

    class Counted(kind):  # type: ignore[misc]
        def __iter__(self) -> Iterator[str]:
            nonlocal looks
            for item in super().__iter__():
                looks += 1
                yield item

    shown = redact(Counted(["x" * 1000] * 100))
    assert shown[-1] == "… 83 more"
    assert looks <= 18


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"a" * 10**6, "b'aaa"),
        (bytearray(10**6), "bytearray(b'\\x00"),
        (array("B", bytes(10**6)), "array('B', [0, 0"),
        (memoryview(bytes(10**6)), "<memory at"),
    ],
    ids=["bytes", "bytearray", "array", "memoryview"],
)
def test_of_long_bytes_and_arrays_only_the_beginning_is_written_out(
    value: Any, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def write(part: object) -> str:
        written.append(repr(part))
        return written[-1]

    monkeypatch.setattr(values, "repr", write, raising=False)
    assert show(value).startswith(shown)
    assert max(map(len, written)) <= 5 * TASK_LIMIT


def test_no_more_names_are_looked_at_than_can_be_shown() -> None:
    assert len(redact({f"{number:01000}": number for number in range(100)})) <= 18


def test_of_a_first_item_only_the_beginning_is_taken_for_a_name() -> None:
    class Whole(bytes):
        def decode(self, *_: Any) -> str:
            raise AssertionError

    assert show((Whole(b"a" * 10**6), 1)).startswith("[b'aaa")


def test_a_secret_that_is_cut_off_does_not_show() -> None:
    shown = show("x" * (TASK_LIMIT - 40) + " redis://ada:" + "geheim" * 100 + "@localhost")
    assert "redis://ada:[redacted" in shown
    assert "geheim" not in shown


def test_what_is_left_out_is_counted() -> None:
    assert redact(list(range(1007)))[-1] == "… 7 more"
    assert redact({str(n): n for n in range(1007)})["…"] == "7 more"


def test_the_short_form_is_that_of_a_row_and_the_long_one_is_given_where_it_says_more() -> None:
    assert short_and_long("x") == ('"x"', None)
    short, long = short_and_long("x" * 5000)
    assert len(short.encode()) <= ROW_LIMIT
    assert long is not None
    assert len(long) == 5002


@given(TEXT, st.integers(min_value=0, max_value=50))
def test_a_clipped_text_is_valid_fits_and_begins_as_the_whole_did(whole: str, limit: int) -> None:
    clipped = clip(whole, limit)
    assert len(clipped.encode("utf-8")) <= limit
    readable = whole.encode("utf-8", "replace").decode()
    if len(readable.encode()) <= limit:
        assert clipped == readable
    else:
        assert readable.startswith(clipped.removesuffix("…"))


@given(PLAIN, st.integers(min_value=0, max_value=200))
def test_whatever_is_shown_is_valid_and_fits(value: Any, limit: int) -> None:
    assert len(show(value, limit).encode("utf-8")) <= limit
