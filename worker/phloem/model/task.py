"""A task as the record knows it, and what it consists of.

Times are Unix seconds (float, UTC). What is not known is None, never a guess.

Tasks and what they hold are plain data without cycles, and there may be many of them: the cyclic garbage collector
need not look at them (`gc=False`). With 100,000 tasks it would stop everything for 0.1 s each time.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from phloem.model.state import State


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
