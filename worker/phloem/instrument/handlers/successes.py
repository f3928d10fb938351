"""Successes as a worker's main process hears of them, in case the child dies that has to tell the record.

A child tells of the end of a task a moment after it, together with others. One that dies in that moment, in its next
task for instance, has told its worker but not the record.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from phloem.model.event import Event
from phloem.model.state import State
from phloem.reporting.recorder import Recorder

PATIENCE_SECONDS = 1.0
"""How long after a success it is seen whether the child still lives. Until then the child has told it, unless its next
task lets no other thread run for so long, or Redis is away; while that is known, all are kept."""

LOOK_SECONDS = 0.1
"""Time between two looks at most, while tasks succeed."""

SUCCESSES_REMEMBERED = 1_000
"""Most successes that are kept."""

_LARGEST_PID = 2**22
"""Largest id that a process has, on Linux; on others it is smaller."""


_WHY = "It succeeded, and its process died before it told the result."


class Begun(NamedTuple):
    """What is kept of a run: texts and numbers. Whatever else is kept for a second, for each of many tasks, keeps the
    garbage collector busy, which costs more than all else that is done here. So the call of the task is not kept.
    """

    id: str
    token: str | None
    attempt: int
    name: str
    received_at: float | None
    """In Unix seconds."""


_Success = tuple[float, float, int, str, str | None, int, str, float | None]
"""When the worker heard of it, in Unix seconds and by a clock that nobody sets; the process; and what is `Begun`.
A tuple without a name: the garbage collector does not look into one of texts and numbers."""


class Successes:
    """The latest successes in the children of this process."""

    def __init__(self, recorder: Recorder, clock: Callable[[], float] = time.monotonic) -> None:
        self._recorder = recorder
        self._clock = clock
        self._latest: deque[_Success] = deque(maxlen=SUCCESSES_REMEMBERED)
        self._look_at = 0.0
        self._lock = threading.RLock()  # a worker may close from a signal handler

    def add(self, run: Begun, pid: int, now: float) -> None:
        """Takes note that a run succeeded in a child, at the time `now`."""
        if not _is_child(pid):
            return
        heard = self._clock()
        with self._lock:
            # Not before the first one: a recorder begins anew in a fork, which a worker may be.
            if not self._latest:
                self._recorder.at_heartbeats(self.check)
                self._look_at = heard + PATIENCE_SECONDS
            self._latest.append((now, heard, pid, *run))
            if heard < self._look_at:
                return
            self._look_at = heard + LOOK_SECONDS
        self.check()

    def check(self, patience: float = PATIENCE_SECONDS) -> None:
        """Reports those of children that are gone, and forgets what is old. Told twice, an end is recorded once.

        `patience` is how long ago they have to be. Safe to call from two threads.
        """
        before = self._clock() - patience
        gone: dict[int, bool] = {}
        while not (patience and self._recorder.failing):
            with self._lock:  # the recorder's thread looks as well
                if not self._latest or self._latest[0][1] > before:
                    return
                at, _, pid, task_id, token, attempt, name, received_at = self._latest.popleft()
            if pid not in gone:
                gone[pid] = _is_gone(pid)
            if gone[pid]:
                self._recorder.report(_told(Begun(task_id, token, attempt, name, received_at), at))


def _told(run: Begun, at: float) -> Event:
    return Event(
        id=run.id,
        at=at,
        run=run.token,
        attempt=run.attempt,
        state=State.SUCCESS,
        name=run.name,
        received_at=run.received_at,
        finished_at=at,
        message=_WHY,
    )


def _is_child(pid: int) -> bool:
    """Whether this may be a child. Pools without processes name this process, or a greenlet by its address."""
    return pid != os.getpid() and 0 < pid <= _LARGEST_PID


def _is_gone(pid: int) -> bool:
    """Whether this child of the process has ended. One that has, and that its parent has not waited for, has a pid."""
    try:
        if hasattr(os, "waitid"):
            return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        os.kill(pid, 0)  # where Python has no waitid, as on macOS before 3.13: Celery waits for its children soon
    except (ChildProcessError, ProcessLookupError):
        return True
    return False
