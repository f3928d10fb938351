"""Finds an argument of a task by its name, or by its place among the positional ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from phloem.model.task import Task
from phloem_server.mirror.query.values import QueryError, check_stars, read_text, shown

ARGUMENTS_LIMIT = 10
"""Most arguments in one query."""

NAME_LIMIT_CHARACTERS = 100
"""Most characters of the name of an argument."""

_decode = msgspec.json.Decoder().decode
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_REST = rf"\s*:\s*({_QUOTED}|[^,\]}}]*)"


def read_arguments(name: str, given: Any) -> dict[str, str]:
    """The member `args` of a query, an object of names and values. Raises QueryError."""
    if given is None or given == "":
        return {}
    if not isinstance(given, Mapping):
        raise QueryError(f"{name} is {shown(given)}; expected an object of names and values, such as customer: ACME.")
    if len(given) > ARGUMENTS_LIMIT:
        raise QueryError(f"{name} has {len(given)} names; expected at most {ARGUMENTS_LIMIT}.")
    found = {}
    for key, value in sorted(given.items(), key=lambda item: str(item[0])):
        if not isinstance(key, str) or not 0 < len(key) <= NAME_LIMIT_CHARACTERS:
            limit = NAME_LIMIT_CHARACTERS
            raise QueryError(f"{name} has the name {shown(key)}; expected a text of 1 to {limit} characters.")
        text = read_text(f"{name}.{key}", value)
        check_stars(f"{name}.{key}", [text or ""])
        if text is not None:
            found[key] = text
    return found


class Arguments:
    """The arguments of a task. What is read of them is read once, however much is asked for."""

    def __init__(self, task: Task) -> None:
        self._args, self._kwargs = task.args, task.kwargs
        self._read: dict[str, Any] = {}

    def values(self, name: str) -> Iterator[str]:
        """The values of one as texts. `order.id` is the member `id` of `order`, `0` the first positional one."""
        head = name.partition(".")[0]
        if self._kwargs is not None and head in self._kwargs:
            try:
                yield from _members(self._data(self._kwargs), name)
            except (msgspec.DecodeError, RecursionError):  # shortened, or no plain data: Python's repr of it
                yield from _written(self._kwargs, name)
        if self._args is not None and head.isdecimal():
            with suppress(msgspec.DecodeError, RecursionError):
                yield from _members(self._data(self._args), name)

    def _data(self, text: str) -> Any:
        if text not in self._read:
            try:
                self._read[text] = _decode(text)
            except (msgspec.DecodeError, RecursionError) as error:
                self._read[text] = error
        if isinstance(data := self._read[text], Exception):
            raise data
        return data


def _members(value: Any, path: str) -> Iterator[str]:
    if not path:
        for each in value if isinstance(value, list) else [value]:
            yield each if isinstance(each, str) else msgspec.json.encode(each).decode()
    elif isinstance(value, dict) and path in value:
        yield from _members(value[path], "")
    else:
        head, _, rest = path.partition(".")
        if isinstance(value, dict) and head in value:
            yield from _members(value[head], rest)
        elif isinstance(value, list) and head.isdecimal() and int(head[:9]) < len(value):
            yield from _members(value[int(head[:9])], rest)


def _written(text: str, name: str) -> Iterator[str]:
    """What stands behind a name in a text that is no JSON."""
    for found in re.finditer(rf"[\"']{re.escape(name)}[\"']{_REST}", text):
        value = found[1].strip()
        yield value[1:-1] if value[:1] in ("'", '"') and value[-1:] == value[:1] else value
