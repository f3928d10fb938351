"""How things are put into words, on a terminal and in a pipe."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from phloem.model.state import State
from phloem.model.task import LogEntry, Scalar, Step, Task
from phloem_server.commands.watch.client import Link

STATUS = {State.SUCCESS: 0, State.FAILURE: 1, State.REVOKED: 1, State.LOST: 1}
"""Exit statuses for a task that ended."""

UNKNOWN = "no such task yet; it appears here by itself"


def escaped(text: str) -> str:
    """The text on one line, with all characters escaped that move the cursor, set colours or turn the direction."""
    return "".join(c if c.isprintable() else " " if c.isspace() and ord(c) > 127 else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def lines(text: str) -> list[str]:
    """The lines of a text, each escaped."""
    return [escaped(line.expandtabs(4)) for line in text.split("\n")]


def called(task: Task) -> str:
    """What people call a task, with its name where that is another; its id while nobody said."""
    name = task.name or task.id
    return f"{task.label} ({name})" if task.label else name


def said(entry: LogEntry) -> str:
    """A line of the log with its fields: "Sent  order=17"."""
    fields = entry.fields or {}
    return "  ".join([escaped(entry.message), *(f"{escaped(name)}={_value(each)}" for name, each in fields.items())])


def _value(value: Scalar) -> str:
    return escaped(value) if isinstance(value, str) else msgspec.json.encode(value).decode()


def moment(at: float) -> str:
    """Date and time in this machine's time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def duration(seconds: float) -> str:
    """About how long: 4 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    units = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
    for size, name, smaller, smaller_name in units:
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {smaller_name}" if rest else "")
    raise AssertionError(whole)


def amount(value: float) -> str:
    """A number with separators, and at most one decimal."""
    return f"{value:,.1f}".removesuffix(".0")


def progress(step: Step) -> str:
    """How far a step is, in its unit."""
    of = "" if step.total is None else f" of {amount(step.total)}"
    return escaped(f"{amount(step.current)}{of} {step.unit}".strip())


def pace(step: Step) -> str:
    """The rate of a step and the time that is left, as of its last report."""
    rate = "" if step.rate is None else f"{amount(step.rate)} {step.unit}".strip() + "/s"
    left = "" if step.eta is None or step.done else f"{duration(step.eta)} left"
    return escaped(", ".join(filter(None, (rate, left))))


def percent(task: Task) -> str:
    """How far a task is, as a whole. Never 100 % before its end, and nothing else once it succeeded."""
    if task.percent is None:
        return ""
    shown = 100 if task.state is State.SUCCESS else min(task.percent, 100 if task.state.ended else 99)
    return f"{int(shown)} %"


def current(task: Task) -> Step | None:
    """The step that a task is at: the last one of the top level that is not done."""
    return next((step for step in reversed(task.steps) if "." not in step.key and not step.done), None)


def says(task: Task) -> str:
    """The text of a task: why it failed, what it returned, or its last message."""
    if task.error is not None and task.state is not State.SUCCESS:
        return escaped(f"{task.error.type}: {task.error.message}" if task.error.message else task.error.type)
    said = task.result if task.state is State.SUCCESS and task.result not in (None, "null") else task.message
    return escaped(said or "")


def totals(counts: Mapping[str, int]) -> str:
    """How many tasks are in each state; states without any are left out."""
    return "  ".join(f"{state} {counts[state]}" for state in State if counts.get(state)) or "no tasks"


def connection(link: Link, now: float) -> str:
    """The state of the connection."""
    since = f" for {duration(now - link.since)}" if now - link.since >= 1 else ""
    match link.kind:
        case "reconnecting":
            return f"no connection, reconnecting{since}"
        case "stale":
            return f"the server waits for Redis{since}"
        case "resynced":
            changes = f"{link.changes} change{'' if link.changes == 1 else 's'}"
            return f"live, resynced: {changes if link.changes else 'nothing new'}"
        case kind:
            return kind
