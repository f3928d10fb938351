"""The message of another run: what was kept of the first, under a new id."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from celery.utils.saferepr import saferepr
from kombu.compression import get_encoder

from phloem.instrument.calls.call import Call
from phloem.instrument.messages.headers import CREATED, LABEL, OWNER, RETRY_OF
from phloem.instrument.messages.message import unix_time
from phloem.model.task import Task
from phloem_server.control.again.body import ARGS, FOLLOWS, KWARGS, Body
from phloem_server.control.again.errors import CallFixed

_FOLLOWERS = ("callbacks", "errbacks", "chain", "chord")
_PICKLE = "application/x-python-serialize"
_REPR_CHARACTERS = 1024  # as Celery's own


class SecondRun(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is ready to be sent.

    `told` is what it says of its task, as headers, whatever its protocol is; `said` the arguments, where this server
    has read them.
    """

    id: str
    name: str
    body: bytes
    content_type: str
    content_encoding: str
    compression: str | None
    headers: dict[str, Any]
    properties: dict[str, Any]
    told: dict[str, Any]
    said: tuple[Any, Any] | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different from the first run. `args` and `kwargs` replace the kept ones; None leaves them.

    Without `follow` only the task itself runs.
    """

    args: Any = None
    kwargs: Any = None
    follow: bool = False


def copied(task: Task, *, edited: bool) -> dict[str, str]:
    """The headers of ours that name a task of which another run is sent, and keep its owner and its label.

    With `edited` arguments it may be called something else: its worker says that anew.
    """
    kept = {RETRY_OF: task.id, OWNER: task.owner, LABEL: None if edited else task.label}
    return {name: value for name, value in kept.items() if value is not None}


def second_run(call: Call, task_id: str, *, of: Task, wish: Wish, accept: set[str]) -> SecondRun:
    """The message for `task_id` of another run of a task, of which `call` was kept.

    CallFixed where something has to change that cannot be.
    """
    now = time.time()
    headers, properties = call.headers_for(task_id), call.properties_for(task_id)
    late = now - of.created_at if of.created_at is not None else None
    changes = _changes(call, task_id, wish, accept, late)
    told: dict[str, Any] = {"id": task_id, CREATED: now, **copied(of, edited=(wish.args, wish.kwargs) != (None, None))}
    if "id" in headers:  # else it is of protocol 1, which has all in its body
        headers |= {"retries": 0} if headers.get("retries") else {}
        headers |= _expiry(headers, late)
        headers |= told
        if told.get(LABEL) == headers.get("shadow"):
            headers.pop(LABEL, None)  # its message says so by itself
        told = headers
        for name, value in (("argsrepr", wish.args), ("kwargsrepr", wish.kwargs)):
            if value is not None and name in headers:
                headers[name] = saferepr(value, _REPR_CHARACTERS)
    if "expiration" in properties:
        properties |= _time_to_live(headers, properties["expiration"])
    compression = headers.pop("compression", None)
    if compression is not None and not _can_compress(compression):
        raise CallFixed(f"Its message was compressed as {compression}, which this server cannot do.")
    return SecondRun(
        id=task_id,
        name=call.name,
        body=changes.body,
        content_type=call.content_type,
        content_encoding=call.content_encoding,
        compression=compression,
        headers=headers,
        properties={name: value for name, value in properties.items() if value is not None},
        told=told,
        said=changes.said,
    )


class _Changed(msgspec.Struct, frozen=True):
    body: bytes
    said: tuple[Any, Any] | None


def _changes(call: Call, task_id: str, wish: Wish, accept: set[str], late: float | None) -> _Changed:
    """The body; the bytes that were kept unless something in it has to change."""
    kept = call.body
    if kept is None:
        raise CallFixed(call.refusal or "Its message was not kept.")
    in_body = "id" not in call.headers_for(task_id)
    ends_here = bool(call.follows.chord) if wish.follow else bool(call.follows)
    if not (in_body or ends_here or wish.args is not None or wish.kwargs is not None):
        return _Changed(kept, _arguments(call, accept))
    body = Body.of(call, accept)
    args, kwargs = body.arguments()
    args, kwargs = args if wish.args is None else wish.args, kwargs if wish.kwargs is None else wish.kwargs
    members: dict[Any, Any] = {}
    if ends_here:
        follows = _followers(body.follows(), wish.follow)
        members |= follows if body.is_first_protocol else {FOLLOWS: follows}
    for place, name, value in ((ARGS, "args", wish.args), (KWARGS, "kwargs", wish.kwargs)):
        if value is not None:
            members[name if body.is_first_protocol else place] = value
    if in_body:
        members |= _own_fields(body, task_id, late)
    return _Changed(body.changed(members), (args, kwargs))


def _own_fields(body: Body, task_id: str, late: float | None) -> dict[str, Any]:
    """What protocol 1 says of the task itself, which protocol 2 has in its headers."""
    own: dict[str, Any] = {"id": task_id}
    if body.value("retries", None):
        own["retries"] = 0
    return own | _expiry({"expires": body.value("expires", None)}, late)


def _arguments(call: Call, accept: set[str]) -> tuple[Any, Any] | None:
    """The arguments, to be shown until a worker has the task. A pickle is not loaded only for that."""
    if call.content_type == _PICKLE:
        return None
    try:
        return Body.of(call, accept).arguments()
    except CallFixed:
        return None


def _followers(found: Mapping[str, Any], follow: bool) -> dict[str, Any]:
    """What is to follow, as the message says it. A member counts once in its chord, so it is in none."""
    if not follow:
        return dict(found) | {name: None for name in _FOLLOWERS if name in found}
    chain = found.get("chain")
    if isinstance(chain, list | tuple):
        chain = [_outside_chord(each) for each in chain]
    return dict(found) | {name: value for name, value in (("chord", None), ("chain", chain)) if name in found}


def _outside_chord(signature: Any) -> Any:
    options = signature.get("options") if isinstance(signature, Mapping) else None
    if not isinstance(options, Mapping) or not options.get("chord"):
        return signature
    return {**signature, "options": {name: value for name, value in options.items() if name != "chord"}}


def _expiry(headers: Mapping[str, Any], late: float | None) -> dict[str, Any]:
    """A time of expiry that has passed is as far away as it was when the first run was sent."""
    try:
        expires = unix_time(headers.get("expires"))
    except ValueError:
        return {}
    if expires is None or expires > time.time():
        return {}
    later = expires + late if late is not None else 0.0
    moved = datetime.fromtimestamp(later, UTC).isoformat() if later > time.time() else None
    return {"expires": moved}


def _time_to_live(headers: Mapping[str, Any], before: Any) -> dict[str, Any]:
    """What the broker is to know of the expiry, in milliseconds."""
    expires = unix_time(headers.get("expires"))
    return {"expiration": before if expires is None else str(max(0, int(1000 * (expires - time.time()))))}


def _can_compress(compression: Any) -> bool:
    try:
        get_encoder(compression)
    except (KeyError, TypeError):
        return False
    return True
