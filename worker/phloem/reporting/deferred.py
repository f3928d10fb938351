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

    __slots__ = ("_make", "complete")

    def __init__(self, make: Callable[[], Event], *, complete: bool = False) -> None:
        """`complete` is whether nothing can make it needless, or another, any more: it is sent with the next ones."""
        self._make: Callable[[], Event] | None = make
        self.complete = complete

    @property
    def needless(self) -> bool:
        """Whether there is nothing to make: it was made, or another event says all that it would."""
        return self._make is None

    def drop(self) -> None:
        """Makes it needless, and forgets what it would be made of. Nothing happens if it was made."""
        self._make = None

    def replace(self, make: Callable[[], Event]) -> bool:
        """Has another event made in its place, which is complete. False if it is needless."""
        if self._make is None:
            return False
        self._make, self.complete = make, True
        return True

    def made(self) -> Event | None:
        """The event; None if it is needless, or cannot be made, which is logged. Afterwards it is needless, unless
        Celery's soft time limit is raised meanwhile.
        """
        make, event = self._make, None
        try:
            event = None if make is None else make()
        except Exception as error:  # what it is made of is the application's
            reraise_time_limit(error)
            logger.exception("Phloem could not tell of a task")
        self._make = None
        return event


class Postponed:
    """Deferred events in their order. Not safe to use from several threads at once."""

    def __init__(self) -> None:
        self.held: deque[tuple[float, Deferred]] = deque()
        """They, each with the time at which it was added."""

    def oldest_at(self) -> float | None:
        """When the oldest that is not needless was added; None if there is none."""
        while self.held and self.held[0][1].needless:
            self.held.popleft()
        return self.held[0][0] if self.held else None

    def take(self, before: float) -> Iterator[Event]:
        """Makes those that were added up to the time `before` or are complete, and forgets them.

        What is not made yet when something is raised, such as Celery's soft time limit, is kept.
        """
        # None are left to others meanwhile: what makes an event may add others.
        held, self.held = self.held, deque()
        later: deque[tuple[float, Deferred]] = deque()
        try:
            while held:
                at, deferred = held[0]
                if at > before and not deferred.complete:
                    if not deferred.needless:
                        later.append(held[0])
                elif (event := deferred.made()) is not None:
                    yield event
                held.popleft()
        finally:
            self.held.extendleft(reversed((*later, *held)))
