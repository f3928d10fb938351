"""Tasks of a canvas that are never sent, because one before them ended otherwise than well.

Celery's message names what follows its task: the rest of its chain, and the chord that it counts for. Both are
signatures, as mappings.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from phloem.instrument.messages import message, owners
from phloem.instrument.messages.headers import OWNER
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error

Errors = tuple[Error, Error]
"""An error, short and long."""


FAILED = "It was not sent: the task before it failed."
"""Why a task is not sent that follows one that failed."""

REVOKED = "It was not sent: the task before it was revoked."


def in_message(message: Any) -> Iterator[Mapping[str, Any]]:
    """What follows the task of a message that no worker can run."""
    payload = getattr(message, "payload", None)
    said = _mapping(payload[2]) if isinstance(payload, list | tuple) and len(payload) > 2 else {}
    yield from after(SimpleNamespace(chain=said.get("chain"), chord=said.get("chord")), with_chord=True)


def after(request: Any, *, with_chord: bool = False) -> Iterator[Mapping[str, Any]]:
    """What follows the task of `request`; the body of its chord as well, if that will never be sent."""
    for step in _steps(getattr(request, "chain", None)):
        yield from _with_body(step)
    if with_chord and isinstance(chord := getattr(request, "chord", None), Mapping):
        yield from body(chord)


def body(callback: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The body of a chord, and what follows it. If it is a group, all its tasks wait for the chord."""
    yield from _with_body(callback)
    if callback.get("task") == "celery.group":
        for part in _steps(_mapping(callback.get("kwargs")).get("tasks")):
            yield _last_body(part)
    for step in _steps(_mapping(callback.get("options")).get("chain")):
        yield from _with_body(step)


def ends(steps: Iterable[Mapping[str, Any]], state: State, why: str, error: Errors | None = None) -> Iterator[Event]:
    """An end for each step that has an id."""
    told: set[str] = set()
    for step in steps:
        options = _mapping(step.get("options"))
        task_id = message.plain_text(options.get("task_id"))
        if task_id is None or task_id in told:
            continue
        told.add(task_id)
        now = time.time()
        yield Event(
            id=task_id,
            at=now,
            state=state,
            unsent=True,
            finished_at=now,
            name=message.plain_text(step.get("task")),
            root_id=message.plain_text(options.get("root_id")),
            group_id=message.plain_text(options.get("group_id")),
            owner=owners.told(_mapping(options.get("headers")).get(OWNER)) or owners.inherited(),
            message=why,
            error=None if error is None else error[0],
            long_error=None if error is None else error[1],
        )


def _with_body(step: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A step, and what it stands for: a chord ends with its body, whose id its callers know.

    As Celery does, this leaves out the other tasks within a canvas: nobody waits for them, and there may be thousands.
    """
    yield step
    if step.get("task") == "celery.chord" and (inner := _mapping(_mapping(step.get("kwargs")).get("body"))):
        yield from _with_body(inner)


def _last_body(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the result of a step is the result of."""
    while step.get("task") == "celery.chord" and (inner := _mapping(_mapping(step.get("kwargs")).get("body"))):
        step = inner
    return step


def _steps(found: Any) -> Iterator[Mapping[str, Any]]:
    """The signatures in a value of a message, which may hold anything."""
    if isinstance(found, Iterable) and not isinstance(found, str | bytes | Mapping):
        yield from (each for each in found if isinstance(each, Mapping))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
