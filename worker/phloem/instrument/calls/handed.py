"""A message that a worker's main process hands to its child, with its request, so that the child can keep the call.

The body travels with the request anyway; what is the same object there takes no room of its own.
"""

from __future__ import annotations

import functools
import marshal
from collections.abc import Mapping
from typing import Any, NamedTuple

from phloem.instrument.calls import call
from phloem.instrument.messages.headers import CHOSEN_TEXTS, OURS
from phloem.redaction import are_single

LARGEST_BYTES = 4096
"""Largest body that a child keeps. A larger one costs less where the main process tells the record."""

CALLS_REMEMBERED = 100
"""Calls that are kept in memory, each with a body of LARGEST_BYTES at most."""

LINGERS = 2
"""Times LINGER_SECONDS within which a child has to end a task, so that it tells all of it: messages wait in the worker
for a free child, and one that is told by two processes costs half as much again."""

_PICKLED = "application/x-python-serialize"

_SET_BY_CELERY = frozenset(
    {"properties", "reply_to", "correlation_id", "hostname", "delivery_info", "args", "kwargs", "headers"}
    | {"is_eager", "called_directly", "callbacks", "errbacks", "chain", "chord", "time_limit", "soft_time_limit"}
)
"""Names under which the request of a task has something else than a header of its message."""


class Handed(NamedTuple):
    """What the request of a task does not tell of its message."""

    body: Any
    content_type: Any
    content_encoding: Any
    names: tuple[Any, ...]
    """Those of its headers."""


def handed(message: Any, request: Any) -> tuple[Any, ...] | None:
    """The parts of a message for the child that gets its request; None where that may not know all of it."""
    said, body = message.headers, message.body
    if request.eta is not None or request.expires is not None or request.delivery_info.get("redelivered"):
        return None
    if body is not request.body or not isinstance(body, bytes | str) or len(body) > LARGEST_BYTES:
        return None
    if message.content_type == _PICKLED and not (are_single(request.args) and are_single(request.kwargs)):
        return None  # code of the application makes their texts, which the recorder shall not wait for
    if not isinstance(said, Mapping) or not _SET_BY_CELERY.isdisjoint(said):
        return None
    if not request.request_dict.keys().isdisjoint(_HIDING):
        return None
    return body, message.content_type, message.content_encoding, tuple(said)


def kept(parts: Any, request: Mapping[str, Any], task_id: str, name: str) -> bytes:
    """The call in a message, by its parts and the request of its task. See `call.kept`."""
    try:
        said = marshal.dumps((name, _said(parts, request, task_id)), _EXACT)
    except ValueError:  # it holds something else than plain values
        return call.kept(_Message(Handed(*parts), request), task_id, name)
    if (found := _latest.get(said)) is None:
        found = call.kept(_Message(Handed(*parts), request), task_id, name)
        if len(_latest) >= CALLS_REMEMBERED:
            _latest.clear()
        _latest[said] = found
    return found


_latest: dict[bytes, bytes] = {}
"""Calls by what their messages say: many are the same but for the id of their task, which a call does not have."""

_EXACT = 2
"""The latest format of `marshal` in which the same values always have the same bytes. Others have other ones, be they
equal, as 1 and True are."""


def _said(parts: Any, request: Mapping[str, Any], task_id: str) -> tuple[Any, ...]:
    """All that the call in a message depends on. Where it says the task's own id, it does so for any task."""
    said, ids = _names(parts[3])
    properties, arrived = request.get("properties") or {}, request.get("delivery_info") or {}
    own = properties.get(_CORRELATION, ...)
    return (
        parts,
        [*map(request.get, said)],
        [None if value == task_id else [value] for value in map(request.get, ids)],
        None if own == task_id else [own],
        [*map(properties.get, _PROPERTIES, _UNSAID)],
        arrived.get("exchange"),
        arrived.get("routing_key"),
    )


_CORRELATION = "correlation_id"

_PROPERTIES = tuple(sorted(call.PROPERTIES - {_CORRELATION}))

_UNSAID = (...,) * len(_PROPERTIES)
"""Stands for what a message does not say."""


@functools.lru_cache(CALLS_REMEMBERED)
def _names(names: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Under which names a request has what a call tells of it, and under which the id of its task may stand."""
    said = [*(name for name in names if name not in OURS), *call.FOLLOW]
    return tuple(name for name in said if name not in call.IDS), tuple(name for name in said if name in call.IDS)


_HIDING = frozenset(CHOSEN_TEXTS.values())


class _Message:
    """A message, as a worker's main process had it."""

    def __init__(self, parts: Handed, request: Mapping[str, Any]) -> None:
        self.body = parts.body
        self.content_type, self.content_encoding = parts.content_type, parts.content_encoding
        self.headers = {name: request.get(name) for name in parts.names if name not in OURS}
        self.properties = request.get("properties") or {}
        self.delivery_info = request.get("delivery_info") or {}
        self.payload = None, None, {name: request.get(name) for name in ("callbacks", "errbacks", "chain", "chord")}
