"""`track`, `step`, `log` and `label`: how the code of a task reports its progress.

Outside a task all of them work and report nowhere, so code that uses them can be called from anywhere.
"""

from __future__ import annotations

import operator
import time
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from typing import Any, TypeVar, overload

import msgspec

from phloem.isolation import reraise_time_limit
from phloem.model.task import Line
from phloem.progress.current import current
from phloem.progress.log_lines import LEVELS, LINE_LIMIT_BYTES
from phloem.progress.steps import OpenStep, innermost
from phloem.redaction import text

T = TypeVar("T")

LABEL_LIMIT_BYTES = 4096
"""Of a label so much is read, in bytes of UTF-8; `model.label` says how much is shown."""


def step(description: str = "", *, total: float | None = None, unit: str = "") -> OpenStep:
    """A part of the work with a bar of its own; steps opened within it are its parts.

        with phloem.step("Uploading", total=size, unit="B") as step:
            step.advance(len(chunk))

    `total` is in the same unit as the count. It may come later (`step.total = n`) or never; without one there is no
    percentage. `unit` is shown behind the count; "B" stands for bytes. A step that is left by an exception is not done.
    """
    return OpenStep(current(), innermost(), description, total, unit)


@overload
def track(
    iterable: Iterable[T], description: str = "", *, total: float | None = None, unit: str = ""
) -> Iterator[T]: ...


@overload
def track(
    iterable: AsyncIterable[T], description: str = "", *, total: float | None = None, unit: str = ""
) -> AsyncIterator[T]: ...


def track(iterable: Any, description: str = "", *, total: float | None = None, unit: str = "") -> Any:
    """Iterates, and reports how many items are done.

        for row in phloem.track(rows, "Importing", unit="row"): ...
        async for page in phloem.track(pages, "Fetching"): ...

    `total` is taken from the iterable where it has a length. An item counts as done when the next one is asked for.
    """
    if not hasattr(iterable, "__iter__") and hasattr(iterable, "__aiter__"):
        return _AsyncTrack(iterable, description, total, unit)
    return _track(iterable, description, total, unit)


def _track(iterable: Iterable[T], description: str, total: float | None, unit: str) -> Generator[T, None, None]:
    with step(description, total=_length(iterable) if total is None else total, unit=unit) as progress:
        for item in iterable:
            yield item
            progress.current += 1


class _AsyncTrack(AsyncIterator[T]):
    """As `_track`. Not a generator: one that is left early would be closed some time later, in another context."""

    def __init__(self, iterable: AsyncIterable[T], description: str, total: float | None, unit: str) -> None:
        self._items = aiter(iterable)
        self._description = description
        self._total = _length(iterable) if total is None else total
        self._unit = unit
        self._step: OpenStep | None = None

    async def __anext__(self) -> T:
        if self._step is None:
            self._step = step(self._description, total=self._total, unit=self._unit).__enter__()
        else:
            self._step.current += 1
        try:
            return await anext(self._items)
        except BaseException as error:
            through = isinstance(error, StopAsyncIteration)
            self._step.__exit__(None if through else type(error), error, error.__traceback__)
            raise

    def __del__(self) -> None:
        if getattr(self, "_step", None) is not None and self._step is not None:
            self._step.finish(done=False)


def log(message: object, /, *, level: str = "info", **fields: object) -> None:
    """Adds a line to the task's log, and shows it beside the task's bar.

        phloem.log("Sent", order=17, to=customer.name)

    `fields` stand in the log as names with values: at most 16, each a number, True, False, None or a text, of which 256
    bytes are shown; one named `…` says how many more there were. Any other value is shown as a text. Every name may be
    that of a field but `level`, also `message`: the text of the line comes first, without a name.
    A line belongs to the step that it is logged within.
    `level` is one of debug, info, warning, error and critical; any other raises ValueError.
    """
    if level not in LEVELS:
        raise ValueError(f"level is {level!r}; it may be {', '.join(LEVELS)}")
    run = current()
    if run is not None:
        shown = text(message, LINE_LIMIT_BYTES)
        run.tell(shown)
        line = Line(at=time.time(), level=level, message=shown)
        if fields:
            from phloem.redaction.fields import fields_of  # not by each process that attaches, as it starts

            line = msgspec.structs.replace(line, fields=fields_of(fields))
        run.say(line)


def label(called: object) -> None:
    """Calls the task what people call it, wherever it is shown: by the name of the customer that it is for, say.

        phloem.label(order.customer.name)

    It takes the place of what `attach(label=…)` or the sender's `shadow` said. The last call counts; its further tries,
    and runs that people ask for, keep it, and tasks that it sends do not have it. It is shown on one line, and at most
    200 characters of it. An empty text changes nothing.
    """
    run = current()
    if run is not None and (said := text(called, LABEL_LIMIT_BYTES)).strip():
        run.call(said)


def _length(iterable: object) -> float | None:
    """How many items there will be, where the iterable knows."""
    try:
        return operator.length_hint(iterable, 0) or None
    except Exception as error:  # noqa: BLE001  # an iterable whose length cannot be had is iterated all the same
        reraise_time_limit(error)
        return None
