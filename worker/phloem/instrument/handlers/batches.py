"""Several messages that one call of a task works off together, as celery-batches does it.

The call has an id of its own and no message; it gets the requests of the messages as its first argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def members(task_id: object, request: Any, args: Any) -> Sequence[Mapping[str, Any]]:
    """What the messages say that the call `task_id` works off; nothing if it has a message of its own."""
    if getattr(request, "id", None) is not None:
        return ()
    requests = args[0] if isinstance(args, list | tuple) and args else ()
    if not isinstance(requests, list | tuple):
        return ()
    said = [getattr(each, "request_dict", None) for each in requests]
    return [
        each
        for each in said
        if isinstance(each, Mapping) and each.get("id") is not None and str(each["id"]) != str(task_id)
    ]
