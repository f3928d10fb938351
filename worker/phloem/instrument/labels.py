"""What people call the tasks that are sent or run here, as far as the application says it in `phloem.attach`."""

from __future__ import annotations

import functools
import inspect
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from inspect import Parameter
from typing import Any
from uuid import UUID

from phloem.instrument.arguments import places_of
from phloem.isolation import reraise_time_limit
from phloem.logs import Once, logger_of
from phloem.redaction import ROW_LIMIT, hides, scrub
from phloem.settings import SettingError

logger = logger_of(__name__)

LabelOf = Callable[[Any, Sequence[Any], Mapping[str, Any]], str | None]
"""Gives the label of a task, by the task and its arguments; None where it has none."""

_once = Once()

_INTEGER_LIMIT_BITS = 256
"""Larger integers are no part of a label: Python takes long to write them, or refuses to."""


class Labels:
    """Gives the labels of tasks, as the application wants them."""

    def __init__(self, label: LabelOf | str | None) -> None:
        """`label` is a function or a template. Raises SettingError for anything else."""
        if not (label is None or isinstance(label, str) or callable(label)):
            raise SettingError("label", repr(label), "a function, or a template such as {customer}")
        self._ask = None if isinstance(label, str) else label
        self._template = Template(label) if isinstance(label, str) else None

    @property
    def asks(self) -> bool:
        """Whether a function says it: that is asked where the task is sent, else where it starts."""
        return self._ask is not None

    def asked(self, task: Any, args: Any, kwargs: Any) -> str | None:
        """What the function says. It may raise anything: the task is sent, or runs, all the same."""
        if self._ask is None:
            return None
        try:
            label: object = self._ask(task, args or (), kwargs or {})
        except Exception as error:
            reraise_time_limit(error)
            if _once.is_new_error(error):
                logger.exception("A task has no label: the function that phloem.attach got as label failed")
            return None
        if label is not None and not isinstance(label, str) and _once.is_new(f"is {type(label).__name__}"):
            logger.error(
                "A task has no label, for the one that it was given is of type %s; expected a text. This is logged "
                "once.",
                type(label).__name__,
            )
        return str.__str__(label)[: 2 * ROW_LIMIT] if isinstance(label, str) else None

    def filled(self, name: object, task: Any, args: Any, kwargs: Any) -> str | None:
        """The template with these arguments; None where there is none, or an argument is not told.

        `task` is None where this process does not have it. It then knows no argument by its position.
        """
        if self._template is None:
            return None
        knows = places_of(task) is not None
        args = args if isinstance(args, list | tuple) else ()
        kwargs = kwargs if isinstance(kwargs, Mapping) else {}
        try:
            values = _by_name(task.run, args, kwargs) if knows else _hidden(kwargs)
            filled = self._template.filled(values)
            return filled and scrub(filled)
        except TypeError:  # the task does not take these arguments, and will say so itself
            pass
        except KeyError as missing:
            if knows and _once.is_new("does not fit"):
                logger.warning(
                    "The task %s has no label: it has no argument %s, which the template %r that phloem.attach got as "
                    "label needs. This is logged once, for the first such task.",
                    str(name)[:ROW_LIMIT],
                    missing.args[0],
                    self._template.text,
                )
        except Exception as error:  # an argument may be of a class with a text of its own
            reraise_time_limit(error)
            if _once.is_new(f"unreadable {type(error).__name__}"):
                logger.exception("A task has no label: an argument has no text")
        return None


class Template:
    """A label with the names or the positions of arguments in braces: "{customer}", "order {0}"."""

    def __init__(self, text: str) -> None:
        """Raises SettingError for a text that is none."""
        self.text = text
        try:
            self._parts = [
                (before, field)
                for before, field, form, conversion in string.Formatter().parse(text)
                if _is_plain(field, form, conversion)
            ]
        except ValueError:
            raise SettingError(
                "label", text, "names or positions of arguments in braces, as {customer} or {0}"
            ) from None

    def filled(self, values: Mapping[str, Any]) -> str | None:
        """The text with the arguments; None where one has no text of its own. Raises KeyError for a missing one."""
        parts: list[str] = []
        for before, field in self._parts:
            parts.append(before)
            if field is not None:
                if (part := _text(values[field])) is None:
                    return None
                parts.append(part)
        return "".join(parts)


def _is_plain(field: str | None, form: str | None, conversion: str | None) -> bool:
    """True. Raises ValueError for more than a name or a position, as "{0.password}", which may run any code."""
    if field is not None and (
        form or conversion or not (field.isidentifier() or (field.isascii() and field.isdigit()))
    ):
        raise ValueError(field)
    return True


def _text(value: object) -> str | None:
    """A value as part of a label; None for what is empty, or has no short text of its own."""
    if isinstance(value, str):
        return str.__str__(value)[: 2 * ROW_LIMIT] or None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return int.__repr__(value) if value.bit_length() <= _INTEGER_LIMIT_BITS else None
    if type(value) in (float, Decimal, UUID):
        return str(value)[: 2 * ROW_LIMIT]
    return value.isoformat() if isinstance(value, date | time) else None


def _by_name(function: Callable[..., object], args: Sequence[Any], kwargs: Mapping[Any, Any]) -> dict[str, Any]:
    """The arguments of a call by their names and by their positions; None for those that are secrets or not given.

    Raises TypeError where the function does not take them.
    """
    signature = _signature(function)
    bound = signature.bind_partial(*args, **kwargs)
    bound.apply_defaults()
    named: dict[str, Any] = {}
    placed: list[Any] = []
    for name, parameter in signature.parameters.items():
        value: Any = bound.arguments.get(name)
        if parameter.kind is Parameter.VAR_KEYWORD:
            named |= dict.fromkeys(value) if hides(name, "") else _hidden(value)
        elif parameter.kind is Parameter.VAR_POSITIONAL:
            placed += (None if hides(name, each) else each for each in value)
        else:
            named[name] = None if hides(name, value) else value
            if parameter.kind is not Parameter.KEYWORD_ONLY:
                placed.append(named[name])
    return named | {str(place): value for place, value in enumerate(placed)}


def _hidden(kwargs: Mapping[Any, Any]) -> dict[str, Any]:
    """Keyword arguments, with None for those that are secrets."""
    return {str(name): None if hides(str(name), value) else value for name, value in kwargs.items()}


@functools.lru_cache(1000)
def _signature(function: Callable[..., object]) -> inspect.Signature:
    return inspect.signature(function)
