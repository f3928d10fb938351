"""What a worker's main process hears of its requests, and Celery has no signal for: that one succeeded in a child, and
that its message goes back to the broker.

The methods of the requests' classes are wrapped, once for each class: to wrap those of each request costs as much as
all else that is done for a task.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Heard = Callable[..., None]


class Requests:
    """Hears of the requests of a worker, by their classes."""

    def __init__(self, succeeded: Heard, gave_back: Heard) -> None:
        """`succeeded` gets a request and what its pool says of the outcome, `gave_back` a request."""
        self.succeeded = succeeded
        self.gave_back = gave_back

    def hear(self, kind: type) -> bool:
        """Hears of all requests of this class from now on. Returns whether the class lets their success be heard."""
        said = vars(kind).get(_HEARD)
        if said is None:
            said = _wrap(kind)
        if said is not None:
            kind.phloem_requests = self  # type: ignore[attr-defined]  # the last one hears
        return bool(said)


_HEARD = "phloem_is_heard"


def _wrap(kind: type) -> bool | None:
    """Whether a success can be heard; None if nothing can."""
    ended, rejects = getattr(kind, "on_success", None), getattr(kind, "reject", None)
    try:
        kind.phloem_is_heard = False  # type: ignore[attr-defined]
    except TypeError:  # a class that cannot be changed
        return None
    if callable(rejects):
        kind.reject = _reject(rejects)  # type: ignore[attr-defined]
    if callable(ended):
        kind.on_success = _on_success(ended)  # type: ignore[attr-defined]
        kind.phloem_is_heard = True  # type: ignore[attr-defined]
    return callable(ended)


def _on_success(ended: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(ended)
    def on_success(request: Any, outcome: Any, **kwargs: Any) -> Any:
        request.phloem_requests.succeeded(request, outcome)
        return ended(request, outcome, **kwargs)

    return on_success


def _reject(rejects: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(rejects)
    def reject(request: Any, requeue: bool = False) -> Any:
        goes_back = requeue and not getattr(request, "acknowledged", False)
        rejected = rejects(request, requeue)
        if goes_back:
            request.phloem_requests.gave_back(request)
        return rejected

    return reject
