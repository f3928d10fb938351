"""What a producer says about a task: "this run of this task is now STARTED"."""

from __future__ import annotations

import msgspec

from phloem.model.state import State
from phloem.model.task import Error, Line, Step


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a producer says about a task.

    `source` and `seq` name the sending process and number what it sends, so that the same event sent twice is
    recorded once. `attempt` grows with each try and redelivery: of two runs the one with the lower is over.
    `lease` names the worker that answers for the task; when that is not heard of, the task is LOST. `begins`
    marks the event with which a worker accepts a message: the start of a run, whatever state is shown meanwhile
    (a retried task that waits for its time is received, and shown as RETRY). Without a `state` it only describes.
    The long forms are given where they differ from the short ones.
    """

    id: str
    at: float
    source: str = ""
    seq: int = 0
    run: str | None = None
    attempt: int = 0
    lease: str | None = None
    state: State | None = None
    begins: bool = False
    # Of the task, and the same whoever says it: the first to say it is believed.
    name: str | None = None
    queue: str | None = None
    args: str | None = None
    kwargs: str | None = None
    long_args: str | None = None
    long_kwargs: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    group_id: str | None = None
    retry_of: str | None = None
    schedule: str | None = None
    by_hand: bool | None = None
    created_at: float | None = None
    call: str | None = None  # the original arguments as JSON, so that the task can be run again; told to nobody
    # Of the run: the last to say it is believed.
    worker: str | None = None
    retries: int | None = None
    received_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    eta: float | None = None
    expires: float | None = None
    percent: float | None = None
    steps: tuple[Step, ...] | None = None
    message: str | None = None
    result: str | None = None
    long_result: str | None = None
    error: Error | None = None
    long_error: Error | None = None
    log: tuple[Line, ...] = ()

    @property
    def passed(self) -> tuple[tuple[State, float], ...]:
        """States that lie behind this one, and when they began, as far as it tells."""
        known = ((State.PENDING, self.created_at), (State.RECEIVED, self.received_at))
        return tuple((state, at) for state, at in known if at is not None and state.rank < self.rank)

    @property
    def rank(self) -> int:
        """Position of this event within its run."""
        if self.begins:
            return State.RECEIVED.rank
        return 0 if self.state is None else self.state.rank


DESCRIPTION = (
    "name",
    "queue",
    "args",
    "kwargs",
    "root_id",
    "parent_id",
    "group_id",
    "retry_of",
    "schedule",
    "by_hand",
    "created_at",
)
"""Fields of an event that describe the task: the first writer wins, even when it arrives late."""

ARRIVAL = ("worker", "retries", "received_at", "eta", "expires")
"""Fields of an event that say how a run came about: another run starts without them."""

OUTCOME = ("started_at", "finished_at", "percent", "steps", "message", "result", "error")
"""Fields of an event that say what came of a run: another start does away with them."""

LONG = {
    "args": "long_args",
    "kwargs": "long_kwargs",
    "result": "long_result",
    "error": "long_error",
}
"""Fields that have a long form, told only to those who look at the task itself."""
