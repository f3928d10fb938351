"""What a client asks not to see: the member `not` of a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from phloem.model.state import State
from phloem_server.mirror.query.arguments import read_arguments
from phloem_server.mirror.query.fields import GROUPS, limit_of
from phloem_server.mirror.query.values import (
    QueryError,
    check_stars,
    read_states,
    read_texts,
    shown,
)

UNWANTED_TEXTS_LIMIT = 10
"""Most texts in `not.q`, and in `not.error`."""


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """What excludes a task: any of these values, or any of the texts `q` in its search text."""

    state: tuple[State, ...] = ()
    """None of these states."""

    name: tuple[str, ...] = ()
    """None of these names; `*` stands for any text."""

    queue: tuple[str, ...] = ()
    """None of these queues; `*` stands for any text."""

    worker: tuple[str, ...] = ()
    """None of these workers; `*` stands for any text."""

    owner: tuple[str, ...] = ()
    """Of none of these owners; `*` stands for any text."""

    release: tuple[str, ...] = ()
    """Of none of these releases; `*` stands for any text."""

    label: tuple[str, ...] = ()
    """None of these labels, whatever their case; `*` stands for any text."""

    parent_id: tuple[str, ...] = ()
    """Not sent by any of these tasks."""

    root_id: tuple[str, ...] = ()
    """Not of a workflow that any of these tasks began."""

    group_id: tuple[str, ...] = ()
    """Of none of these groups."""

    retry_of: tuple[str, ...] = ()
    """Not a copy of any of these tasks."""

    args: dict[str, str] = {}
    """No argument of one of these names with the value beside it, written as in `args` of a query."""

    error: tuple[str, ...] = ()
    """None of these texts, at most {UNWANTED_TEXTS_LIMIT} of them, in the type or message of its error."""

    q: tuple[str, ...] = ()
    """None of these texts, at most {UNWANTED_TEXTS_LIMIT} of them, anywhere in what `q` of a query is looked for in."""

    @classmethod
    def parse(cls, given: Any) -> Self:
        """Reads the member `not` of a query. Raises QueryError."""
        if given is None:
            return cls()
        fields = cls.__struct_fields__
        if not isinstance(given, Mapping):
            raise QueryError(f"not is {shown(given)}; expected an object with any of {', '.join(fields)}.")
        unknown = [str(name) for name in given if name not in fields]
        if unknown:
            raise QueryError(f"{shown(unknown[0])} is not part of not; expected {', '.join(fields)}.")
        texts = {
            name: read_texts(f"not.{name}", value, limit_of(name))
            for name, value in given.items()
            if name not in ("state", "args")
        }
        for name in ("q", "error"):
            if len(texts.get(name, ())) > UNWANTED_TEXTS_LIMIT:
                raise QueryError(f"not.{name} has {len(texts[name])} values; expected at most {UNWANTED_TEXTS_LIMIT}.")
        for name in (*GROUPS, "label"):
            check_stars(f"not.{name}", texts.get(name, ()))
        args = read_arguments("not.args", given.get("args"))
        return cls(state=read_states("not.state", given.get("state")), args=args, **texts)
