"""What a client asks to see of all tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any, Self

import msgspec

from phloem.model.state import State
from phloem.model.task import Task, known_since
from phloem_server.mirror.query_values import (
    ID_LIMIT_CHARACTERS,
    TEXT_LIMIT_CHARACTERS,
    Pattern,
    QueryError,
    check_stars,
    read_seconds,
    read_states,
    read_text,
    read_texts,
    read_whole,
    shown,
)
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.search_text import Texts, search_texts

LIMIT = 200
"""Most tasks in one view or one page."""

GROUPS = ("name", "queue", "worker", "owner")
"""Fields with few different values, in which `*` stands for any text."""

LINKS = ("parent_id", "root_id", "group_id", "retry_of")
"""Fields that hold the id of another task."""

UNWANTED_TEXTS_LIMIT = 10
"""Most texts in `not.q`."""


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

    parent_id: tuple[str, ...] = ()
    """Not sent by any of these tasks."""

    root_id: tuple[str, ...] = ()
    """Not of a workflow that any of these tasks began."""

    group_id: tuple[str, ...] = ()
    """Of none of these groups."""

    retry_of: tuple[str, ...] = ()
    """Not a copy of any of these tasks."""

    q: tuple[str, ...] = ()
    """None of these texts, at most {UNWANTED_TEXTS_LIMIT} of them, anywhere in name, label, id, message or arguments.
    """

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
            name: read_texts(f"not.{name}", value, _limit(name)) for name, value in given.items() if name != "state"
        }
        if len(texts.get("q", ())) > UNWANTED_TEXTS_LIMIT:
            raise QueryError(f"not.q has {len(texts['q'])} values; expected at most {UNWANTED_TEXTS_LIMIT}.")
        for name in GROUPS:
            check_stars(f"not.{name}", texts.get(name, ()))
        return cls(state=read_states("not.state", given.get("state")), **texts)


class Query(msgspec.Struct, frozen=True, kw_only=True, dict=True, rename={"not_": "not"}):
    """A task fits if every given field fits and nothing of `not` does. Shown are the newest `limit` tasks that fit."""

    state: tuple[State, ...] = ()
    """Any of these states. In JSON one or a list; over HTTP it may repeat."""

    name: str | None = None
    """Tasks of this name. `*` stands for any text, as in `mail.*`; at most {query_values.STARS_LIMIT} of them."""

    queue: str | None = None
    """Tasks of this queue, with `*` as in `name`."""

    worker: str | None = None
    """Tasks of this worker, with `*` as in `name`."""

    owner: str | None = None
    """Tasks of this owner, with `*` as in `name`."""

    parent_id: str | None = None
    """Tasks that this task sent."""

    root_id: str | None = None
    """Tasks of the workflow that this task began."""

    group_id: str | None = None
    """Tasks of this group."""

    retry_of: str | None = None
    """Copies of this task, made when a user ran it again."""

    q: str | None = None
    """Text that is found anywhere in name, label, id, message or arguments, whatever its case."""

    not_: Exclusion = Exclusion()
    """What excludes a task: an object of `state`, `name`, `queue`, `worker`, `owner`, `parent_id`, `root_id`,
    `group_id`, `retry_of` and `q`, each one value or a list of at most {query_values.VALUES_LIMIT}; of `q` at most
    {UNWANTED_TEXTS_LIMIT}, and of `*` at most {query_values.STARS_LIMIT} in one field. Over HTTP `not.name=mail.*`,
    which may repeat."""

    within: float | None = None
    """Less than so many seconds since the task was created, or first heard of where that is unknown. A row leaves when
    its time has passed."""

    older: float | None = None
    """At least so many seconds since then. A row comes when its time has passed."""

    before: int | None = None
    """Tasks that became known before this offset: the `next` of the page before."""

    limit: int = LIMIT
    """The newest so many, at most {LIMIT}."""

    scope: Scope | None = None
    """To which tasks the client is limited that asks. It comes with the client, and is no part of what it sends."""

    @classmethod
    def parse(cls, given: Any, scope: Scope | None) -> Self:
        """A query from what came over HTTP or Socket.IO, of a client that is limited to `scope`. Raises QueryError."""
        if not isinstance(given, Mapping):
            raise QueryError(f"A view is an object with any of {', '.join(_FIELDS)}; got {shown(given)}.")
        unknown = [str(name) for name in given if name not in _FIELDS]
        if unknown:
            raise QueryError(f"{shown(unknown[0])} is not part of a query; expected {', '.join(_FIELDS)}.")
        texts = {name: read_text(name, given.get(name), _limit(name)) for name in (*GROUPS, *LINKS, "q")}
        for name in GROUPS:
            check_stars(name, [texts[name] or ""])
        return cls(
            state=read_states("state", given.get("state")),
            **texts,
            not_=Exclusion.parse(given.get("not")),
            within=read_seconds("within", given.get("within")),
            older=read_seconds("older", given.get("older")),
            before=read_whole("before", given.get("before"), high=10**15),
            limit=read_whole("limit", given.get("limit"), low=1, high=LIMIT) or LIMIT,
            scope=scope,
        )

    @cached_property
    def key(self) -> str:
        """Equal for equal queries, in every process, also in one of another version.

        Whoever has a scope may not find a query of theirs with the key of another scope's, so that one is longer.
        """
        asked = msgspec.to_builtins(self)
        for part in (asked, asked["not"]):
            for name in _LATER:
                if not part.get(name):
                    part.pop(name, None)
        digits = 16 if self.scope is None else 32
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:digits]

    @cached_property
    def states(self) -> frozenset[State]:
        """The states asked for."""
        return frozenset(self.state or State) - frozenset(self.not_.state)

    @cached_property
    def ages(self) -> tuple[float, ...]:
        """The ages in seconds at which a task starts or ceases to fit."""
        return tuple(age for age in (self.within, self.older) if age is not None)

    @cached_property
    def groups(self) -> dict[str, Pattern]:
        """The fields with few values that are asked for, each with its pattern."""
        only = {} if self.scope is None else {"owner": self.scope.owner}
        asked = {name: (getattr(self, name), getattr(self.not_, name), only.get(name)) for name in GROUPS}
        return {name: Pattern(*each) for name, each in asked.items() if any(each) or each[2] is not None}

    @cached_property
    def links(self) -> dict[str, str]:
        """The fields that hold a task id and are asked for."""
        return {name: value for name in LINKS if (value := getattr(self, name))}

    @cached_property
    def only_group(self) -> tuple[str, Pattern] | None:
        """The one field with few values that is asked for, if nothing but the state is asked for beside it."""
        links = (getattr(each, name) for each in (self, self.not_) for name in LINKS)
        rest = (self._unindexed, self.q, self.not_.q, *self.ages, *links)
        return next(iter(self.groups.items())) if len(self.groups) == 1 and not any(rest) else None

    @cached_property
    def searches(self) -> bool:
        """Whether the search text of tasks has to be examined."""
        return bool(self.q or self.not_.q)

    @cached_property
    def takes_all(self) -> bool:
        """Whether nothing but the state is asked for, by a client that may see all tasks."""
        links = (getattr(each, name) for each in (self, self.not_) for name in LINKS)
        return self.scope is None and not (self.groups or self.ages or self.searches or any(links))

    @cached_property
    def _unindexed(self) -> Scope | None:
        """The scope, if there is more to it than what `groups` tells."""
        scope = self.scope
        return scope if scope is not None and (scope.task is not None or scope.root is not None) else None

    @cached_property
    def _unlike(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((name, values) for name in LINKS if (values := getattr(self.not_, name)))

    @cached_property
    def _wanted(self) -> str:
        return (self.q or "").casefold()

    @cached_property
    def _unwanted(self) -> tuple[str, ...]:
        return tuple(text.casefold() for text in self.not_.q)

    def fits(self, task: Task, now: float) -> bool:
        """Whether `task` fits at the time `now` (Unix seconds), its state aside."""
        return bool(self.sift([task], now, search_texts))

    def sift(self, tasks: list[Task], now: float, texts: Texts) -> list[Task]:
        """Those of `tasks` that fit at the time `now` (Unix seconds), their states aside; `texts` gives search texts.

        One condition after the other, each for all tasks, which costs less for each task.
        """
        for name, fits in self.groups.items():
            of = attrgetter(name)
            tasks = [task for task in tasks if fits[of(task)]]
        for name, value in self.links.items():
            of = attrgetter(name)
            tasks = [task for task in tasks if of(task) == value]
        for name, values in self._unlike:
            of = attrgetter(name)
            tasks = [task for task in tasks if of(task) not in values]
        if (scope := self._unindexed) is not None:
            tasks = [task for task in tasks if scope.admits(task)]
        if self.ages:
            tasks = [task for task in tasks if self._is_of_age(known_since(task), now)]
        if not self.searches:
            return tasks
        wanted = self._wanted
        found = [(task, text) for task, text in zip(tasks, texts(tasks), strict=True) if wanted in text]
        for unwanted in self._unwanted:
            found = [(task, text) for task, text in found if unwanted not in text]
        return [task for task, _ in found]

    def _is_of_age(self, since: float | None, now: float) -> bool:
        if since is None:
            return False
        return (self.within is None or since > now - self.within) and (self.older is None or since <= now - self.older)


def _limit(name: str) -> int:
    return ID_LIMIT_CHARACTERS if name in LINKS else TEXT_LIMIT_CHARACTERS


_LATER = ("owner", "scope")
"""Fields that versions of the first protocol do not know: the key of what asks for none of them is that of theirs."""

_FIELDS = tuple(name for name in Query.__struct_encode_fields__ if name != "scope")
