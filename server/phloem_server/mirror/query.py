"""What somebody asks to see of all tasks."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import cached_property
from operator import attrgetter
from typing import Any, Self

import msgspec

from phloem.errors import PhloemError
from phloem.model.state import State
from phloem.model.task import Task

LIMIT = 200
"""Most tasks in one window or one page."""

GROUPS = ("name", "queue", "worker")
"""Fields with few values, for which `*` stands for anything."""

LINKS = ("parent_id", "root_id", "group_id", "retry_of")
"""Fields that name other tasks."""

_TEXT_LIMIT = 500
_VALUES = 50
_UNWANTED = 10
_STARS = 20
_VALUES_KNOWN = 10_000
_OLDEST = 100 * 366 * 86400.0


Texts = Callable[[list[Task]], list[str]]
"""What free text is looked for in, for each task."""


class QueryError(PhloemError, ValueError):
    """A query that cannot be answered; the text says what came and what was expected."""

    code = "query_invalid"


class Values(dict[str | None, bool]):
    """Which values of one field are asked for, worked out once for each."""

    def __init__(self, wanted: str | None, unwanted: tuple[str, ...]) -> None:
        super().__init__()
        self._wanted = None if wanted is None else _like(wanted)
        self._unwanted = [_like(text) for text in unwanted]

    def __missing__(self, value: str | None) -> bool:
        if len(self) >= _VALUES_KNOWN:
            self.clear()
        self[value] = fits = self._fits(value)
        return fits

    def _fits(self, value: str | None) -> bool:
        if value is None:  # what is not known is nothing that can be asked for
            return self._wanted is None
        return (self._wanted is None or self._wanted(value)) and not any(unlike(value) for unlike in self._unwanted)


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """What a task must not be: any of the states, of the names, ..., nor have any of the texts `q` in it."""

    state: tuple[State, ...] = ()
    name: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    worker: tuple[str, ...] = ()
    parent_id: tuple[str, ...] = ()
    root_id: tuple[str, ...] = ()
    group_id: tuple[str, ...] = ()
    retry_of: tuple[str, ...] = ()
    q: tuple[str, ...] = ()

    @classmethod
    def parse(cls, given: Any) -> Self:
        """What came under `not`. Raises QueryError."""
        if given is None:
            return cls()
        fields = cls.__struct_fields__
        if not isinstance(given, Mapping):
            raise QueryError(f"not is {_short(given)}; expected an object with any of {', '.join(fields)}.")
        unknown = [str(name) for name in given if name not in fields]
        if unknown:
            raise QueryError(f"{_short(unknown[0])} is not part of not; expected {', '.join(fields)}.")
        texts = {name: _texts(f"not.{name}", value) for name, value in given.items() if name != "state"}
        if len(texts.get("q", ())) > _UNWANTED:
            raise QueryError(f"not.q has {len(texts['q'])} values; expected at most {_UNWANTED}.")
        for name in GROUPS:
            _check_stars(f"not.{name}", texts.get(name, ()))
        return cls(state=_states("not.state", given.get("state")), **texts)


class Query(msgspec.Struct, frozen=True, kw_only=True, dict=True, rename={"not_": "not"}):
    """All that is given must fit. The newest `limit` are shown, or the newest that became known before offset `before`.

    `name`, `queue` and `worker` may contain `*`, which stands for anything. `q` is found anywhere in name, id, message
    or arguments, whatever its case. `within` and `older` are seconds since the task was created, or first heard of
    where nobody knows that: less than, or at least so many. Nothing of `not` may fit.
    """

    state: tuple[State, ...] = ()
    name: str | None = None
    queue: str | None = None
    worker: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    group_id: str | None = None
    retry_of: str | None = None
    q: str | None = None
    not_: Exclusion = Exclusion()
    within: float | None = None
    older: float | None = None
    before: int | None = None
    limit: int = LIMIT

    @classmethod
    def parse(cls, given: Any) -> Self:
        """A query from what came over HTTP or Socket.IO. Raises QueryError."""
        if not isinstance(given, Mapping):
            raise QueryError(f"A view is an object with any of {', '.join(_FIELDS)}; got {_short(given)}.")
        unknown = [str(name) for name in given if name not in _FIELDS]
        if unknown:
            raise QueryError(f"{_short(unknown[0])} is not part of a query; expected {', '.join(_FIELDS)}.")
        texts = {name: _text(name, given.get(name)) for name in (*GROUPS, *LINKS, "q")}
        for name in GROUPS:
            _check_stars(name, [texts[name] or ""])
        return cls(
            state=_states("state", given.get("state")),
            **texts,
            not_=Exclusion.parse(given.get("not")),
            within=_seconds("within", given.get("within")),
            older=_seconds("older", given.get("older")),
            before=_whole("before", given.get("before"), high=10**15),
            limit=_whole("limit", given.get("limit"), low=1, high=LIMIT) or LIMIT,
        )

    @cached_property
    def key(self) -> str:
        """The same for all who ask the same, in every process."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]

    @cached_property
    def states(self) -> frozenset[State]:
        """The states asked for."""
        return frozenset(self.state or State) - frozenset(self.not_.state)

    @cached_property
    def ages(self) -> tuple[float, ...]:
        """The ages, in seconds, at which a task comes to fit or no longer does."""
        return tuple(age for age in (self.within, self.older) if age is not None)

    @cached_property
    def groups(self) -> dict[str, Values]:
        """What is asked of the fields with few values."""
        asked = {name: (getattr(self, name), getattr(self.not_, name)) for name in GROUPS}
        return {name: Values(*both) for name, both in asked.items() if any(both)}

    @cached_property
    def links(self) -> dict[str, str]:
        """Other tasks that are named."""
        return {name: value for name in LINKS if (value := getattr(self, name))}

    @cached_property
    def only_group(self) -> tuple[str, Values] | None:
        """The one field with few values that is asked about, if nothing else is but the state."""
        rest = (self.q, self.not_.q, *self.ages, *(getattr(each, name) for each in (self, self.not_) for name in LINKS))
        return next(iter(self.groups.items())) if len(self.groups) == 1 and not any(rest) else None

    @cached_property
    def searches(self) -> bool:
        """Whether the text of tasks has to be looked at."""
        return bool(self.q or self.not_.q)

    @cached_property
    def takes_all(self) -> bool:
        """Whether nothing but the state is asked for."""
        links = (getattr(each, name) for each in (self, self.not_) for name in LINKS)
        return not (self.groups or self.ages or self.searches or any(links))

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
        """Whether `task` is asked for at the time `now`, its state aside."""
        return bool(self.sift([task], now, search_texts))

    def sift(self, tasks: list[Task], now: float, texts: Texts) -> list[Task]:
        """Those of `tasks` that are asked for at the time `now`, their states aside. `texts` gives their search texts.

        One condition after the other, each for all of them: so it costs little for each.
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
        if self.ages:
            tasks = [task for task in tasks if self._is_of_age(born(task), now)]
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


_FIELDS = tuple(Query.__struct_encode_fields__)


def born(task: Task) -> float | None:
    """When it was created, or the first that is known of it; None where nothing is."""
    if task.created_at is not None:
        return task.created_at
    return task.started_at if task.received_at is None else task.received_at


def search_texts(tasks: list[Task]) -> list[str]:
    """What free text is looked for in, for each task; NUL, which no text has, keeps its parts apart."""
    texts = [(task.name, task.id, task.message, task.args, task.kwargs) for task in tasks]
    return ["\0".join([part for part in parts if part]).casefold() for parts in texts]


class SearchTexts:
    """Search texts of tasks that somebody holds meanwhile, each put together once, when it is first asked for."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def __call__(self, tasks: list[Task]) -> list[str]:
        known = self._known
        unknown = [task for task in tasks if id(task) not in known]
        known.update(zip(map(id, unknown), search_texts(unknown), strict=True))
        return [known[id(task)] for task in tasks]


