"""What a task has to fit, apart from what an index answers: each condition as a function of the task and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from phloem.model.state import RUNNING, WAITING, State
from phloem.model.task import Task
from phloem.model.times import known_since, ran, state_since, waited, waits_since
from phloem_server.mirror.query.arguments import Arguments
from phloem_server.mirror.query.comparisons import Comparison
from phloem_server.mirror.query.moments import Moment, time_of
from phloem_server.mirror.query.patterns import Pattern
from phloem_server.mirror.query.search_text import error_text

Condition = Callable[[Task, float], bool]
"""Whether a task fits at a time, in Unix seconds."""

_WAITS = WAITING | {State.RETRY}


def of_age(within: float | None, older: float | None) -> Condition:
    """Known for less than `within` seconds, and for at least `older`."""

    def fits(task: Task, now: float) -> bool:
        since = known_since(task)
        if since is None:
            return False
        return (within is None or since > now - within) and (older is None or since <= now - older)

    return fits


def in_time(since: Moment | None, until: Moment | None) -> Condition:
    """In its present state since `since`, and since before `until`.

    Ages are compared as the index of times is read, so that a task is looked at in the very moment that this changes.
    """

    def fits(task: Task, now: float) -> bool:
        at = state_since(task)
        if at is None:
            return False
        begun = since is None or (at > time_of(since, now) if isinstance(since, str) else at >= since)
        return begun and (until is None or (at <= time_of(until, now) if isinstance(until, str) else at < until))

    return fits


def ran_for(comparisons: Sequence[Comparison]) -> Condition:
    """That it ran, or has been running, for so long."""

    def fits(task: Task, now: float) -> bool:
        if task.state in RUNNING:
            return _fits_since(comparisons, task.started_at, now)
        return _fits(comparisons, ran(task))

    return fits


def waited_for(comparisons: Sequence[Comparison]) -> Condition:
    """That its present try waited, or has been waiting, for so long."""

    def fits(task: Task, now: float) -> bool:
        if task.state in _WAITS:
            return _fits_since(comparisons, waits_since(task), now)
        return _fits(comparisons, waited(task))

    return fits


def tried(comparisons: Sequence[Comparison]) -> Condition:
    """With so many tries, the present one included."""
    return lambda task, _now: _fits(comparisons, task.retries + 1)


def labelled(wanted: str | None, unwanted: Sequence[str]) -> Condition:
    """With a label that matches."""
    labels = Pattern(wanted, unwanted, folded=True)
    return lambda task, _now: labels[task.label]


def failed_with(wanted: str | None, unwanted: Sequence[str]) -> Condition:
    """With an error that contains a text, and none of others."""
    text = None if wanted is None else wanted.casefold()
    others = [each.casefold() for each in unwanted]

    def fits(task: Task, _now: float) -> bool:
        if task.error is None:
            return text is None
        error = error_text(task.error).casefold()
        return (text is None or text in error) and not any(each in error for each in others)

    return fits


def with_arguments(wanted: Mapping[str, str], unwanted: Mapping[str, str]) -> Condition:
    """With the wanted arguments, and without the unwanted ones: their value, or one of its members, matches."""
    asked = [
        (name, Pattern(value, folded=True), fits)
        for given, fits in ((wanted, True), (unwanted, False))
        for name, value in given.items()
    ]

    def fits(task: Task, _now: float) -> bool:
        arguments = Arguments(task)
        return all(any(values[each] for each in arguments.values(name)) is fits for name, values, fits in asked)

    return fits


def _fits(comparisons: Sequence[Comparison], value: float | None) -> bool:
    return value is not None and all(each.fits(value) for each in comparisons)


def _fits_since(comparisons: Sequence[Comparison], since: float | None, now: float) -> bool:
    return since is not None and all(each.fits_since(since, now) for each in comparisons)
