from __future__ import annotations

import json
import math
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

from phloem.model.state import State
from phloem.redaction import (
    REDACTED,
    TASK_LIMIT,
    are_single,
    is_secret,
    is_single,
    scrub,
    short_and_long,
    show,
    text,
    texts_in,
)

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
        "auth",
        "basic_auth",
        "httpAuth",
    ],
)
def test_a_key_that_looks_secret(key: str) -> None:
    assert is_secret(key)
    assert show({key: "geheim"}) == f'{{"{key}":"{REDACTED}"}}'


@pytest.mark.parametrize(
    "key",
    ["name", "monkey", "keyboard", "keyword", "keywords", "user_id", "session", "total", "author", "InvalidTokenError"],
)
def test_a_key_that_does_not(key: str) -> None:
    assert not is_secret(key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_tokens", 5),
        ("tokens", 7),
        ("tokensPerSecond", 1.5),
        ("token_count", 3),
        ("password_length", 8),
        ("token_ttl", 60),
        ("has_password", True),
        ("private", False),
    ],
)
def test_flags_and_figures_about_secrets_are_shown(key: str, value: object) -> None:
    assert json.loads(show({key: value})) == {key: value}
    assert scrub(f"{key}={value}, {key}: {value}") == f"{key}={value}, {key}: {value}"


@pytest.mark.parametrize(
    ("key", "value"), [("token", 123456), ("password", 1234), ("token_account", 5), ("tokens", "abc"), ("tokens", [5])]
)
def test_numbers_may_be_secrets_and_what_is_no_number_counts_nothing(key: str, value: object) -> None:
    assert show({key: value}) == f'{{"{key}":"{REDACTED}"}}'
    assert scrub(f"{key}={value}") == f"{key}={REDACTED}"


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
        Client('Client(config=\'{"password": "geheim"}\')'),
        Client("Client(secrets=['geheim', 'geheim'])"),
        b'{"password": "geheim"}',
        '{"password": "geheim"}',
        {"payload": '{"password": "geheim"}'},
        {"payload": json.dumps({"payload": json.dumps({"payload": json.dumps({"password": "geheim geheim"})})})},
        [[["Authorization", "Bearer geheim"]]],
        {"headers": [("Accept", "*/*"), (b"x-api-key", b"geheim")]},
        {"password": "geheim"}.items(),
        "token=geheim" + " " * 2 * TASK_LIMIT,
        ["x", "redis://:geheim@localhost/0"],
    ],
)
def test_a_secret_does_not_show(value: Any) -> None:
    short, long = short_and_long(value)
    assert "geheim" not in short + (long or "")
    assert REDACTED in short


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("password=geheim", "password=[redacted]"),
        ("user=ada;Pwd=geheim;x=1", "user=ada;Pwd=[redacted];x=1"),
        ('{"a": 1, "api_key": "geheim"}', '{"a": 1, "api_key": [redacted]}'),
        ("Authorization: Bearer geheim (403)", "Authorization: [redacted] (403)"),
        ("GET https://maps/?key=geheim&q=x: 403", "GET https://maps/?key=[redacted]&q=x: 403"),
        ("at redis://ada:geheim@host/0!", "at redis://ada:[redacted]@host/0!"),
        ("at postgres://:ge:he@im@host", "at postgres://:[redacted]@host"),
        ("token='it\\'s geheim', n=1", "token=[redacted], n=1"),
        ("secret='geheim", "secret=[redacted]"),
        ('password="token=geheim x", a=1', "password=[redacted], a=1"),
    ],
)
def test_free_text_is_shown_without_its_secrets(said: str, shown: str) -> None:
    assert scrub(said) == shown
    assert scrub(shown) == shown


@pytest.mark.parametrize(
    "said",
    [
        "jwt.InvalidTokenError: Signature has expired",
        "KeyError: 'token'",
        "password=None, token: null",
        "if token == expected:",
        "at http://localhost:8000/path?x=1 since 2024-01-01T00:00:00",
        "mail to ada@example.org: it failed",
        "author=ada",
    ],
)
def test_free_text_without_secrets_is_shown_as_it_is(said: str) -> None:
    assert scrub(said) == said


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


def test_two_words_are_a_pair_only_in_order() -> None:
    assert json.loads(show(["token", "x"])) == ["token", REDACTED]
    assert set(json.loads(show({"token", "x"}))) == {"token", "x"}


def test_texts_of_what_was_hidden_are_known_if_they_are_long_or_have_a_figure() -> None:
    hidden = ["geheim", 1234, "id", "12", "name", {"a": [b"a b1"]}, None, True, 'it"s 1']
    assert set(texts_in(hidden)) == {"geheim", "1234", "a b1", 'it"s 1', 'it\\"s 1'}
    assert {"name"} == set(texts_in(hidden, words=True)) - set(texts_in(hidden))


TELLING_NOTHING = st.text().filter(lambda text: scrub(text) == text and not is_secret(text))

HARMLESS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TELLING_NOTHING,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(HARMLESS)
def test_plain_data_without_secrets_is_shown_whole(value: Any) -> None:
    shown = show(value)
    assert shown.endswith("…") or json.loads(shown) == value


@pytest.mark.parametrize(
    ("value", "single"),
    [(None, True), (3, True), ("a" * 1000, True), ("a" * 1001, False), (State.SUCCESS, False), ([], False)],
)
def test_a_single_value_is_one_that_takes_little_room_and_cannot_change(value: object, single: bool) -> None:
    assert is_single(value) == single
    assert are_single([value]) == are_single({"a": value}) == single
