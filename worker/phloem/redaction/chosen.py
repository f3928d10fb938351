"""Names and patterns that an installation adds to those that are known: PHLOEM_REDACT."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_A-Za-z]+")
"""The words of a name: "AWSAccessKeyId" and "aws-access_key.id" have the same."""


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case."""
    return tuple(word.lower() for word in WORDS.findall(name))


class Chosen:
    """What was added in this process."""

    def __init__(self) -> None:
        self.names: frozenset[tuple[str, ...]] = frozenset()
        """Names, each as its words."""
        self.forms: tuple[re.Pattern[str], ...] = ()
        """Forms of names, such as `tax*`."""
        self.patterns: tuple[re.Pattern[str], ...] = ()
        """What they find in a text is a secret, and so is the value of a name in which they find something."""
        self.forget: list[Callable[[], None]] = []
        """Called when something is added: what was decided before may be wrong."""

    def names_secret(self, name: str, split: tuple[str, ...]) -> bool:
        """Whether a name, whose words are `split`, was added, or contains one that was."""
        if any(each.search(name) for each in self.patterns) or any(each.fullmatch(name) for each in self.forms):
            return True
        return any(split[at : at + len(each)] == each for each in self.names for at in range(len(split)))


CHOSEN = Chosen()


def also(rules: Iterable[str]) -> None:
    """Hides more in this process: `rules` are names and `/patterns/`, as `RecordSettings.redact` has them.

    What was added before stays.
    """
    for rule in rules:
        if rule.startswith("/"):
            CHOSEN.patterns = tuple(dict.fromkeys((*CHOSEN.patterns, compiled(rule))))
        elif "*" in rule:
            form = re.compile(".*".join(map(re.escape, rule.split("*"))), re.IGNORECASE)
            CHOSEN.forms = tuple(dict.fromkeys((*CHOSEN.forms, form)))
        else:
            CHOSEN.names |= {words(rule)}
    for forget in CHOSEN.forget:
        forget()


@cache
def compiled(rule: str) -> re.Pattern[str]:
    """The pattern of a rule: `/…/`, or `/…/i` without regard to case."""
    body, _, flags = rule[1:].rpartition("/")
    return re.compile(body, re.IGNORECASE if flags == "i" else 0)
