"""What is sampled for news again and again: the runs in progress."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from phloem.isolation import reraise_time_limit
from phloem.logs import logger_of
from phloem.model.event import Event

logger = logger_of(__name__)


class Watched(Protocol):
    """Something that is sampled."""

    def sample(self, now: float) -> Event | None:
        """What is new since the last sample, at `now` (Unix seconds); None if nothing is."""

    def repeat(self) -> None:
        """Makes the next sample tell everything again."""


class Sampler:
    """What is watched, and how it is sampled. `changed` guards it; `report` takes what a sample finds."""

    def __init__(self, changed: threading.Condition, report: Callable[[Event], None]) -> None:
        self._changed = changed
        self._report = report
        self._watched: dict[int, Watched] = {}
        self._sampling = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._watched)

    def add(self, watched: Watched) -> None:
        """Samples `watched` from now on."""
        with self._changed:
            self._watched[id(watched)] = watched

    def remove(self, watched: Watched) -> None:
        """Samples `watched` one last time, in the caller's thread, and reports what is new."""
        with self._changed:
            known = self._watched.pop(id(watched), None)
        if known is not None:
            self._sample(known)

    def sample_all(self) -> None:
        """Samples all that is watched, and reports what is new."""
        with self._changed:
            watched = list(self._watched.values())
        for each in watched:
            self._sample(each)

    def repeat_all(self) -> None:
        """Makes the next samples tell everything again."""
        with self._changed:
            for watched in self._watched.values():
                watched.repeat()

    def _sample(self, watched: Watched) -> None:
        try:
            # In one step: what an earlier sample found must not be reported after what the last one found.
            with self._sampling:
                if (event := watched.sample(time.time())) is not None:
                    self._report(event)
        except Exception as error:  # the values of steps are the task's, and may be anything
            reraise_time_limit(error)
            logger.exception("Phloem cannot see how far a task is")
            with self._changed:
                self._watched.pop(id(watched), None)
