"""No secret of random values and texts is shown, wherever it stands. A seed that fails is in the test's output."""

from __future__ import annotations

import os
import traceback
from random import SystemRandom
from typing import Any

import pytest

from phloem.instrument.arguments import argument_texts
from phloem.instrument.failures import failure
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.model.task import Line
from phloem.redaction import Veil, scrub, short_and_long, texts_in
from tests.random_secrets import MARK, Secrets

ROUNDS = os.environ.get("SECRETS_ROUNDS")
"""How many values to make of seeds that nobody has tried; else they are of the same hundred seeds each time."""


@pytest.fixture
def seeds() -> list[int]:
    return [SystemRandom().getrandbits(32) for _ in range(int(ROUNDS))] if ROUNDS else list(range(100))


def sign_in(user: Any, password: Any, note: int = 0, *tokens: Any, **credentials: Any) -> None: ...


def test_random_secrets_are_secrets_to_whom_does_not_look_for_them(seeds: list[int]) -> None:
    assert all(MARK in Secrets(seed).text() for seed in seeds)
    assert sum(MARK in repr(Secrets(seed).value()) for seed in seeds) > len(seeds) * 0.9


def test_no_value_shows_its_secrets(seeds: list[int]) -> None:
    for seed in seeds:
        shown = short_and_long(Secrets(seed).value())
        assert MARK not in str(shown), seed


def test_no_text_shows_its_secrets_nor_those_of_a_value_that_it_repeats(seeds: list[int]) -> None:
    for seed in seeds:
        made = Secrets(seed)
        text, value = made.text(), made.value()
        assert MARK not in scrub(text), seed
        assert MARK not in scrub(f"It failed with {value!r}: {text}"), seed


def test_no_argument_is_shown_that_its_name_makes_a_secret(seeds: list[int]) -> None:
    class Task:
        run = staticmethod(sign_in)

    for seed in seeds:
        made = Secrets(seed)
        args = [made.value(1), made.secret(), 1, made.secret(), made.value(2)]
        kwargs = {made.name(): made.value(2), "imap": made.secret()}
        assert MARK not in str(argument_texts(args, kwargs, {}, Task)), seed
        assert MARK not in str(argument_texts(args, {made.name(): made.secret()}, {}, None)), seed


def test_no_error_and_no_line_shows_secrets_nor_what_the_run_was_given(seeds: list[int]) -> None:
    for seed in seeds:
        made = Secrets(seed)
        hidden: list[object] = []
        given = made.secret()
        short_and_long({"password": given, "a": made.value(2)}, hidden=hidden)
        veil = Veil(texts_in(hidden))
        with pytest.raises(ValueError, match=MARK) as raised:
            raise ValueError(f"{made.text()} {made.value(2)!r} {given}")
        told = "".join(traceback.format_exception(raised.value))
        assert MARK not in str(failure(raised.value, None, told, veil.known)), seed
        said = [f"{made.text()} as {given}", *made.text().splitlines()]
        lines = veil.lines(tuple(Line(at=1, level="info", message=each) for each in said))
        assert MARK not in str(lines), seed


def test_no_refusal_of_arguments_shows_their_secrets(seeds: list[int]) -> None:
    signature = Signature.of(sign_in)
    for seed in seeds:
        made = Secrets(seed)
        args, kwargs = [made.value(1, plain=True)], {made.name(): made.value(2, plain=True), "note": made.text()}
        with pytest.raises(ArgumentsError) as refused:
            signature.check(args, kwargs)
        assert MARK not in str(refused.value), seed
