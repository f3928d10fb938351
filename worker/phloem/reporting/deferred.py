"""Events that are made when they are sent, unless something has made them needless by then."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from phloem.isolation import reraise_time_limit
from phloem.logs import logger_of
from phloem.model.event import Event

logger = logger_of(__name__)


class Deferred:
    """An event of a moment ago, as long as it is not made. `make` is called once, by whichever thread sends it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Event]) -> None:
        self._make: Callable[[], Event] | None = make

    @property
    def needless(self) -> bool:
        """Whether another event says all that this one would."""
        return self._make is None

    def drop(self) -> None:
        """Makes it needless, and forgets what it would be made of. Nothing happens if it was made."""
        self._make = None

    def made(self) -> Event | None:
        """The event; None if it is needless, or cannot be made, which is logged."""
        make = self._make
        try:
            return None if make is None else make()
        except Exception as error:  # what it is made of is the application's
            reraise_time_limit(error)
            logger.exception("Phloem could not tell of a task")
            return None


class Postponed:
    """Deferred events in their order. Not safe to use from several threads at once."""

    def __init__(self) -> None:
        self._held: deque[tuple[float, Deferred]] = deque()

    def __bool__(self) -> bool:
        return bool(self._held)

    def oldest_at(self) -> float | None:
        """When the oldest that is not needless was added; None if there is none."""
        while self._held and self._held[0][1].needless:
            self._held.popleft()
        return self._held[0][0] if self._held else None

    def add(self, deferred: Deferred, now: float) -> None:
        """Adds one, at the time `now`."""
        self._held.append((now, deferred))

    def take(self, before: float) -> Iterator[Event]:
        """Makes those that were added up to the time `before`, and forgets them."""
        while self._held and (self._held[0][0] <= before or self._held[0][1].needless):
            _, deferred = self._held.popleft()
            if (event := deferred.made()) is not None:
                yield event
