"""When which release of an application began to run, in the last hour: the marks on plots."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from phloem.model.task import Task

SPAN_SECONDS = 3600
"""How far is looked back."""

PAUSE_SECONDS = 120
"""A release of which nothing starts for so long, while another one begins, has stopped: it comes back with its next
start."""

SETTLED_SECONDS = 60
"""By which another release has to be older. The record begins somewhere: what runs side by side there began before."""

AHEAD_SECONDS = 60
"""By which a worker's clock may be ahead of ours; times beyond are ignored."""

JOBS_LIMIT, STRETCHES_LIMIT = 100, 8
"""Names of tasks that are looked at, and the stretches of each: the memory that all of this takes is bounded."""

MARKS_LIMIT = 20
"""Marks at most, the newest: a plot with more cannot be read."""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A release of an application that began to run."""

    name: str
    """Name of the release, as tasks have it."""

    at: float
    """When the first task started in it, in Unix seconds."""


class _Stretch:
    """A time in which a release ran, from one start of a task to another."""

    __slots__ = ("first", "last", "release")

    def __init__(self, release: str, at: float) -> None:
        self.release, self.first, self.last = release, at, at

    def takes(self, release: str, at: float, all_of_job: Sequence[_Stretch]) -> bool:
        """Whether a start belongs to it; then it reaches to there."""
        if release != self.release:
            return False
        near = self.first - PAUSE_SECONDS <= at <= self.last + PAUSE_SECONDS
        first, last = min(self.first, at), max(self.last, at)
        if not near and any(first < other.first < last for other in all_of_job if other.release != release):
            return False
        self.first, self.last = first, last
        return True


class Releases:
    """By the names of tasks, since each application has releases of its own. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._jobs: dict[str, list[_Stretch]] = {}

    def note(self, old: Task | None, new: Task | None) -> None:
        """Takes in a task that changed, was added (no `old`) or was removed (no `new`)."""
        if new is None or new.release is None or new.started_at is None:
            return
        if old is not None and (old.started_at, old.release) == (new.started_at, new.release):
            return
        if new.started_at <= self._clock() + AHEAD_SECONDS:
            self._started(new.name or "", new.release, new.started_at)

    def marks(self) -> list[Release]:
        """Where a release took the place of another one, the oldest first."""
        since = self._clock() - SPAN_SECONDS
        found: list[Release] = []
        begun = ((at, name) for stretches in self._jobs.values() for at, name in _begun(stretches) if at > since)
        last: dict[str, float] = {}
        for at, name in sorted(begun):
            # Jobs of one application change their release when they are next run, each in its own time.
            if name not in last or at > last[name] + SPAN_SECONDS / 6:
                found.append(Release(name=name, at=at))
            last[name] = at
        return found[-MARKS_LIMIT:]

    def _started(self, name: str, release: str, at: float) -> None:
        stretches = self._jobs.get(name)
        if stretches is None:
            if len(self._jobs) >= JOBS_LIMIT:
                return
            stretches = self._jobs[name] = []
        if any(stretch.takes(release, at, stretches) for stretch in stretches):
            return
        stretches.append(_Stretch(release, at))
        if len(stretches) > STRETCHES_LIMIT:
            stretches.remove(min(stretches, key=lambda stretch: stretch.last))


def _begun(stretches: Sequence[_Stretch]) -> list[tuple[float, str]]:
    """The stretches of one job before which another release ran, and no longer this one."""
    found = []
    for stretch in stretches:
        before = [other for other in stretches if other.first < stretch.first]
        own = max((other.last for other in before if other.release == stretch.release), default=None)
        others = [other.first for other in before if other.release != stretch.release]
        settled = stretch.first - SETTLED_SECONDS
        if any(first <= settled and (own is None or first > own) for first in others):
            found.append((stretch.first, stretch.release))
    return found
