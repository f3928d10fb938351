"""Callbacks that are called when something happens: any number of them, and none can silence the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")

logger = logging.getLogger(__name__)


class Listeners(Generic[P]):
    """An event that callbacks are added to; calling it calls them all, with what it is called with.

    They are called in the order in which they were added, in the thread that calls. An exception that one of them
    raises is logged and does not reach the caller. Any thread may add and call; a callback that is added during a
    call is called from the next one on.
    """

    __slots__ = ("_callbacks",)

    def __init__(self) -> None:
        self._callbacks: list[Callable[P, object]] = []

    def add(self, callback: Callable[P, object]) -> None:
        """Calls `callback` from the next call on."""
        self._callbacks.append(callback)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Calls each callback that was added."""
        for callback in tuple(self._callbacks):
            try:
                callback(*args, **kwargs)
            except Exception:
                logger.exception("A listener failed: %r", callback)
