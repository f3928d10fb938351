"""What somebody asks to see of all tasks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cached_property
from typing import Any, Self

import msgspec

from phloem.event import State, Task

LIMIT = 200
"""Most tasks in one window or one page."""

_TEXT_LIMIT = 500


class QueryError(ValueError):
    """A query that cannot be answered; the text says what came and what was expected."""


class Query(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that is given must fit: one of the states, the name (`*` stands for anything), the queue, the worker,
    and `q`, found anywhere in name, id, message or arguments, whatever its case. The newest `limit` are shown.
    """

    state: tuple[State, ...] = ()
    name: str | None = None
    queue: str | None = None
    worker: str | None = None
    q: str | None = None
    limit: int = LIMIT

    @classmethod
    def parse(cls, given: Any) -> Self:
        """A query from what came over HTTP or Socket.IO. Raises QueryError."""
        if not isinstance(given, Mapping):
            raise QueryError(
                f"A view is an object with any of {', '.join(cls.__struct_fields__)}; got {_short(given)}."
            )
        unknown = [str(name) for name in given if name not in cls.__struct_fields__]
        if unknown:
            raise QueryError(
                f"{_short(unknown[0])} is not part of a query; expected {', '.join(cls.__struct_fields__)}, "
                "and over HTTP also before."
            )
        limit = _limit(given.get("limit"))
        return cls(
            state=_states(given.get("state")),
            name=_text("name", given.get("name")),
            queue=_text("queue", given.get("queue")),
            worker=_text("worker", given.get("worker")),
            q=_text("q", given.get("q")),
            limit=limit,
        )

    @cached_property
    def key(self) -> str:
        """The same for all who ask the same, in every process."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]

    @cached_property
    def _name(self) -> re.Pattern[str] | None:
        return re.compile(translate(self.name)) if self.name and "*" in self.name else None

    @property
    def only_states(self) -> bool:
        """Whether nothing but the state is asked for."""
        return not (self.name or self.queue or self.worker or self.q)

    def fits(self, task: Task) -> bool:
        """Whether `task` is asked for, its state aside."""
        if self.only_states:
            return True
        if self._name is not None:
            if not self._name.match(task.name or ""):
                return False
        elif self.name and task.name != self.name:
            return False
        if (self.queue and task.queue != self.queue) or (self.worker and task.worker != self.worker):
            return False
        if not self.q:
            return True
        wanted = self.q.casefold()
        texts = (task.name, task.id, task.message, task.args, task.kwargs)
        return any(wanted in text.casefold() for text in texts if text)

    def admits(self, task: Task) -> bool:
        """Whether `task` is asked for, its state included."""
        return (not self.state or task.state in self.state) and self.fits(task)


def _states(given: Any) -> tuple[State, ...]:
    if given is None or given == "":
        return ()
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple):
        raise QueryError(f"state is {_short(given)}; expected a state or a list of states.")
    for name in names:
        if not isinstance(name, str) or name not in State.__members__:
            raise QueryError(f"state is {_short(name)}; expected one of {', '.join(State)}.")
    return tuple(sorted({State(name) for name in names}))


def _text(name: str, given: Any) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > _TEXT_LIMIT:
        raise QueryError(f"{name} is {_short(given)}; expected a text of at most {_TEXT_LIMIT} characters.")
    return given


def _limit(given: Any) -> int:
    if given is None or given == "":
        return LIMIT
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,9}", given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= LIMIT:
        raise QueryError(f"limit is {_short(given)}; expected a whole number from 1 to {LIMIT}.")
    return given


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
