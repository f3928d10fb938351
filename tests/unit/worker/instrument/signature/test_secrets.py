"""Neither a refusal of arguments nor a schema tells a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from phloem.instrument.signature import ArgumentsError, Signature


@dataclass
class Account:
    user: str
    pin: int
    mode: Literal["a", "b"] = "a"


def sign_in(user: str, password: int, otp: Literal["a"] = "a", account: Account | None = None) -> None: ...


def several(*tokens: int, **more: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "said"),
    [
        (sign_in, ["ann", "geheim"], {}, "password: expected `int`, got `str` [redacted]"),
        (sign_in, ["ann"], {"password": {"x": "geheim"}}, "password: expected `int`, got `object` [redacted]"),
        (sign_in, ["ann", 1], {"otp": "geheim"}, "otp: invalid enum value, got [redacted]"),
        (sign_in, ["ann", float("inf")], {}, "password: expected finite numbers, got [redacted]"),
        (
            sign_in,
            ["ann", 1],
            {"account": {"user": "ann", "pin": "geheim"}},
            'account.pin: expected `int`, got `str`, in {"user": "ann", "pin": "[redacted]"}',
        ),
        (
            sign_in,
            ["ann", 1],
            {"account": {"user": "ann", "pin": 1, "mode": "ghp_geheim123"}},
            (
                "account.mode: invalid enum value '[redacted]', "
                'in {"user": "ann", "pin": "[redacted]", "mode": "[redacted]"}'
            ),
        ),
        (sign_in, [["redis://:geheim@h"], 1], {}, 'user: expected `str`, got `array` ["redis://:[redacted]@h"]'),
        (sign_in, ["ann", 1], {"ghp_geheim123": 1}, '"[redacted]": unexpected; there is user, password, otp, account'),
        (several, ["geheim"], {}, "tokens[0]: expected `int`, got `str` [redacted]"),
        (several, [], {"api_key": "geheim"}, '"api_key": expected `int`, got `str` [redacted]'),
        (several, [], {"size": "big"}, '"size": expected `int`, got `str` "big"'),
    ],
)
def test_a_refused_value_is_shown_without_its_secrets(
    function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArgumentsError) as refused:
        Signature.of(function).check(args, kwargs)
    assert str(refused.value) == said


def test_a_default_with_a_secret_within_is_no_part_of_the_schema() -> None:
    def task(broker: str = "amqp://ann:geheim@host", hook: Any = ("ghp_geheim123",), size: int = 3) -> None: ...

    schema = Signature.of(task).schema
    assert "geheim" not in str(schema)
    assert schema["properties"]["size"]["default"] == 3
