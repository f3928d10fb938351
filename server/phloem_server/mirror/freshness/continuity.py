"""Whether what the mirror holds may take the place of what was shown before, by another process or of another record.

Positions of one epoch compare. Those of two epochs do not: where a new epoch began, Redis may have forgotten what it
had recorded, and the workers record it again within seconds.
"""

from __future__ import annotations

import math
import time

from phloem.model.changes import Position
from phloem.model.task import Task
from phloem_server.mirror.freshness.liveness import Liveness
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.mirror import Mirror
from phloem_server.mirror.moments import limited_epoch, micros

HEALING = 5.0
"""Seconds for which a record that forgot something is not shown: the workers notice within two, and tell it again."""

AHEAD_LIMIT = 100
"""Offsets beyond that of the mirror that are remembered, with the time when a client came with them."""

RECENT = 60.0
"""Seconds after its end within which a task that is missing was forgotten, and not removed for its age."""

_TASKS_AT_ONCE = 1000
"""Tasks that are compared before other threads have a turn."""


class Continuity:
    """What clients come with, compared with the mirror. Its methods may be called from any thread."""

    def __init__(self, mirror: Mirror, liveness: Liveness) -> None:
        self._mirror = mirror
        self._liveness = liveness
        self._settled_at = 0.0
        self._compared_at = -math.inf
        self._ahead: dict[int, float] = {}
        self._moment = 0

    def succeeds(self, since: Position) -> bool:
        """Whether the mirror can take the place of what a client was shown up to `since`, and show nothing older.

        It is older while another process has heard more than this one, be it for a moment. It may be where a new epoch
        began that was not compared here with the one before.

        An offset that Redis itself has not reached, when it is asked after a client came with it, comes from a forged
        message. A client that was shown that is shown what is true, and not sent away for ever.
        """
        with self._mirror.lock:
            return self._succeeds(since, self._mirror.position)

    def succeeds_moment(self, since: Position, told: int) -> bool:
        """The same for a client that was shown the tasks of some, up to a moment. `told` is the last one that such a
        client was told here.

        How far the mirror is beyond that of a comparison with Redis depends on what happens to the tasks of others.
        """
        with self._mirror.lock:
            epoch = limited_epoch(self._mirror.position.epoch)
            return self._succeeds(since, Position(epoch=epoch, offset=max(self._moment, told)))

    def has_waiting_clients(self) -> bool:
        """Whether a client is waiting for its position to be confirmed by a comparison with Redis."""
        with self._mirror.lock:
            here = self._mirror.position.offset
            return any(offset > here and came > self._compared_at for offset, came in self._ahead.items())

    def compare(self, begun: float, at: float | None = None) -> None:
        """Notes a comparison with Redis that began then, on the monotonic clock: nothing that it had is missing.

        `at` is the time of Redis then, in Unix seconds.
        """
        self._compared_at = begun
        self._moment = self._moment if at is None else micros(at)

    def begin(self, *, settled_in: float) -> None:
        """Notes that the mirror holds another record, which is as far as that before in so many seconds.

        To be called with the mirror's lock held, when it is replaced.
        """
        self._settled_at = time.monotonic() + settled_in
        self._ahead.clear()  # offsets of another epoch

    def _succeeds(self, since: Position, here: Position) -> bool:
        if not since.epoch:
            return True
        if since.epoch != here.epoch:
            return self._liveness.live and time.monotonic() >= self._settled_at
        if since.offset <= here.offset:
            return True
        if len(self._ahead) >= AHEAD_LIMIT:
            self._ahead.clear()
        came = self._ahead.setdefault(since.offset, time.monotonic())
        return self._liveness.live and self._compared_at > came


def has_forgotten(anew: TaskIndex, shown: TaskIndex) -> bool:
    """Whether a record that started anew is behind what is shown of the one before. Other threads have turns."""
    recent = time.time() - RECENT
    for number, task in enumerate(shown.newest(), 1):
        if _is_behind(anew.get(task.id), task, recent):
            return True
        if number % _TASKS_AT_ONCE == 0:
            time.sleep(0)
    return False


def _is_behind(task: Task | None, shown: Task, recent: float) -> bool:
    if task is None:
        return shown.finished_at is None or shown.finished_at > recent
    if task.run != shown.run:
        return (task.received_at or 0) < (shown.received_at or 0)
    return (task.state.rank, task.percent or 0) < (shown.state.rank, shown.percent or 0)
