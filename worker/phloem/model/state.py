"""The states of a task, and their order within one run."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Celery's states, RECEIVED as its events know it, and LOST for a task whose worker vanished."""

    PENDING = "PENDING"
    RECEIVED = "RECEIVED"
    STARTED = "STARTED"
    PROGRESS = "PROGRESS"
    RETRY = "RETRY"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    REVOKED = "REVOKED"
    LOST = "LOST"

    @property
    def ended(self) -> bool:
        """Whether a task in this state is over; only a new run leaves such a state."""
        return self in ENDED

    @property
    def rank(self) -> int:
        """Position within one run: an event of a lower rank than the record's is late and changes no state."""
        return _RANKS[self]


ENDED = frozenset({State.SUCCESS, State.FAILURE, State.REVOKED, State.LOST})
_RANKS = {
    State.PENDING: 0,
    State.RECEIVED: 1,
    State.STARTED: 2,
    State.PROGRESS: 3,
    State.RETRY: 4,
    State.LOST: 5,  # a worker that was only cut off may still be heard to end what was given up
    State.SUCCESS: 6,
    State.FAILURE: 6,
    State.REVOKED: 6,
}
