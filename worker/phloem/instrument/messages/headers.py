"""All headers that Phloem adds to Celery's messages. Any sender may set them, so none is trusted.

A task sees none of them: it may send its own headers on with another task, which would take over what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CREATED = "phloem_created_at"
"""When the message was sent, in Unix seconds. Set by the producer."""

RECEIVED = "phloem_received_at"
"""When a worker's main process received the message, in Unix seconds. Set by that process, for its child."""

RUN = "phloem_run"
"""The token of the run that begins with the message. Set by a worker's main process, for its child."""

CALL = "phloem_call"
"""The parts of the message of which the child keeps the call; see `calls.handed`. Set by a worker's main process, for
its child."""

SCHEDULE = "phloem_schedule"
"""The entry of the schedule that the message was sent for. Set by beat, or by the server for a person."""

BY_HAND = "phloem_by_hand"
"""True in a message that a person sent for an entry of the schedule, ahead of beat."""

RETRY_OF = "phloem_retry_of"
"""The id of the task that this one runs again."""

OWNER = "phloem_owner"
"""Whose the task is, as a text; see `owners`. Set by the producer, of whatever language."""

LABEL = "phloem_label"
"""What people call the task, as a text; see `labels`. Set by the producer, of whatever language."""

CHOSEN_TEXTS = {"args": "phloem_args", "kwargs": "phloem_kwargs"}
"""The texts that are to be shown instead of the arguments, because the sender chose them."""

OF_A_DELIVERY = frozenset({RECEIVED, RUN, CALL})
"""Those that a worker's main process sets for its child, and nobody else."""

OURS = OF_A_DELIVERY | {CREATED, SCHEDULE, BY_HAND, RETRY_OF, OWNER, LABEL, *CHOSEN_TEXTS.values()}
"""All of them."""

_ALL = tuple(OURS)

_CARRIED = tuple(OURS - OF_A_DELIVERY)


def ours(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ours among `headers` that the next try of a task carries as well."""
    return {name: headers[name] for name in _CARRIED if name in headers}


def hide(request: Any) -> dict[str, Any]:
    """Removes ours from the request of a task (`task.request`). Returns what the request said before, ours included."""
    said = vars(request)
    before = dict(said)
    for name in _ALL:
        if name in said:
            del said[name]
    if (custom := before.get("headers")) and isinstance(custom, Mapping) and not OURS.isdisjoint(custom):
        said["headers"] = _without_ours(custom) or None  # None, as Celery has it where a message has no headers
    properties = before.get("properties")
    if not properties or not isinstance(properties, Mapping):
        return before
    if (sent := properties.get("application_headers")) and isinstance(sent, Mapping):
        said["properties"] = {**properties, "application_headers": _without_ours(sent)}
    return before


def _without_ours(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name not in OURS}
