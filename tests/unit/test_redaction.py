from __future__ import annotations

import json
import math
import time
from collections import OrderedDict, namedtuple
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phloem.redaction import REDACTED, ROW_LIMIT, TASK_LIMIT, both, clip, redact, secret, show, text

TEXT = st.text(st.characters(exclude_categories=()))
"""Also lone surrogates, which UTF-8 has no bytes for."""

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary() | st.datetimes() | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(TEXT | st.integers() | st.binary(), inner, max_size=5)
        | st.tuples(inner, inner)
        | st.sets(TEXT, max_size=3)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "db_passwd",
        "PASSPHRASE",
        "pwd",
        "client_secret",
        "token",
        "access_token",
        "api_key",
        "apiKey",
        "signingKey",
        "key",
        "ssh-key",
        "keys",
        "key_id",
        "private",
        "Authorization",
        "credentials",
        "Cookie",
        "sessionid",
        "session_id",
    ],
)
def test_a_key_that_looks_secret(key: str) -> None:
    assert secret(key)
    assert show({key: "geheim"}) == f'{{"{key}":"{REDACTED}"}}'


@pytest.mark.parametrize("key", ["name", "monkey", "keyboard", "keyword", "keywords", "user_id", "session", "total"])
def test_a_key_that_does_not(key: str) -> None:
    assert not secret(key)


@dataclass
class Account:
    user: str
    password: str


class Credentials(msgspec.Struct):
    user: str
    password: str


Login = namedtuple("Login", "user password")


class Client:
    def __init__(self, said: str) -> None:
        self._said = said

    def __repr__(self) -> str:
        return self._said


@pytest.mark.parametrize(
    "value",
    [
        {"password": "geheim"},
        {b"password": "geheim"},
        OrderedDict(nested=[{"deep": {"token": "geheim"}}]),
        ({"a": 1}, {"secret": ["geheim", {"x": "geheim"}]}),
        Account("ada", "geheim"),
        [Account("ada", "geheim")],
        Credentials("ada", "geheim"),
        Login("ada", "geheim"),
        {"data": b"bytes", "password": "geheim"},
        Client("Client(user='ada', password='geheim')"),
        Client("<Client api_key=geheim at 0x7f>"),
        Client("{'x-token': \"geheim und mehr\"}"),
        Client("Client(password='it\\'s geheim')"),
        Client("Client(secret='geheim " + "x" * 50_000),
        {"client": Client("Client(token: geheim)"), "when": datetime(2024, 1, 1, tzinfo=UTC)},
        Client("password = 'geheim'"),
    ],
)
def test_a_secret_does_not_show(value: Any) -> None:
    short, long = both(value)
    assert "geheim" not in short + (long or "")
    assert REDACTED in short


def test_a_secret_that_is_not_set_is_shown_as_that() -> None:
    assert show({"password": None}) == '{"password":null}'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": [1, 2.5, None, True, "ä"]}, '{"a":[1,2.5,null,true,"ä"]}'),
        ((1, 2), "[1,2]"),
        (Decimal("1.5"), '"1.5"'),
        (b"abc", "b'abc'"),
        ({"n": math.nan}, "{'n': nan}"),
        ([object], "[<class 'object'>]"),
        ("<b>bold</b>\n", '"<b>bold</b>\\n"'),
        ({1: 2}, '{"1":2}'),
        (2**63, "9223372036854775808"),
        (2**64, "18446744073709551616"),
        (10**5000, "<int that cannot be shown>"),
        ("\ud800", "'\\ud800'"),
    ],
    ids=range(12),
)
def test_plain_data_is_json_and_all_else_is_a_repr(value: Any, shown: str) -> None:
    assert show(value) == shown


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


class Endless(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        return 1

    def __len__(self) -> int:
        return 2**40

    def __iter__(self) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            yield str(number)


def test_what_cannot_be_shown_is_named_and_hides_nothing_else() -> None:
    assert show(Broken()) == "<Broken that cannot be shown>"
    assert show([1, Broken(), "x"]) == "[1, <Broken that cannot be shown>, 'x']"
    assert text(Broken(), 100) == "<Broken that cannot be shown>"


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
    ],
    ids=range(10),
)
def test_what_is_too_long_too_deep_or_endless_is_cut_before_it_costs_much(value: Any) -> None:
    start = time.thread_time()
    shown = show(value)
    assert time.thread_time() - start < 1
    assert len(shown.encode()) <= TASK_LIMIT


def test_what_is_left_out_is_counted() -> None:
    assert redact(list(range(1007)))[-1] == "… 7 more"
    assert redact({str(n): n for n in range(1007)})["…"] == "7 more"


def test_the_short_form_is_that_of_a_row_and_the_long_one_is_given_where_it_says_more() -> None:
    assert both("x") == ('"x"', None)
    short, long = both("x" * 5000)
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


HARMLESS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(HARMLESS)
def test_plain_data_without_secrets_is_shown_whole(value: Any) -> None:
    shown = show(value)
    assert shown.endswith("…") or json.loads(shown) == value
