"""The states of a task, and their order within one run."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Celery's states, RECEIVED as its events know it, and LOST for a task whose worker vanished."""

    PENDING = "PENDING"
    """It was sent, and no worker has accepted it."""

    RECEIVED = "RECEIVED"
    """A worker accepted it, and has not started it."""

    STARTED = "STARTED"
    """It runs."""

    PROGRESS = "PROGRESS"
    """It runs, and reported a state of its own."""

    RETRY = "RETRY"
    """A try failed, and another one is to come."""

    SUCCESS = "SUCCESS"
    """It ended with a result."""

    FAILURE = "FAILURE"
    """It ended with an error, rejected its message, or was never sent because a task before it failed."""

    REVOKED = "REVOKED"
    """It was revoked, expired before it started, or ended itself without a result."""

    LOST = "LOST"
    """Its worker, or the process that ran it, vanished or was stopped while it ran."""

    __hash__ = str.__hash__  # that of Enum is written in Python, and takes ten times as long

    @property
    def ended(self) -> bool:
        """Whether a task in this state is over; only a new run leaves such a state."""
        return self in ENDED

    @property
    def rank(self) -> int:
        """Position within one run: an event of a lower rank than the record's is late and changes no state."""
        return RANKS[self]


RANKS = {
    State.PENDING: 0,
    State.RECEIVED: 1,
    State.STARTED: 2,
    State.PROGRESS: 3,
    State.RETRY: 4,
    State.LOST: 5,  # a worker that was only cut off may still report the end of what was given up
    State.SUCCESS: 6,
    State.FAILURE: 6,
    State.REVOKED: 6,
}
"""Position of each state within one run. The Redis Functions and the page follow the same ranks."""

WAITING = frozenset({State.PENDING, State.RECEIVED})
"""States of a task that waits for its first or next run. One that waits for another try (RETRY) is not among them."""

RUNNING = frozenset({State.STARTED, State.PROGRESS})
"""States of a task that runs."""

ENDED = frozenset({State.SUCCESS, State.FAILURE, State.REVOKED, State.LOST})
"""States of a task that is over."""
