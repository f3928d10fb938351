"""All that a client can ask for, and which tasks fit."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any, Self

import msgspec

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.query import conditions
from phloem_server.mirror.query.arguments import read_arguments
from phloem_server.mirror.query.comparisons import Comparison, read_counts, read_durations
from phloem_server.mirror.query.conditions import Condition
from phloem_server.mirror.query.exclusion import Exclusion
from phloem_server.mirror.query.fields import GROUPS, LINKS, limit_of
from phloem_server.mirror.query.moments import Moment, age_of, read_moment
from phloem_server.mirror.query.patterns import Pattern
from phloem_server.mirror.query.search_text import WORDS_LIMIT, Texts, search_texts, words_of
from phloem_server.mirror.query.values import (
    QueryError,
    check_stars,
    read_seconds,
    read_text,
    read_wanted_states,
    read_whole,
    shown,
)
from phloem_server.mirror.scope import Scope

LIMIT = 200
"""Most tasks in one view or one page."""

HIGHEST_OFFSET, HIGHEST_MOMENT = 10**15, 2**53
"""The greatest `before` of a client that sees all tasks, and of one that sees those of some."""


class Query(msgspec.Struct, frozen=True, kw_only=True, dict=True, rename={"not_": "not"}):
    """A task fits if every given field fits and nothing of `not` does. Shown are the newest `limit` tasks that fit."""

    state: tuple[State, ...] = ()
    """Any of these states. In JSON one or a list, which has at least one; over HTTP it may repeat."""

    name: str | None = None
    """Tasks of this name. `*` stands for any text, as in `mail.*`; at most {query.values.STARS_LIMIT} of them."""

    queue: str | None = None
    """Tasks of this queue, with `*` as in `name`."""

    worker: str | None = None
    """Tasks of this worker, with `*` as in `name`."""

    owner: str | None = None
    """Tasks of this owner, with `*` as in `name`."""

    release: str | None = None
    """Tasks that ran, or run, in this release of their application, with `*` as in `name`."""

    label: str | None = None
    """Tasks of this label, with `*` as in `name`, whatever the case of its letters."""

    parent_id: str | None = None
    """Tasks that this task sent."""

    root_id: str | None = None
    """Tasks of the workflow that this task began."""

    group_id: str | None = None
    """Tasks of this group."""

    retry_of: str | None = None
    """Copies of this task, made when a user ran it again."""

    args: dict[str, str] = {}
    """Values of arguments by their names, at most {query.arguments.ARGUMENTS_LIMIT}, with `*` as in `name`, whatever
    their case. A keyword argument has its name, a positional one its place from `0` on; `order.id` is the member `id`
    of `order`, and of a list one member has to fit. Over HTTP `args.customer=ACME`."""

    error: str | None = None
    """Text that is found in the error, "TYPE: MESSAGE", whatever its case."""

    since: Moment | None = None
    """Tasks that ended, started to run or began to wait since then, whichever was the last: Unix seconds, a time of day
    (`14:30`, the last one), a date (`2026-11-30`), both (`2026-11-30T14:30Z`), `midnight`, `today`, `yesterday`, or an
    age (`2h`, with the units s, m, h, d and w), at which a row leaves. Without a zone they are in UTC."""

    until: Moment | None = None
    """The same before then: Unix seconds or any of those texts. A date includes the whole day."""

    ran: tuple[str, ...] = ()
    """Tasks that ran, or have been running, for so long: `>10s`, `>=`, `<` or `<=`, with the unit ms, s, m, min, h, d
    or w; seconds without one. One comparison or a list of which all have to fit; over HTTP it may repeat."""

    waited: tuple[str, ...] = ()
    """Tasks whose present try waited, or has been waiting, for so long, written as `ran`."""

    tries: tuple[str, ...] = ()
    """Tasks with so many tries, the present one included: `>1`, `>=`, `<`, `<=` or `=`. May be a list as `ran`."""

    q: str | None = None
    """Words, at most {query.search_text.WORDS_LIMIT}, of which each is found anywhere in name, label, id, queue,
    worker, owner, message, arguments, result or error, whatever their case. What is in quotes is one phrase."""

    not_: Exclusion = Exclusion()
    """What excludes a task: an object of `args`, and of `state`, `name`, `queue`, `worker`, `owner`, `release`,
    `label`, `parent_id`, `root_id`, `group_id`, `retry_of`, `error` and `q`, each one value or a list of at most
    {query.values.VALUES_LIMIT}; of `error` and of `q` at most {query.exclusion.UNWANTED_TEXTS_LIMIT}, and of `*` at
    most {query.values.STARS_LIMIT} in one field. Over HTTP `not.name=mail.*`, which may repeat."""

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
    def parse(cls, given: Any, scope: Scope | None, now: float | None = None) -> Self:
        """A query from what came over HTTP or Socket.IO, of a client that is limited to `scope`, at the time `now`
        (Unix seconds, the present by default). Raises QueryError.
        """
        if not isinstance(given, Mapping):
            raise QueryError(f"A view is an object with any of {', '.join(_FIELDS)}; got {shown(given)}.")
        _refuse_unknown(given)
        now = time.time() if now is None else now
        texts = {
            name: read_text(name, given.get(name), limit_of(name)) for name in (*GROUPS, "label", *LINKS, "error", "q")
        }
        for name in (*GROUPS, "label"):
            check_stars(name, [texts[name] or ""])
        if (words := len(words_of(texts["q"] or ""))) > WORDS_LIMIT:
            raise QueryError(f"q has {words} words; expected at most {WORDS_LIMIT}.")
        return cls(
            state=read_wanted_states("state", given.get("state")),
            **texts,
            args=read_arguments("args", given.get("args")),
            since=read_moment("since", given.get("since"), now),
            until=read_moment("until", given.get("until"), now),
            ran=read_durations("ran", given.get("ran")),
            waited=read_durations("waited", given.get("waited")),
            tries=read_counts("tries", given.get("tries")),
            not_=Exclusion.parse(given.get("not")),
            within=read_seconds("within", given.get("within")),
            older=read_seconds("older", given.get("older")),
            before=read_whole("before", given.get("before"), high=HIGHEST_OFFSET if scope is None else HIGHEST_MOMENT),
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
    def known_ages(self) -> tuple[float, ...]:
        """The ages in seconds since `known_since` at which a task starts or ceases to fit."""
        return tuple(age for age in (self.within, self.older) if age is not None)

    @cached_property
    def state_ages(self) -> tuple[float, ...]:
        """The ages in seconds since `state_since` at which a task starts or ceases to fit."""
        moments = (age for moment in (self.since, self.until) if (age := age_of(moment)) is not None)
        return (*moments, *(each.bound for each in (*self._ran, *self._waited)))

    @cached_property
    def passes(self) -> bool:
        """Whether a task may start or cease to fit by the passing of time."""
        return bool(self.known_ages or self.state_ages)

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
        rest = self.links or self._unlike or self._unindexed or self._conditions or self.searches
        return next(iter(self.groups.items())) if len(self.groups) == 1 and not rest else None

    @cached_property
    def searches(self) -> bool:
        """Whether the search text of tasks has to be examined."""
        return bool(self._wanted or self._unwanted)

    @cached_property
    def takes_all(self) -> bool:
        """Whether nothing but the state is asked for, by a client that may see all tasks."""
        asks = self.groups or self.links or self._unlike or self._conditions or self.searches
        return self.scope is None and not asks

    @cached_property
    def _unindexed(self) -> Scope | None:
        """The scope, if there is more to it than what `groups` tells."""
        scope = self.scope
        return scope if scope is not None and (scope.task is not None or scope.root is not None) else None

    @cached_property
    def _unlike(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((name, values) for name in LINKS if (values := getattr(self.not_, name)))

    @cached_property
    def _wanted(self) -> tuple[str, ...]:
        return words_of(self.q or "")

    @cached_property
    def _unwanted(self) -> tuple[str, ...]:
        return tuple(text.casefold() for text in self.not_.q)

    @cached_property
    def _ran(self) -> tuple[Comparison, ...]:
        return tuple(map(Comparison.of, self.ran))

    @cached_property
    def _waited(self) -> tuple[Comparison, ...]:
        return tuple(map(Comparison.of, self.waited))

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        """What no index answers and no search text is needed for, the cheap ones first."""
        unlike = self.not_
        each = {
            conditions.tried(tuple(map(Comparison.of, self.tries))): self.tries,
            conditions.of_age(self.within, self.older): self.known_ages,
            conditions.in_time(self.since, self.until): self.since or self.until,
            conditions.ran_for(self._ran): self._ran,
            conditions.waited_for(self._waited): self._waited,
            conditions.labelled(self.label, unlike.label): self.label or unlike.label,
            conditions.failed_with(self.error, unlike.error): self.error or unlike.error,
            conditions.with_arguments(self.args, unlike.args): self.args or unlike.args,
        }
        return tuple(condition for condition, given in each.items() if given)

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
        for fits_now in self._conditions:
            tasks = [task for task in tasks if fits_now(task, now)]
        if not self.searches:
            return tasks
        found = list(zip(tasks, texts(tasks), strict=True))
        for wanted in self._wanted:
            found = [(task, text) for task, text in found if wanted in text]
        for unwanted in self._unwanted:
            found = [(task, text) for task, text in found if unwanted not in text]
        return [task for task, _ in found]


def _refuse_unknown(given: Mapping[Any, Any]) -> None:
    if "group" in given:
        raise QueryError(
            f"group is {shown(given['group'])}; errors are not grouped here. "
            "The tasks of one of Celery's groups are those of group_id."
        )
    unknown = [str(name) for name in given if name not in _FIELDS]
    if unknown:
        raise QueryError(f"{shown(unknown[0])} is not part of a query; expected {', '.join(_FIELDS)}.")


_FIELDS = tuple(name for name in Query.__struct_encode_fields__ if name != "scope")

_LATER = ("owner", "release", "label", "args", "error", "since", "until", "ran", "waited", "tries", "scope")
"""Fields that versions of the first protocol do not know: the key of what asks for none of them is that of theirs."""