def _like(text: str) -> Callable[[str], bool]:
    """Whether a value is `text`, in which `*` stands for anything."""
    if "*" not in text:
        return lambda value: value == text
    match = re.compile(translate(text.replace("[", "[[]").replace("?", "[?]"))).match
    return lambda value: match(value) is not None


def _states(name: str, given: Any) -> tuple[State, ...]:
    if given is None or given == "":
        return ()
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple):
        raise QueryError(f"{name} is {_short(given)}; expected a state or a list of states.")
    for each in names:
        if not isinstance(each, str) or each not in State.__members__:
            raise QueryError(f"{name} is {_short(each)}; expected one of {', '.join(State)}.")
    return tuple(sorted({State(each) for each in names}))


def _texts(name: str, given: Any) -> tuple[str, ...]:
    values = given if isinstance(given, list | tuple) else [given]
    if len(values) > _VALUES:
        raise QueryError(f"{name} has {len(values)} values; expected at most {_VALUES}.")
    return tuple(sorted({text for value in values if (text := _text(name, value)) is not None}))


def _check_stars(name: str, texts: Iterable[str]) -> None:
    stars = sum(text.count("*") for text in texts)
    if stars > _STARS:
        raise QueryError(f"{name} has {stars} times *; expected at most {_STARS}.")


def _text(name: str, given: Any) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > _TEXT_LIMIT:
        raise QueryError(f"{name} is {_short(given)}; expected a text of at most {_TEXT_LIMIT} characters.")
    return given


def _whole(name: str, given: Any, *, low: int = 0, high: int) -> int | None:
    if given is None or given == "":
        return None
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,15}", given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise QueryError(f"{name} is {_short(given)}; expected a whole number from {low} to {high}.")
    return given


def _seconds(name: str, given: Any) -> float | None:
    if given is None or given == "":
        return None
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", given):
        given = float(given)
    fits = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    if not fits or not 0 < given <= _OLDEST:
        raise QueryError(f"{name} is {_short(given)}; expected a number of seconds above 0, up to a hundred years.")
    return float(given)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
