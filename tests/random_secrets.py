"""Random values with secrets in every place that is shown, and free texts that repeat such values.

Each secret holds MARK, so a look at raw bytes finds it. What a seed makes is the same in every process.
"""

from __future__ import annotations

import json
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from phloem.redaction.names import LAST, PAIRS, WITHIN, WORDS

MARK = "kAnArY"

_BEFORE = ("user", "db", "smtp", "my", "x", "aws", "old")
_HARMLESS = ("size", "path", "compass", "pinned", "passengers", "monkey", "user_id", "note", "mapping")
_SHAPES = (
    "ghp_{}",
    "xoxb-{}-x",
    "sk_live_{}",
    "glpat-{}",
    "AIza{}",
    "eyJ{}.eyJx.y",
    "redis://:{}@host/0",
    "https://ann:{}@host:8000/a?b=c",
    "https://s3/x?X-Amz-Date=1&X-Amz-Signature={}&a=b",
    "https://blob/x?sv=1&sig={}",
    "GET /a?token={} HTTP/1.1",
    "Authorization: Bearer {} (401)",
    "Cookie: a={0}; b={0}",
    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
    "<password>{}</password>",
    "run --token {} now",
    'PASSWORD="{} and more", a=1',
    "next=https%3A%2F%2Fx%2F%3Ftoken%3D{}",
)


@dataclass
class Account:
    """A record whose fields have names."""

    user: str
    password: Any
    size: int = 1


Login = namedtuple("Login", "user api_key")


class Client:
    """An object with a repr of its own."""

    def __init__(self, password: str) -> None:
        self.password = password

    def __repr__(self) -> str:
        return f"<Client password={self.password!r} at 0x7f>"


class Secrets:
    """Makes values of one seed."""

    def __init__(self, seed: object) -> None:
        self._random = Random(str(seed))

    def secret(self) -> str:
        """A secret that nothing but its name tells."""
        return f"{MARK}{self._random.getrandbits(64):016x}"

    def name(self) -> str:
        """A name of a secret, from the tables of those that are recognised, in any spelling."""
        choose = self._random.choice
        kind = choose((WITHIN, sorted(WORDS), sorted(LAST), [" ".join(pair) for pair in sorted(PAIRS)]))
        words = str(choose(kind)).split()
        if self._random.random() < 0.6:
            words = [choose(_BEFORE), *words]
        spell: Callable[[list[str]], str] = choose(
            (
                "_".join,
                "-".join,
                lambda words: "_".join(words).upper(),
                lambda words: words[0] + "".join(word.capitalize() for word in words[1:]),
                lambda words: "".join(word.capitalize() for word in words),
            )
        )
        return spell(words)

    def text(self) -> str:
        """A text in which a secret stands, in a form that tells it."""
        secret = self.secret()
        value = self._random.choice(
            (
                *(shape.format(secret) for shape in _SHAPES),
                f"{self.name()}={secret}",
                f"{self.name()}: {secret}, and so on",
                f"it said {self.name()}={secret!r}; size=3",
                json.dumps({"size": 1, self.name(): secret}),
                json.dumps({"payload": json.dumps({self.name(): [secret, {"a": secret}]})}),
                f"https://host/?size=1&{quote(self.name())}={secret}#x",
                repr({"a": Account("ann", secret), self.name(): (secret, [secret])}),
            )
        )
        return f"{self._random.choice(('', 'at 12:00: ', 'ERROR '))}{value}"

    def value(self, depth: int = 3, *, plain: bool = False) -> Any:
        """A structure with secrets; `plain` is one that JSON holds."""
        choose, secret = self._random.choice, self.secret()
        if depth == 0:
            leaves: list[Any] = [self.text(), 1, None, "note", 2.5, {self.name(): secret}]
            odd = [self.text().encode(), Client(secret), Account("ann", secret), Login("ann", secret), {self.text()}]
            return choose(leaves if plain else leaves + odd)
        parts = [self.value(depth - 1, plain=plain) for _ in range(self._random.randint(1, 3))]
        kinds: list[Callable[[], Any]] = [
            lambda: parts,
            lambda: {choose(_HARMLESS): part for part in parts} | {self.name(): choose((secret, [secret], parts))},
            lambda: {self.text(): parts[0], choose(_HARMLESS): 1},
            lambda: [[self.name(), secret], *parts],
            lambda: ["mysql", "--password", secret, *parts],
        ]
        if not plain:
            kinds += [
                lambda: tuple(parts),
                lambda: OrderedDict({self.name().encode(): secret.encode(), "size": parts}),
                lambda: Account("ann", parts),
                lambda: [("x-api-key", secret), parts],
            ]
        return choose(kinds)()
