"""A task as the record knows it, and what it consists of.

Times are Unix seconds (float, UTC). What is not known is None, never a guess.

The text below a field is its one description: `bin/contract` hands it on to the TypeScript types and to
docs/contract.md, and fails where a field has none, or a number does not say its unit.

Tasks and what they hold are plain data without cycles, and there may be many of them: the cyclic garbage collector
need not look at them (`gc=False`). With 100,000 tasks it would stop everything for 0.1 s each time.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from phloem.model.known_by import KnownBy, Teller
from phloem.model.state import State

T = TypeVar("T")

Description = Annotated[T, "description"]
"""A field that describes the task: the first report of it wins, even when it arrives late."""

Latest = Annotated[T, "latest"]
"""A field that describes the task: the last report wins, whichever of its runs it is told in."""

Delivery = Annotated[T, "delivery"]
"""A field that describes the message: the first report of it wins, until a worker accepts a message and says so."""

Arrival = Annotated[T, "arrival"]
"""A field that tells how a run came about: the last report wins, and another run starts without it."""

Outcome = Annotated[T, "outcome"]
"""A field that tells what came of a run: the last report wins, and another start removes it."""

Scalar = str | int | float | bool | None
"""What JSON has for one value."""

Offset = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""The place of a change in the record. Lua and JavaScript count exactly up to there."""


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One part of a task's work, and how far it is."""

    key: str
    """Place in the outline: "1.2" is the second part of "1"."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    """What this part is called: what its description was at first, where that is another by now."""

    description: str = ""
    """What is done in this part."""

    current: float = 0
    """How much is done, in units."""

    total: float | None = None
    """How much there is to do, in units."""

    unit: str = ""
    """What is counted: "rows", or "B" for bytes."""

    rate: float | None = None
    """Units per second, as of the report."""

    eta: float | None = None
    """Seconds left, as of the report."""

    done: bool = False
    """Whether this part is complete."""

    started_at: float | None = None
    """When it began, in Unix seconds."""

    finished_at: float | None = None
    """When it ended, in Unix seconds, at the latest with its run; null as well where nobody could say so."""


class Error(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a task failed or is tried again."""

    type: str
    """Name of the exception's class."""

    message: str = ""
    """Text of the exception."""

    traceback: str | None = None
    """Where it was raised, as Python prints it. On the task itself, not in lists."""


class Try(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One try of a task: what came of one of its runs."""

    run: str | None = None
    """Token of the execution."""

    worker: str | None = None
    """Name of the worker that ran it."""

    started_at: float | None = None
    """When it started, in Unix seconds."""

    finished_at: float | None = None
    """When it ended, in Unix seconds."""

    state: State
    """What came of it: `RETRY` where it asked for another or gave its message back, `LOST` where nobody said."""

    error: Error | None = None
    """Why it failed or asked for another try. Its traceback is only that of the task itself, while it is the last."""

    args: str | None = None
    """Its positional arguments, where the tries had different ones; otherwise they are those of the task."""

    kwargs: str | None = None
    """Its keyword arguments, where the tries had different ones; otherwise they are those of the task."""

    steps: tuple[Step, ...] | msgspec.UnsetType = msgspec.UNSET
    """The parts of its work, where it is over and another has come: of the last tries, as far as the parts of all take
    {STEPS_KEPT_BYTES} bytes as JSON. Those of the present try are the task's."""


TRIES_LIMIT = 20
"""Most tries of one task that the record keeps: the last."""


STEPS_KEPT_BYTES = 64 * 1024
"""Most bytes of JSON that the steps of all tries of one task that are over take."""


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line that a task logged, as it leaves the worker."""

    at: float
    """When, in Unix seconds."""

    level: str
    """`debug`, `info`, `warning`, `error` or `critical`."""

    message: str
    """The text."""

    step: str | None = None
    """Key of the step that it was logged within."""

    fields: Mapping[str, Scalar] | None = None
    """What it says by names: `phloem.log("Sent", order=17)`."""


LOG_LIMIT_ENTRIES = 1000
"""Most entries of one task's log that the record keeps, and that a client holds: `model.log` says which."""

EntryKind = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["state", "log", "gap"]})]
"""What an entry of a log is. Readers take any other as well: a later version may write it."""


class LogEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry of a task's log: a state that it entered, or a line that it logged."""

    id: str
    """Two growing numbers, "MILLISECONDS-NUMBER": as text such ids do not sort."""

    at: float
    """When, in Unix seconds."""

    kind: EntryKind
    """`state`, `log`, or `gap`, which stands for entries that were left out of a long log."""

    level: str
    """`debug`, `info`, `warning`, `error` or `critical`."""

    message: str
    """The line, the name of the state, or how many entries were left out."""

    step: str | msgspec.UnsetType = msgspec.UNSET
    """Key of the step that a line was logged within, among those of its run."""

    run: str | msgspec.UnsetType = msgspec.UNSET
    """Token of the run that logged a line, if that is not the first of its task."""

    fields: dict[str, Scalar] | msgspec.UnsetType = msgspec.UNSET
    """What a line says by names, in units of its own, as in `phloem.log("Sent", order=17)`: at most 16, of at most 256
    bytes each, and one named `…` that says how many more there were."""


