"""What Celery says of a request (headers, arguments, errors, times), in the words of an event."""

from __future__ import annotations

import functools
import inspect
import math
import traceback as tracebacks
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import celery
import msgspec
from celery.utils.saferepr import saferepr

from phloem.instrument.beat import BY_HAND, SCHEDULE
from phloem.isolation import reraise_time_limit
from phloem.model.task import Error
from phloem.record.record import CALL_LIMIT_BYTES
from phloem.redaction import REDACTED, ROW_LIMIT, TASK_LIMIT, both, clip, scrub, secret

INSTEAD = {"args": "phloem_args", "kwargs": "phloem_kwargs"}
"""Headers of a message: the texts that are to be shown instead of the arguments."""

RETRY_OF = "phloem_retry_of"
"""Header of a message: the task that this one runs again."""

_SHAPE = str.maketrans("", "", "[](){},'\" ")


def who(name: object, headers: Mapping[str, Any]) -> dict[str, Any]:
    """The task's name, and its relations to others."""
    parent_id = headers.get("parent_id")
    return {
        "name": text(name or None),
        "root_id": text(headers.get("root_id")),
        # Celery sends the next try of a task from within the task itself.
        "parent_id": None if parent_id == headers.get("id") else text(parent_id),
        "group_id": text(headers.get("group")),
        "retry_of": text(headers.get(RETRY_OF)),
        "schedule": text(headers.get(SCHEDULE)),
        "by_hand": True if headers.get(BY_HAND) else None,
    }


def text(value: object) -> str | None:
    """A name or an id as plain text, whatever a producer took for it: Celery lets numbers and lazy strings through."""
    return None if value is None else clip(str.__str__(value) if isinstance(value, str) else str(value), ROW_LIMIT)


def instead(app: celery.Celery, headers: Mapping[str, Any], args: object, kwargs: object) -> dict[str, str]:
    """The texts that who sent the task wants shown (Celery's `argsrepr` and `kwargsrepr`), by the names of `INSTEAD`.

    They are known by not being what Celery writes by itself. A worker has only what arrived, where tuples have become
    lists; if more than such shapes is different, it takes Celery's own text for one that somebody chose.
    """
    found = {}
    levels = getattr(app.conf, "task_repr_maxlevels", 3)
    for name, value in (("args", args), ("kwargs", kwargs)):
        said, most = headers.get(f"{name}repr"), getattr(app.amqp, f"{name}repr_maxsize")
        if said and value is not None:
            own = saferepr(value, most, maxlevels=levels)
            if str(said).translate(_SHAPE) != own.translate(_SHAPE):
                found[INSTEAD[name]] = clip(str(said), ROW_LIMIT)
    return found


def call(args: object, kwargs: object, headers: Mapping[str, Any], task: Any = None) -> dict[str, Any]:
    """The arguments as texts, short and long, without secrets. None is not known.

    Positional ones have the names that `task` gives them, where this process has the task.
    """
    texts: dict[str, Any] = {}
    secrets = _secret_places(getattr(task, "run", None)) if task is not None else ()
    if isinstance(args, list | tuple) and secrets:
        args = [REDACTED if place in secrets else value for place, value in enumerate(args)]
    for name, value in (("args", args), ("kwargs", kwargs)):
        if (chosen := headers.get(INSTEAD[name])) is not None:
            texts[name] = clip(scrub(str(chosen)[: 2 * ROW_LIMIT]), ROW_LIMIT)
        elif value is not None:
            texts[name], texts[f"long_{name}"] = both(value)
    return texts


def original(args: object, kwargs: object, headers: Mapping[str, Any]) -> str | None:
    """The arguments as they were sent, to run the task again.

    None if they are not plain data, or too many, or if somebody wants another text shown instead.
    """
    if args is None or any(name in headers for name in INSTEAD.values()):
        return None
    try:
        sent = msgspec.json.encode([args, kwargs])
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
    return sent.decode() if len(sent) <= CALL_LIMIT_BYTES else None


@functools.lru_cache(1000)
def _secret_places(function: Callable[..., object] | None) -> frozenset[int]:
    """Positions of the arguments to which a function gives a secret-looking name."""
    try:
        names = inspect.signature(function).parameters if function is not None else ()
    except (TypeError, ValueError):  # written in C, or called by rules of its own
        return frozenset()
    return frozenset(place for place, name in enumerate(names) if secret(name))


def attempt(request: Mapping[str, Any]) -> int:
    """Grows with each try, and with its first redelivery: Celery tells no more than that there was one."""
    redelivered = bool((request.get("delivery_info") or {}).get("redelivered"))
    return 2 * int(request.get("retries") or 0) + redelivered


def errors(error: object, traceback: str | None = None) -> tuple[Error, Error]:
    """An error for lists, and with its traceback for the task itself, without secrets."""
    if traceback is None and isinstance(error, BaseException):
        traceback = "".join(tracebacks.format_exception(error))
    kind, message = type(error).__name__, said(error)
    short = Error(type=kind, message=clip(message, ROW_LIMIT))
    return short, Error(type=kind, message=clip(message, TASK_LIMIT), traceback=_end(traceback))


def limit(error: object, task: Any) -> str | None:
    """Which time limit this error is about, in words: Celery's own text is little more than the name of its type."""
    kind = type(error).__name__
    if kind == "SoftTimeLimitExceeded" and not getattr(error, "args", None):
        _, given = getattr(getattr(task, "request", None), "timelimit", None) or (None, None)
        allowed = given or getattr(task, "soft_time_limit", None)
        return f"It ran longer than its soft time limit{_seconds(allowed)}."
    if kind == "TimeLimitExceeded":
        [allowed, *_] = getattr(error, "args", None) or (None,)
        return f"It was killed at its hard time limit{_seconds(allowed)}."
    return None


def _seconds(value: object) -> str:
    return f" of {value:g} s" if isinstance(value, int | float) else ""


def moment(value: object) -> float | None:
    """Celery's times, which come as text or datetimes, as Unix seconds."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def seconds(value: object) -> float | None:
    """A time that came with a message; None if it is none, since anybody can send headers."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def said(error: object) -> str:
    """The text of an error, without secrets; twice as long as is shown, at most."""
    try:
        return scrub(str(error)[: 2 * TASK_LIMIT])
    except Exception as failure:  # noqa: BLE001  # whatever a stranger's error does when it is looked at
        reraise_time_limit(failure)
        return "(its text cannot be read)"


def _end(traceback: str | None) -> str | None:
    """The end of a traceback, where it says what happened, if it is too long."""
    if traceback is None:
        return None
    # Cut twice: first so that what is looked at for secrets is bounded, then to what may be shown.
    shown = scrub(traceback[-2 * TASK_LIMIT :]).encode("utf-8", "replace")
    if len(shown) <= TASK_LIMIT:
        return shown.decode()
    return "…" + shown[-(TASK_LIMIT - 3) :].decode("utf-8", "ignore")
