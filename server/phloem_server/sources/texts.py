"""What Celery's events tell as text: arguments and results as Python writes them, cut, and errors by their repr.

Nothing here is evaluated. Arguments are judged by the signature of their task where this process knows that, and else
as any text is; see docs/observing.md.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from phloem.instrument.arguments import argument_texts, places_of
from phloem.model.task import Error, Line
from phloem.progress.log_lines import LINE_LIMIT_BYTES
from phloem.redaction import ROW_LIMIT, TASK_LIMIT, WITHHELD, clip, plain, scrub

TaskOf = Callable[[str | None], Any]
"""The task of that name; None where this process does not have it."""

_RAISED = re.compile(r"(?:<class '[\w.]*?(\w+)'>|(?:[\w.]*\.)?(\w+)\((.*)\))\Z", re.DOTALL)
"""The repr of an exception: `ValueError('boom')`."""

_NO_ARGUMENTS = {"args": ("()", "[]"), "kwargs": ("{}", "{}")}


def shown(text: object, limit: int = ROW_LIMIT) -> str | None:
    """A text of an event without secrets, in at most `limit` bytes."""
    return None if text is None else clip(scrub(str(text)[: 2 * limit]), limit)


def arguments(args: object, kwargs: object, task: Any) -> dict[str, Any]:
    """The arguments in an event, as fields of one of ours. `task` is the one that is called, if it is known here."""
    told = {"args": args, "kwargs": kwargs}
    if task is not None and places_of(task) is not None:
        values = {name: _value(text) for name, text in told.items()}
        texts = argument_texts(values["args"], values["kwargs"], {}, task)
        unread = {name: WITHHELD for name, text in told.items() if text is not None and values[name] is None}
        return texts | unread
    return {name: _plain(name, text) for name, text in told.items() if text is not None}


def failure(exception: object, traceback: object) -> tuple[Error, Error]:
    """Why a task failed, short and long, by the repr of an exception and its traceback."""
    said = str(exception or "")
    found = _RAISED.match(said)
    kind = (found[1] or found[2]) if found is not None else "Failure"
    message = plain(_message(found[3] or "") if found is not None else said)
    short = Error(type=clip(kind, ROW_LIMIT), message=shown(message) or "")
    frames = shown(plain(str(traceback)[-2 * TASK_LIMIT :]), TASK_LIMIT) if traceback else None
    return short, Error(type=short.type, message=shown(message, TASK_LIMIT) or "", traceback=frames)


def traceback_lines(at: float, traceback: object) -> tuple[Line, ...]:
    """A traceback as a line of the log, as the worker itself logs it: a task keeps that of its last try alone."""
    if not traceback:
        return ()
    text = scrub(plain(str(traceback).strip()[-LINE_LIMIT_BYTES:]))
    return (Line(at=at, level="warning", message=clip(text, LINE_LIMIT_BYTES)),)


def _plain(name: str, text: object) -> str | None:
    said = str(text)
    empty, json = _NO_ARGUMENTS[name]
    return json if said == empty else shown(said)


def _value(text: object) -> Any:
    """The value that a repr is of; None where it is cut, or more than plain data."""
    try:
        return ast.literal_eval(str(text)) if text is not None else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _message(arguments: str) -> str:
    """The text of an exception, by the repr of its arguments: that of a single text without the quotes around it."""
    value = _value(f"({arguments},)") if arguments else None
    if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    return arguments
