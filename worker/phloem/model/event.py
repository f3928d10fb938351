"""What a producer reports about a task: "this run of this task is now STARTED"."""

from __future__ import annotations

import operator

import msgspec

from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Arrival, Delivery, Description, Error, Latest, Line, Outcome, Step, fields


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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

    known_by: KnownBy | None = None
    """Who tells; None for a process that called `attach`. A run of another teller is the same as one that `attach`
    names, if the task is in it and in the same try: only the name is another."""

    run: str | None = None
    attempt: int = 0
    """Grows with each try and redelivery: of two runs, the one with the lower is over."""

    lease: str | None = None
    """The worker that answers for the task: once that is silent for too long, the task is LOST."""

    state: State | None = None
    """PENDING together with a run: this run is over without an end of the task, which waits for another. Its message
    was given back, or another was sent under its id."""

    unsent: bool = False
    """Whether the task ends without ever having been sent, because of another: less certain than what its run says."""

    if_waits: bool = False
    """Whether it holds only for a task that waits, and is less certain than what its run says. It is ignored where the
    task is not known, runs, or has ended.
    """

    begins: bool = False
    """Whether a worker accepts a message with it: the start of a run, whatever state is shown meanwhile.

    A retried task that waits for its time is received, and shown as RETRY.
    """

    # Description: of the task, and the same in every report.
    name: str | None = None
    label: str | None = None
    own_label: str | None = None
    """What the running task calls itself: the last report counts, and takes the place of every other label."""
    revoked_at: float | None = None
    queue: str | None = None
    exchange: str | None = None
    routing_key: str | None = None
    origin: str | None = None
    priority: int | None = None
    args: str | None = None
    kwargs: str | None = None
    long_args: str | None = None
    long_kwargs: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    group_id: str | None = None
    retry_of: str | None = None
    retried_as: str | None = None
    replaced_by: str | None = None
    schedule: str | None = None
    by_hand: bool | None = None
    launched_by: str | None = None
    owner: str | None = None
    created_at: float | None = None
    call: bytes | None = None
    """Its message, so that the task can be run again; see `instrument.calls`. No reader receives it."""

    # Arrival and outcome: of the run.
    worker: str | None = None
    release: str | None = None
    retries: int | None = None
    received_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    runtime: float | None = None
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
        rank = self.rank
        known = [(state, getattr(self, name)) for name, state in PASSED.items() if state.rank < rank]
        return tuple((state, at) for state, at in known if at is not None)

    @property
    def gives_back(self) -> bool:
        """Whether its run is over, and its task is not."""
        return self.run is not None and self.state is State.PENDING

    @property
    def trust(self) -> int:
        """0 for what `attach` says; greater for those who know less."""
        return 0 if self.known_by is None else self.known_by.rank

    @property
    def rank(self) -> int:
        """Position of this event within its run."""
        if self.begins:
            return State.RECEIVED.rank
        if self.unsent or self.if_waits:
            return State.LOST.rank
        return 0 if self.state is None else self.state.rank

    def ends_what_began(self, start: Event) -> bool:
        """Whether this is the end of the run that `start` begins, and of its task."""
        return (
            self.id == start.id  # it seldom is
            and self.run == start.run is not None
            and self.attempt == start.attempt
            and start.state is State.STARTED
            and self.rank >= State.SUCCESS.rank
        )

    def including(self, start: Event) -> Event:
        """This end of a run and its start in one event, which says all that the two say one after the other."""
        said = {
            name: began
            for name, began, ended in zip(_TOLD, _told_by(start), _told_by(self), strict=True)
            if ended is None and began is not None
        }
        return msgspec.structs.replace(self, log=start.log + self.log, **said)


PASSED = {"created_at": State.PENDING, "received_at": State.RECEIVED, "started_at": State.STARTED}
"""Fields of an event that say when a state began, which lies behind it."""

DELIVERY = fields(Delivery)
"""Fields of an event that describe the message: of those reports that begin a run the last wins, else the first."""

DESCRIPTION = fields(Description) + DELIVERY
"""Fields of an event that describe the task: the first report wins, even when it arrives late."""

LATEST = fields(Latest)
"""Fields of an event that describe the task: the last report wins."""

ARRIVAL = fields(Arrival)
"""Fields of an event that tell how a run came about: another run starts without them."""

OUTCOME = fields(Outcome)
"""Fields of an event that tell what came of a run: another start removes them."""

LONG = {name: f"long_{name}" for name in DESCRIPTION + OUTCOME if f"long_{name}" in Event.__struct_fields__}
"""Fields that have a long form, which only readers of the task itself receive."""

_TOLD = (*DESCRIPTION, *LATEST, *ARRIVAL, *OUTCOME, *LONG.values(), "own_label", "call")
"""Fields by which an event tells of its task and its run, other than its log; None where it does not."""

_told_by = operator.attrgetter(*_TOLD)
