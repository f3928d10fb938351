"""Exceptions as errors of a task: short for lists, and with the traceback for the task itself, both without secrets and
without what steers a terminal.
"""

from __future__ import annotations

import traceback as tracebacks
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from phloem.isolation import reraise_time_limit
from phloem.model.task import Error
from phloem.redaction import ROW_LIMIT, TASK_LIMIT, clip, plain, scrub, short_and_long


def failure(error: object, task: Any, traceback: str | None, known: Sequence[str] = ()) -> tuple[Error, Error]:
    """Why a run failed, short and long. Texts that are `known` are secrets.

    An exception that the task declares (Celery's `throws`) has no traceback: its text is meant for people.
    """
    short, long = errors(error, traceback, known)
    if (reached := time_limit_text(error, task)) is not None:
        short, long = (msgspec.structs.replace(each, message=reached) for each in (short, long))
    return (short, short) if _is_declared(error, task) else (short, long)


def retry_reason(
    error: object, task: Any, traceback: str | None = None, *, known: Sequence[str] = ()
) -> tuple[Error, Error]:
    """Why there is to be another try, short and long; without a traceback if the task declares the exception."""
    short, long = errors(error, traceback, known)
    return (short, short) if _is_declared(error, task) else (short, long)


def stored_failure(value: object, known: Sequence[str] = ()) -> tuple[Error, Error]:
    """An error that a task stored itself, short and long: an exception, or what Celery's backends make of one."""
    if isinstance(value, BaseException):
        return errors(value, known=known)
    if isinstance(value, Mapping) and "exc_type" in value:
        said = value.get("exc_message", "")
        texts = [text_of(each, known) for each in (said if isinstance(said, list | tuple) else [said])]
        kind, message = clip(text_of(value["exc_type"]), ROW_LIMIT), ", ".join(texts)
        return Error(type=kind, message=clip(message, ROW_LIMIT)), Error(type=kind, message=clip(message, TASK_LIMIT))
    if value is None:
        return Error(type="Failure"), Error(type="Failure")
    short, long = short_and_long(plain(value) if isinstance(value, str) else value, known=known)
    return Error(type="Failure", message=short), Error(type="Failure", message=long or short)


def errors(error: object, traceback: str | None = None, known: Sequence[str] = ()) -> tuple[Error, Error]:
    """An error, short and long. The traceback is that of the exception unless it is given."""
    if traceback is None and isinstance(error, BaseException):
        traceback = "".join(tracebacks.format_exception(error))
    kind, message = type(error).__name__, text_of(error, known)
    short = Error(type=kind, message=clip(message, ROW_LIMIT))
    return short, Error(type=kind, message=clip(message, TASK_LIMIT), traceback=_end(traceback, known))


def text_of(error: object, known: Sequence[str] = ()) -> str:
    """The text of an error without secrets, in at most twice as many characters as TASK_LIMIT."""
    try:
        return scrub(plain(str(error)[: 2 * TASK_LIMIT]), known)
    except Exception as raised:  # noqa: BLE001  # the text is made by code of the task
        reraise_time_limit(raised)
        return "(its text cannot be read)"


def time_limit_text(error: object, task: Any) -> str | None:
    """Which time limit the error is about; Celery's own text is little more than the name of its type."""
    kind = type(error).__name__
    if kind == "SoftTimeLimitExceeded" and not getattr(error, "args", None):
        _, given = getattr(getattr(task, "request", None), "timelimit", None) or (None, None)
        allowed = given or getattr(task, "soft_time_limit", None)
        return f"It ran longer than its soft time limit{_of_seconds(allowed)}."
    if kind == "TimeLimitExceeded":
        [allowed, *_] = getattr(error, "args", None) or (None,)
        return f"It was killed at its hard time limit{_of_seconds(allowed)}."
    return None


def _is_declared(error: object, task: Any) -> bool:
    return isinstance(error, tuple(getattr(task, "throws", ())))


def _of_seconds(value: object) -> str:
    return f" of {value:g} s" if isinstance(value, int | float) else ""


def _end(traceback: str | None, known: Sequence[str]) -> str | None:
    """The end of a traceback, which says what happened, in at most TASK_LIMIT bytes."""
    if traceback is None:
        return None
    # Cut twice: first to bound what is searched for secrets, then to what may be shown.
    shown = scrub(plain(traceback[-2 * TASK_LIMIT :]), known).encode("utf-8", "replace")
    if len(shown) <= TASK_LIMIT:
        return shown.decode()
    return "…" + shown[-(TASK_LIMIT - 3) :].decode("utf-8", "ignore")
