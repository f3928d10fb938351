"""The arguments of a task as texts without secrets.

A value is judged by its name. Positional arguments have the names that the task's signature gives them, so a process
that does not have the task cannot judge them, and withholds them: the worker tells them, which has it.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any, NamedTuple

from celery.app.task import Task

from phloem.instrument.messages.headers import CHOSEN_TEXTS
from phloem.redaction import REDACTED, ROW_LIMIT, WITHHELD, clip, is_secret, scrub, short_and_long, texts_in

_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)

Tasks = Callable[[Any], Any]
"""The task by its name; None where this process does not have it."""


_NOT_TOLD = object()

_SEQUENCES = (list, tuple)

_CHOSEN = frozenset(CHOSEN_TEXTS.values())


class Places(NamedTuple):
    """Where a function takes secrets."""

    at: frozenset[int]
    """Positions of parameters with a secret-looking name."""
    rest: float
    """The position from which on all are secrets, as of `*passwords`; infinite where there is none."""
    most: float
    """Count of the positions that have a name; infinite where all have one."""
    named: frozenset[str] | None
    """The parameters, if all other keyword arguments are secrets, as of `**credentials`."""


def no_tasks(_: Any) -> None:
    """Where no tasks are known."""


def argument_texts(
    args: object,
    kwargs: object,
    headers: Mapping[str, Any],
    task: Any,
    tasks: Tasks = no_tasks,
    hidden: list[object] | None = None,
) -> dict[str, Any]:
    """The arguments as texts without secrets, short and long, as fields of an event. None stands for not known.

    `task` is the task that is called, None if this process does not have it; `tasks` finds those that are called
    within the arguments. What was hidden is added to `hidden`.
    """
    if (
        not args
        and not kwargs
        and type(args) in _SEQUENCES
        and type(kwargs) is dict
        and headers.keys().isdisjoint(_CHOSEN)
    ):
        return {"args": "[]", "kwargs": "{}"}  # as of many tasks
    found: list[object] = [] if hidden is None else hidden
    places = places_of(task)
    calls = functools.partial(_of_call, tasks, found)
    texts: dict[str, Any] = {}
    shown = _positional(args, places, found) if isinstance(args, list | tuple) else args
    if isinstance(kwargs, Mapping):
        kwargs = _named(kwargs, places, found, calls)
    for name, value in (("args", shown), ("kwargs", kwargs)):
        if value is WITHHELD:
            texts[name] = WITHHELD
        elif value is not None:
            texts[name], texts[f"long_{name}"] = short_and_long(value, calls=calls, hidden=found)
    for name, header in CHOSEN_TEXTS.items():
        if (chosen := headers.get(header)) is not None:
            known = texts_in(found, words=True)  # it may be Celery's own text, see `calls.chosen`
            texts[name] = clip(scrub(str(chosen)[: 2 * ROW_LIMIT], known), ROW_LIMIT)
            texts.pop(f"long_{name}", None)
    return texts


def label_text(label: str, args: object, task: Any, hidden: list[object]) -> str | None:
    """What a sender wants the task to be called, without what was `hidden` of its arguments.

    None where this process cannot judge the arguments and the label repeats one.
    """
    if isinstance(args, list | tuple) and places_of(task) is None:
        return None if any(each in label for each in texts_in(args, words=True)) else label
    return scrub(label, texts_in(hidden, words=True)) if hidden else label


def places_of(task: Any) -> Places | None:
    """Where a task takes secrets; None where that cannot be told. What stands for one of elsewhere says it itself."""
    told: Any = getattr(task, "phloem_places", _NOT_TOLD)
    if told is None or isinstance(told, Places):
        return told
    run = getattr(task, "run", None)
    if run is None or has_own_strategy(task):
        return None  # its `run` takes what the strategy makes of calls
    return _places(run)


def has_own_strategy(task: Any) -> bool:
    """Whether a task has a strategy of its own, as those of celery-batches, which work off several messages at once."""
    return bool(getattr(task, "Strategy", Task.Strategy) != Task.Strategy)


def _positional(args: Sequence[Any], places: Places | None, hidden: list[object]) -> Any:
    """What may be shown of positional arguments."""
    if not args:
        return args
    if places is None:
        return WITHHELD
    if not places.at and len(args) <= min(places.rest, places.most):
        return args
    shown = list(args)
    for place in range(len(args)):
        if (place in places.at or place >= places.rest) and args[place] is not None:
            hidden.append(args[place])
            shown[place] = REDACTED
        elif place >= places.most:
            shown[place] = WITHHELD
    return shown


def _named(
    kwargs: Mapping[Any, Any], places: Places | None, hidden: list[object], calls: Callable[[str, Any], Any]
) -> Mapping[Any, Any]:
    """Keyword arguments without those that the signature, or a call within them, makes secrets."""
    called = kwargs.get("task")  # Celery's own tasks `map`, `starmap` and `chunks` call it for each item of `it`
    if isinstance(called, Mapping) and isinstance(kwargs.get("it"), list | tuple):
        kwargs = {**kwargs, "it": [calls(str(called.get("task")), each) for each in kwargs["it"]]}
    if places is None or places.named is None:
        return kwargs
    hidden += [value for name, value in kwargs.items() if name not in places.named]
    return {name: value if name in places.named else REDACTED for name, value in kwargs.items()}


def _of_call(tasks: Tasks, hidden: list[object], name: str, args: Any) -> Any:
    """What may be shown of the positional arguments of a call of the task `name`."""
    several = isinstance(args, list | tuple)
    shown = _positional(args if several else [args], places_of(tasks(name)), hidden)
    return shown if several or shown is WITHHELD else shown[0]


@functools.lru_cache(1000)
def _places(function: Callable[..., object]) -> Places | None:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # written in C, or called by rules of its own
        return None
    rest, most, others = math.inf, 0.0, False
    for place, (name, parameter) in enumerate(parameters.items()):
        if parameter.kind in _BY_POSITION:
            most += 1
        elif parameter.kind is Parameter.VAR_POSITIONAL:
            rest, most = place if is_secret(name) else math.inf, math.inf
        others |= parameter.kind is Parameter.VAR_KEYWORD and is_secret(name)
    return Places(
        at=frozenset(
            place
            for place, (name, parameter) in enumerate(parameters.items())
            if is_secret(name) and parameter.kind in _BY_POSITION
        ),
        rest=rest,
        most=most,
        named=frozenset(parameters) if others else None,
    )
