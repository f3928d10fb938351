"""PHLOEM_REDACT: names and patterns of secrets, beside those that are known anyway.

iban,customer_number    the values of these names, also as `customerNumber` or `main_iban`
tax*                    the values of names of this form, in whatever case
/DE[0-9]{20}/           what the pattern finds in any text, and the values of names in which it finds something
/cust-[a-z]+/i          the same, without regard to case
"""

from __future__ import annotations

import re

MAY_HOLD = "names and /patterns/, separated by commas or blanks, such as iban,customer_number,/cust-[0-9]+/i"

_ITEM = re.compile(r"(?P<pattern>/(?:\\.|[^\\])*?/i?)(?=[,\s]|\Z)|(?P<name>[\w.*-]*[^\W_][\w.*-]*)(?=[,\s]|\Z)")
_SEPARATOR = re.compile(r"[,\s]")
_BETWEEN = re.compile(r"[,\s]*")


def rules(text: str) -> tuple[str, ...]:
    """The names and patterns in `text`, as they stand there. Raises ValueError, which says what is wrong with one."""
    found: list[str] = []
    place = _end(text, 0)
    while place < len(text):
        item = _ITEM.match(text, place)
        if item is None:
            raise ValueError(f"{_SEPARATOR.split(text[place:])[0]} is none of them")
        if item["pattern"] is not None:
            _check(item["pattern"])
        found.append(item[0])
        place = _end(text, item.end())
    return tuple(dict.fromkeys(found))


def _end(text: str, place: int) -> int:
    between = _BETWEEN.match(text, place)
    return place if between is None else between.end()


def _check(rule: str) -> None:
    body = rule[1:].rpartition("/")[0]
    try:
        pattern = re.compile(body)
    except re.error as error:
        raise ValueError(f"{rule} is no regular expression: {error}") from error
    if pattern.search("") is not None:
        raise ValueError(f"{rule} finds the empty text, which is everywhere")
