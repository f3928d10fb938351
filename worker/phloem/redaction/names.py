"""Which names are those of secrets.

A name is judged by its words: `pin` is one of `userPin` and of `pin_code`, and none of `pinned`. The tables are the
documentation's as well: `docs/redaction.md` is tested against them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from phloem.redaction.chosen import CHOSEN, words

WITHIN = (
    *("passw", "passphrase", "passcode", "kennwort", "secret", "token", "apikey", "accesskey", "privatekey"),
    *("private", "credential", "authorization", "bearer", "cookie", "sessid", "sessionid"),
)
"""Parts of a word that make a name secret, wherever they stand."""

WORDS = frozenset(
    ("pwd", "pw", "otp", "totp", "hotp", "cvv", "cvc", "jwt", "csrf", "xsrf", "psk", "cred", "creds", "passkey")
)
"""Words that make a name secret, wherever they stand in it."""

LAST = frozenset(
    ("key", "keys", "auth", "oauth", "pass", "pin", "sid", "sig", "signature", "signatures", "hmac", "mnemonic")
)
"""Words that make a name secret at its end; a number behind them does not count."""

PAIRS = frozenset(
    (
        *(("pass", "word"), ("pass", "wd"), ("pass", "phrase"), ("pass", "code"), ("pin", "code"), ("pin", "number")),
        *(("api", "key"), ("access", "key"), ("private", "key"), ("key", "id"), ("session", "id"), ("session", "key")),
        *(("auth", "code"), ("auth", "header"), ("auth", "data"), ("code", "verifier"), ("card", "number")),
        *(("sess", "id"), ("security", "code"), ("seed", "phrase"), ("client", "assertion")),
    )
)
"""Two words that make a name secret where one follows the other."""

HARMLESS = ("tokeniz", "tokenis", "secretar", "cookiecutter")
"""Beginnings of words that hold a part of `WITHIN`, and no secret."""

PASSES = frozenset(("first", "second", "third", "last", "next", "low", "high", "band", "multi", "two", "one", "single"))
"""Words before which `pass` is no password: `low_pass`."""

STEMS = (*WITHIN, *WORDS, *LAST, *(max(pair, key=len) for pair in PAIRS))
"""Every name of a secret holds one of these, if it was not added by an installation."""

_WITHIN = re.compile("|".join(WITHIN))
_MISHAPS = ("Error", "Exception", "Warning")
"""Endings of an exception's name: "InvalidTokenError: ..." holds no secret."""

_COUNT = re.compile(r"(?i:tokens|(?<!ac)count$|limit$|length$|ttl$)")
"""Names of numbers about secrets, such as `max_tokens`. A number by any other secret name may be a PIN."""

_LENGTH_REMEMBERED = 100  # characters: names are remembered, and senders choose them


def is_secret(key: str) -> bool:
    """Whether a key of this name is likely to hold a secret."""
    return _remembered(key) if len(key) <= _LENGTH_REMEMBERED else _judged(key)


def hides(name: str, value: object) -> bool:
    """Whether `name` makes `value` a secret."""
    if value is None or isinstance(value, bool) or not is_secret(name):
        return False
    return not (isinstance(value, int | float) and counts(name))


def counts(name: str) -> bool:
    """Whether a number by this name is one about secrets."""
    return _COUNT.search(name) is not None


def _judged(name: str) -> bool:
    if name.endswith(_MISHAPS):
        return False
    split = words(name)
    while len(split) > 1 and split[-1].isdecimal():
        split = split[:-1]
    if not split:
        return CHOSEN.names_secret(name, split)
    last = split[-1] in LAST and not (split[-1] == "pass" and len(split) > 1 and split[-2] in PASSES)
    return (
        last
        or (split[0] == "key" and name[3:4] in ("_", "-"))
        or not WORDS.isdisjoint(split)
        or not PAIRS.isdisjoint(pairwise(split))
        or any(_WITHIN.search(word) and not word.startswith(HARMLESS) for word in split)
        or CHOSEN.names_secret(name, split)
    )


_remembered = lru_cache(10_000)(_judged)
CHOSEN.forget.append(_remembered.cache_clear)
