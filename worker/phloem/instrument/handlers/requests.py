"""What a worker's main process hears of its requests, and Celery has no signal for: that one succeeded in a child, and
that its message goes back to the broker.

The methods of the requests' classes are wrapped, once for each class: to wrap those of each request costs as much as
all else that is done for a task.
"""

from __future__ import annotations

import contextlib
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
        said: bool | None = vars(kind).get(_HEARD)
        if said is None:
            return _wrap(kind, self)
        if vars(kind).get("phloem_requests") is not self:
            # The last one hears. Not for each request: with each change Python forgets what it knows of a class.
            kind.phloem_requests = self  # type: ignore[attr-defined]
        return said


_HEARD = "phloem_is_heard"


def _wrap(kind: type, requests: Requests) -> bool:
    """Whether a success can be heard."""
    ended, rejects = getattr(kind, "on_success", None), getattr(kind, "reject", None)
    try:
        kind.phloem_requests = requests  # type: ignore[attr-defined]  # first: other threads call the methods as well
        kind.phloem_is_heard = False  # type: ignore[attr-defined]
    except TypeError:  # a class that cannot be changed
        return False
    if callable(rejects):
        kind.reject = _reject(rejects)  # type: ignore[attr-defined]
    if callable(ended):
        kind.on_success = _on_success(ended)  # type: ignore[attr-defined]
        kind.phloem_is_heard = True  # type: ignore[attr-defined]
    return callable(ended)


# An application's own class may have further parameters, and may do something else than it is asked.


def _on_success(ended: Callable[..., Any]) -> Callable[..., Any]:
    if hasattr(ended, _HEARD):  # of a class of requests that another one inherits from
        return ended

    @functools.wraps(ended)
    def on_success(request: Any, *args: Any, **kwargs: Any) -> Any:
        outcome = args[0] if args else kwargs.get("failed__retval__runtime")
        request.phloem_requests.succeeded(request, outcome)
        return ended(request, *args, **kwargs)

    on_success.phloem_is_heard = True  # type: ignore[attr-defined]
    return on_success


def _reject(rejects: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(rejects)
    def reject(request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = getattr(request, "on_reject", None)
        if answer is None or hasattr(answer, _HEARD):
            return rejects(request, *args, **kwargs)
        goes_back = False

        @functools.wraps(answer)
        def on_reject(logger: Any, connection_errors: Any, requeue: bool = False) -> Any:
            nonlocal goes_back
            answered = answer(logger, connection_errors, requeue)
            goes_back = bool(requeue)
            return answered

        on_reject.phloem_is_heard = True  # type: ignore[attr-defined]
        with contextlib.suppress(AttributeError):  # of a class that does not let it be set
            request.on_reject = on_reject
        try:
            return rejects(request, *args, **kwargs)
        finally:
            with contextlib.suppress(AttributeError):
                request.on_reject = answer
            if goes_back:
                request.phloem_requests.gave_back(request)

    return reject
