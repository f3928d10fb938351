"""The messages of tasks, as far as calls are kept. Only processes of workers import it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phloem.instrument.calls import call, chosen, handed
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.messages.headers import CREATED


class KeptCalls:
    """Gives the calls in messages; None where they are not kept."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def of(
        self, received: Any, task_id: str, name: str, headers: Mapping[str, Any], args: object, kwargs: object
    ) -> bytes | None:
        """The call in a message. `headers` are as `Observer.chosen_texts` left them. See `call.kept`."""
        if not self._observer.keeps_calls or received is None:
            return None
        hidden = not chosen.tells_all(self._observer.app, headers, args, kwargs)
        return call.kept(received, task_id, name, hidden=hidden)

    def handed(self, parts: Any, request: Mapping[str, Any]) -> bytes | None:
        """The call in a message whose parts came with the request of its task."""
        if not self._observer.keeps_calls:
            return None
        return handed.kept(parts, request, str(request["id"]), str(request.get("task")))

    def dropped(self, received: Any, task_id: str, name: str) -> bytes | None:
        """The call in a message that the worker received and made no run of."""
        if not self._observer.keeps_calls or received is None:
            return None
        args, kwargs = call.arguments(received)
        headers = {**(received.headers or {})}
        headers |= {} if CREATED in headers else self._observer.chosen_texts(headers, args, kwargs)
        return self.of(received, task_id, name, headers, args, kwargs)