class Task(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task as the record knows it.

    `Description`, `Latest`, `Delivery`, `Arrival` and `Outcome` say which report of a field the record believes,
    and when it forgets it.
    """

    id: str
    """Celery's id of the task, the same in all its runs."""

    state: State
    """What the task does: one of the states."""

    offset: Offset
    """Offset of its last change: of two rows of one epoch, the one with the greater offset is the newer."""

    first_offset: Offset
    """Offset of its first change: the order in which tasks became known, and that of lists."""

    known_at: float | None = None
    """When the record first heard of it, in Unix seconds by the clock of Redis. Of tasks of one owner, and of one
    workflow, each became known later than the one before it. Null where a process of an earlier version told of it."""

    known_by: tuple[Teller, ...] = (KnownBy.ATTACH.value,)
    """Who told of it, the one that knows best first: `attach` where its app calls `phloem.attach`, `backend` for what
    the result backend stores, `events` for Celery's events, `broker` for its message in the broker, `inspect` for what
    workers answer."""

    name: Description[str | None] = None
    """Name of the task, as Celery has it."""

    label: Description[str | None] = None
    """What people call it, where that is not its name, at most 200 characters: what it called itself last
    (`phloem.label`), else what its sender (`shadow`) or its application (`attach(label=…)`) called it."""

    queue: Delivery[str | None] = None
    """Name of the queue that it was sent to."""

    exchange: Delivery[str | None] = None
    """Name of the exchange that it was sent to. Empty for the one that every broker has, which has no name."""

    routing_key: Delivery[str | None] = None
    """Routing key of its message, where its producer sends Celery's event of that and is not attached: else `queue`
    says where it went."""

    origin: Description[str | None] = None
    """Celery's name of the process that sent it, `gen` with a process id and a host, where `routing_key` is told."""

    priority: Delivery[int | None] = None
    """Priority of its message. Brokers disagree on whether the highest number or the lowest goes first."""

    worker: Arrival[str | None] = None
    """Name of the worker that accepted its present run."""

    release: Arrival[str | None] = None
    """Release of the application in the process that runs it, as `attach` or `PHLOEM_RELEASE` there says."""

    args: Delivery[str | None] = None
    """Positional arguments of its present run as text: JSON where they are plain data, else Python's repr.
    Secrets are replaced. "…" stands for all of them until a process has told them that knows which are secret.
    At most 1 KiB in lists, and 16 KiB on the task itself."""

    kwargs: Delivery[str | None] = None
    """Keyword arguments, as text like `args`."""

    retries: Arrival[int] = 0
    """Count of the tries before this one."""

    run: str | None = None
    """Token of the present execution. A task that is redelivered or retried gets another. It begins with `heard-` where
    no attached process tells of it."""

    root_id: Description[str | None] = None
    """Id of the first task of the workflow that it belongs to."""

    parent_id: Description[str | None] = None
    """Id of the task that sent it."""

    group_id: Description[str | None] = None
    """Id of the group that it belongs to."""

    retry_of: Description[str | None] = None
    """Id of the task that a user ran again, of which this is the copy."""

    retried_as: Description[str | None] = None
    """Id of the first task that a user made of it, by running it again."""

    revoked_at: Latest[float | None] = None
    """When a user revoked it last, in Unix seconds. Until a worker drops it, it keeps its state."""

    replaced_by: Description[str | None] = None
    """Name of the task that it goes on as under its own id, where it replaced itself."""

    schedule: Description[str | None] = None
    """Name of the entry of beat's schedule that it was sent for."""

    by_hand: Description[bool | None] = None
    """True where a user sent it for that entry, ahead of beat."""

    launched_by: Description[str | None] = None
    """Who launched it on this server, ran it again or ran it for its entry of the schedule: the name of a user, or
    `the token` and its name. None where that has no name, and where a program sent it."""

    owner: Description[str | None] = None
    """Whose it is: an identity that its application gave it, at most 200 printable characters."""

    created_at: Description[float | None] = None
    """When it was sent, in Unix seconds."""

    received_at: Arrival[float | None] = None
    """When a worker accepted its present run, in Unix seconds."""

    started_at: Outcome[float | None] = None
    """When its present run started, in Unix seconds."""

    finished_at: Outcome[float | None] = None
    """When it ended, in Unix seconds."""

    runtime: Outcome[float | None] = None
    """Seconds that its run took, with storing the result, as its worker measured them: what Celery's events tell of a
    task that succeeded. Of any other, start and end say it."""

    eta: Arrival[float | None] = None
    """When it may start at the earliest, in Unix seconds."""

    expires: Arrival[float | None] = None
    """When it may no longer start, in Unix seconds."""

    percent: Outcome[float | None] = None
    """How much of the whole is done, 0 to 100, as last reported: a task that succeeded may stand below 100. It falls
    only where the task says so; null where nobody knows the whole."""

    steps: Outcome[tuple[Step, ...]] = ()
    """The parts of its work, as last reported."""

    message: Outcome[str | None] = None
    """What the task reported last in words."""

    result: Outcome[str | None] = None
    """What it returned, as text like `args`."""

    error: Outcome[Error | None] = None
    """Why it failed or is tried again."""

    retried_at: float | None = None
    """When the try before the present one ended, in Unix seconds: from then on, or from `eta` on, this one waits."""

    tries: tuple[Try, ...] | msgspec.UnsetType = msgspec.UNSET
    """Its tries, at most {TRIES_LIMIT}, the present one last. On the task itself, not in lists."""

    earlier_tries: int | msgspec.UnsetType = msgspec.UNSET
    """Count of the tries before those."""


def fields(group: object) -> tuple[str, ...]:
    """The fields of a task in one group (`Description`, `Latest`, `Delivery`, `Arrival`, `Outcome`), in their order."""
    (mark,) = get_args(group)[1:]
    return tuple(
        name for name, hint in _hints().items() if get_origin(hint) is Annotated and mark in get_args(hint)[1:]
    )


@functools.cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Task, include_extras=True)
