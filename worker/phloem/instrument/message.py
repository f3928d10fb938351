"""What a Celery message says of its task, as fields of an event."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import celery
import msgspec
from celery.utils.saferepr import saferepr

from phloem.instrument.headers import BY_HAND, CHOSEN_TEXTS, RETRY_OF, SCHEDULE
from phloem.record.record import CALL_LIMIT_BYTES
from phloem.redaction import REDACTED, ROW_LIMIT, clip, is_secret, scrub, short_and_long

_SHAPE = str.maketrans("", "", "[](){},'\" ")


def identity(name: object, headers: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event that name the task, and its relations to other tasks."""
    parent_id = headers.get("parent_id")
    return {
        "name": plain_text(name or None),
        "root_id": plain_text(headers.get("root_id")),
        # Celery sends the next try of a task from within the task itself.
        "parent_id": None if parent_id == headers.get("id") else plain_text(parent_id),
        "group_id": plain_text(headers.get("group")),
        "retry_of": plain_text(headers.get(RETRY_OF)),
        "schedule": plain_text(headers.get(SCHEDULE)),
        "by_hand": True if headers.get(BY_HAND) else None,
    }


def plain_text(value: object) -> str | None:
    """A name or an id as plain text: Celery lets numbers and lazy strings through."""
    return None if value is None else clip(str.__str__(value) if isinstance(value, str) else str(value), ROW_LIMIT)


def chosen_texts(app: celery.Celery, headers: Mapping[str, Any], args: object, kwargs: object) -> dict[str, str]:
    """The texts that the sender chose to show for the arguments (Celery's `argsrepr` and `kwargsrepr`), as headers.

    A chosen text is one that Celery would not have written by itself. A worker has only what arrived, where tuples have
    become lists; if more than such shapes differs, Celery's own text is taken for a chosen one.
    """
    found = {}
    levels = getattr(app.conf, "task_repr_maxlevels", 3)
    for name, value in (("args", args), ("kwargs", kwargs)):
        shown, most = headers.get(f"{name}repr"), getattr(app.amqp, f"{name}repr_maxsize")
        if shown and value is not None:
            own = saferepr(value, most, maxlevels=levels)
            if str(shown).translate(_SHAPE) != own.translate(_SHAPE):
                found[CHOSEN_TEXTS[name]] = clip(str(shown), ROW_LIMIT)
    return found


def argument_texts(args: object, kwargs: object, headers: Mapping[str, Any], task: Any = None) -> dict[str, Any]:
    """The arguments as texts without secrets, short and long, as fields of an event. None stands for not known.

    Positional arguments have the names that `task` gives them, where this process has the task.
    """
    texts: dict[str, Any] = {}
    secrets = _secret_places(getattr(task, "run", None)) if task is not None else ()
    if isinstance(args, list | tuple) and secrets:
        args = [REDACTED if place in secrets else value for place, value in enumerate(args)]
    for name, value in (("args", args), ("kwargs", kwargs)):
        if (chosen := headers.get(CHOSEN_TEXTS[name])) is not None:
            texts[name] = clip(scrub(str(chosen)[: 2 * ROW_LIMIT]), ROW_LIMIT)
        elif value is not None:
            texts[name], texts[f"long_{name}"] = short_and_long(value)
    return texts


def original_call(args: object, kwargs: object, headers: Mapping[str, Any]) -> str | None:
    """The arguments as JSON text of [args, kwargs], to run the task again.

    None if they are not plain data, longer than CALL_LIMIT_BYTES, or if the sender chose texts to show instead.
    """
    if args is None or any(name in headers for name in CHOSEN_TEXTS.values()):
        return None
    try:
        encoded = msgspec.json.encode([args, kwargs])
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
    return encoded.decode() if len(encoded) <= CALL_LIMIT_BYTES else None


def attempt(request: Mapping[str, Any]) -> int:
    """The attempt of an event: grows with each try, and with its first redelivery, which is all that Celery tells."""
    redelivered = bool((request.get("delivery_info") or {}).get("redelivered"))
    return 2 * int(request.get("retries") or 0) + redelivered


def unix_time(value: object) -> float | None:
    """A time of Celery's, which comes as text or as a datetime, in Unix seconds; None if it is neither."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def header_time(value: object) -> float | None:
    """A time of ours from a header, in Unix seconds; None if the header holds anything else."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


@functools.lru_cache(1000)
def _secret_places(function: Callable[..., object] | None) -> frozenset[int]:
    """Positions of the arguments to which a function gives a secret-looking name."""
    try:
        names = inspect.signature(function).parameters if function is not None else ()
    except (TypeError, ValueError):  # written in C, or called by rules of its own
        return frozenset()
    return frozenset(place for place, name in enumerate(names) if is_secret(name))
