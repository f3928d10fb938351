"""What a Celery message says of its task, as fields of an event."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import celery

from phloem.instrument.messages import owners, routes
from phloem.instrument.messages.headers import BY_HAND, LABEL, OWNER, RETRY_OF, SCHEDULE
from phloem.redaction import ROW_LIMIT, clip, scrub, scrub_again

TRIES_COUNTED = 2**20
"""Tries and redeliveries of one message whose order is known."""

_LAST = 1e15
"""More than any time in Unix seconds."""

_NUMBERS = (int, float)

NAMES_REMEMBERED = 500
"""Names of tasks, queues and workers whose plain texts are kept: every message has the same ones."""


def identity(name: object, headers: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event that name the task, and its relations to other tasks."""
    parent_id = headers.get("parent_id")
    return {
        "name": plain_text(name or None),
        "label": _label(name, headers),
        "root_id": id_text(headers.get("root_id")),
        # Celery sends the next try of a task from within the task itself.
        "parent_id": None if parent_id == headers.get("id") else id_text(parent_id),
        "group_id": id_text(headers.get("group")),
        "retry_of": id_text(headers.get(RETRY_OF)),
        "schedule": plain_text(headers.get(SCHEDULE)),
        "by_hand": True if headers.get(BY_HAND) else None,
        "owner": owners.told(headers.get(OWNER)),
    }


def delivery(app: celery.Celery, info: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event that tell how a worker of `app` got the message, by Celery's `delivery_info`."""
    if info.get("is_eager"):  # nothing was delivered
        return {}
    exchange = info.get("exchange")
    return {
        "queue": plain_text(routes.queue_received_from(app, exchange, info.get("routing_key"))),
        "exchange": plain_text(routes.exchange_name(exchange)),
        "priority": whole_number(info.get("priority")),
    }


def id_text(value: object) -> str | None:
    """An id as plain text, whole: two that are cut may look the same."""
    return None if value is None else str(value)


def whole_number(value: object) -> int | None:
    """A number that a message holds; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def plain_text(value: object) -> str | None:
    """A name as plain text without secrets: Celery lets numbers and lazy strings through."""
    if value is None:
        return None
    text = str.__str__(value) if isinstance(value, str) else str(value)
    return _plain(text[: 2 * ROW_LIMIT])


@functools.lru_cache(NAMES_REMEMBERED)
def _plain(name: str) -> str:
    return clip(scrub_again(name), ROW_LIMIT)


def attempt(request: Mapping[str, Any]) -> int:
    """The attempt of an event: grows with each try, and with its first redelivery, which is all that Celery tells.

    A task that replaced itself begins anew with its tries, and is further on nevertheless.
    """
    info, retries, replaced = request.get("delivery_info"), request.get("retries"), request.get("replaced_task_nesting")
    redelivered = bool(info and info.get("redelivered"))
    if not (retries or replaced or redelivered):  # most are the first
        return 0
    return int(replaced or 0) * TRIES_COUNTED + min(2 * int(retries or 0) + redelivered, TRIES_COUNTED - 1)


def unix_time(value: object) -> float | None:
    """A time of Celery's, which comes as text or as a datetime, in Unix seconds; None if it is neither."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def time_told(value: object) -> float | None:
    """As `unix_time`, for what others wrote: None also for a text that is no time."""
    try:
        return unix_time(value)
    except ValueError:
        return None


def header_time(value: object) -> float | None:
    """A time of ours from a header, in Unix seconds; None if the header holds anything else."""
    return float(value) if isinstance(value, _NUMBERS) and -_LAST < value < _LAST else None


def _label(name: object, headers: Mapping[str, Any]) -> str | None:
    """What the sender wants the task to be called, if that is not its name: longer than a label may be."""
    label = headers.get(LABEL) or headers.get("shadow")
    return scrub(str(label)[: 2 * ROW_LIMIT]) if label and label != name else None
