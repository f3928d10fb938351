"""What can be said about a task: the records that travel from a worker to a screen.

An `Event` is what a producer says: "this run of this task is now STARTED". A `Task` is what the record makes
of all events about one task. `Changes` is a stretch of the record: the tasks that changed between two offsets,
whether it came over the pub/sub channel or was read to fill a gap.

Times are Unix seconds (float, UTC). What is not known is None, never a guess.

Tasks and what they hold are plain data without cycles, and there may be many of them: the cyclic garbage collector
need not look at them (`gc=False`). With 100,000 tasks it would stop everything for 0.1 s each time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec


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


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One part of a task's work and how far it is.

    `key` is its place in the outline: "1.2" is the second part of "1". `total` is None where nobody knows it.
    `rate` is in units per second, `eta` in seconds left, both as of the report.
    """

    key: str
    description: str = ""
    current: float = 0
    total: float | None = None
    unit: str = ""
    rate: float | None = None
    eta: float | None = None
    done: bool = False


class Error(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a task failed or is tried again: the exception's type, its text, and where it was raised."""

    type: str
    message: str = ""
    traceback: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something a task said, as it leaves the worker."""

    at: float
    level: str
    message: str


class LogEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry of a task's log. `kind` is "state" (then `message` is the state) or "log"; ids grow in order."""

    id: str
    at: float
    kind: str
    level: str
    message: str


Offset = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""The place of a change in the record. Lua and JavaScript count exactly up to there."""


class Task(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task as the record knows it.

    `args`, `kwargs` and `result` are text: JSON where the value is plain data, else Python's repr; secrets
    replaced, cut at 1 KiB in a list and at 16 KiB on the task itself. `offset` is that of its last change,
    `first_offset` that of its first, which makes it the order in which tasks became known. `run` names the
    current execution; a redelivered or retried task gets another. `schedule` is the entry of beat's schedule that it
    was sent for, `by_hand` says that it was not beat who sent it.
    """

    id: str
    state: State
    offset: Offset
    first_offset: Offset
    name: str | None = None
    queue: str | None = None
    worker: str | None = None
    args: str | None = None
    kwargs: str | None = None
    retries: int = 0
    run: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    group_id: str | None = None
    retry_of: str | None = None
    schedule: str | None = None
    by_hand: bool | None = None
    created_at: float | None = None
    received_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    eta: float | None = None
    expires: float | None = None
    percent: float | None = None
    steps: tuple[Step, ...] = ()
    message: str | None = None
    result: str | None = None
    error: Error | None = None


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


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a reader is: it holds everything up to `offset` of `epoch`. Offsets of two epochs do not compare."""

    epoch: str = ""
    offset: int = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What changed in (from_, to] of one epoch: the tasks as they are now, what they said, and what was removed.

    After `reset` a reader forgets all it held first: the epoch is another, or too much was removed since. `at` is when
    it was said, by the clock of Redis.
    """

    epoch: str
    from_: Offset
    to: Offset
    tasks: tuple[Task, ...] = ()
    logs: dict[str, tuple[LogEntry, ...]] = {}
    drop: tuple[str, ...] = ()
    reset: bool = False
    at: float | None = None
