"""What a producer reports about a task: "this run of this task is now STARTED"."""

from __future__ import annotations

import msgspec

from phloem.model.state import State
from phloem.model.task import Arrival, Description, Error, Line, Outcome, Step, fields


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a producer reports about a task. Fields that a task has as well are described there, in `task.Task`.

    Without a `state` it only describes. The long forms are given where they differ from the short ones.
    """

    id: str
    at: float
    """When it happened, in Unix seconds."""

    source: str = ""
    """The sending process; with `seq`, the same event sent twice is recorded once."""

    seq: int = 0
    """Number of this event among those of its source."""

    run: str | None = None
    attempt: int = 0
    """Grows with each try and redelivery: of two runs, the one with the lower is over."""

    lease: str | None = None
    """The worker that answers for the task: once that is silent for too long, the task is LOST."""

    state: State | None = None
    begins: bool = False
    """Whether a worker accepts a message with it: the start of a run, whatever state is shown meanwhile.

    A retried task that waits for its time is received, and shown as RETRY.
    """

    # Description: of the task, and the same in every report.
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
    call: str | None = None
    """The original arguments as JSON, so that the task can be run again. No reader receives them."""

    # Arrival and outcome: of the run.
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
    """Lines that the task logged since the event before."""

    @property
    def passed(self) -> tuple[tuple[State, float], ...]:
        """States that lie behind this one, and when they began, as far as the event tells."""
        known = ((State.PENDING, self.created_at), (State.RECEIVED, self.received_at))
        return tuple((state, at) for state, at in known if at is not None and state.rank < self.rank)

    @property
    def rank(self) -> int:
        """Position of this event within its run."""
        if self.begins:
            return State.RECEIVED.rank
        return 0 if self.state is None else self.state.rank


DESCRIPTION = fields(Description)
"""Fields of an event that describe the task: the first report wins, even when it arrives late."""

ARRIVAL = fields(Arrival)
"""Fields of an event that tell how a run came about: another run starts without them."""

OUTCOME = fields(Outcome)
"""Fields of an event that tell what came of a run: another start removes them."""

LONG = {name: f"long_{name}" for name in DESCRIPTION + OUTCOME if f"long_{name}" in Event.__struct_fields__}
"""Fields that have a long form, which only readers of the task itself receive."""
