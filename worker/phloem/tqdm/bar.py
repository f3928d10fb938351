"""A bar, around an iterable or moved by hand: a step of the task, and a bar of tqdm's own where one is drawn."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, Self, TypeVar

from phloem.progress import steps
from phloem.progress.current import current
from phloem.progress.rate import count, goal, number
from phloem.progress.steps import OpenStep
from phloem.tqdm.drawing import UNDRAWN

T = TypeVar("T")


class _Step(OpenStep):
    """The step of a bar. It shows `scale` times as many units as are counted."""

    scale: float = 1

    def figures(self) -> tuple[float, float | None]:
        current, total = count(self.current), goal(self.total)
        if self.scale == 1:
            return current, total
        return count(current * self.scale), None if total is None else goal(total * self.scale)


class Bar(Generic[T]):
    """What a bar counts and says, by tqdm's names. What is set is shown by the step and by the drawn bar.

    `drawn` is a bar of tqdm's own, or UNDRAWN.
    """

    def __init__(
        self,
        iterable: Any,
        desc: str | None,
        total: float | None,
        unit: str,
        *,
        unit_scale: bool | float,
        initial: float,
        leave: bool | None,
        disable: bool,
        drawn: Any,
    ) -> None:
        self.iterable = iterable
        self.leave, self.disable = leave, disable
        self.start_t = self.last_print_t = time.time()
        self.postfix: Any = None
        self._desc = "" if desc is None else str(desc)
        self._drawn = drawn
        # The step of a disabled bar belongs to no run.
        self._step = _Step(
            None if disable else current(),
            None if disable else steps.innermost(),
            self._desc,
            None if total == float("inf") else total,
            unit,
        )
        self._step.current = initial
        self.unit_scale = unit_scale

    @property
    def n(self) -> float:
        """How many units are done; may be set."""
        return self._step.current

    @n.setter
    def n(self, n: float) -> None:
        self._step.current = n
        self._drawn.n = n

    @property
    def total(self) -> float | None:
        """How many units there are in all, None if that is not known; may be set."""
        return self._step.total

    @total.setter
    def total(self, total: float | None) -> None:
        self._step.total = total
        self._drawn.total = total

    @property
    def unit(self) -> str:
        """What is counted; may be set."""
        return self._step.unit

    @unit.setter
    def unit(self, unit: str) -> None:
        self._step.unit = unit
        self._drawn.unit = unit

    @property
    def unit_scale(self) -> bool | float:
        """A factor between units counted and units shown, or True to write large numbers with k, M, G; may be set."""
        return self._unit_scale

    @unit_scale.setter
    def unit_scale(self, scale: bool | float) -> None:
        self._unit_scale = scale
        self._step.scale = 1 if isinstance(scale, bool) else number(scale) or 1
        self._drawn.unit_scale = scale

    @property
    def desc(self) -> str:
        """What is being done, with the ": " that `set_description` adds; may be set."""
        return self._desc

    @desc.setter
    def desc(self, desc: str | None) -> None:
        self._desc = "" if desc is None else str(desc)
        self._drawn.desc = self._desc
        self._describe()

    def __iter__(self) -> Iterator[T]:
        if self.iterable is None:
            raise TypeError("this bar has no iterable; it is moved by update()")
        if self.disable:
            yield from self.iterable
            return
        step, source = self._step, self.iterable
        if self._drawn is not UNDRAWN:
            self._drawn.iterable = source
            source = self._drawn
        try:
            steps.within(step)
            for item in source:
                yield item
                step.current += 1
            self._close(done=True)
        finally:
            steps.leave(step)
            self._close(done=False)  # if it was left early: a second call does nothing

    async def __aiter__(self) -> AsyncIterator[T]:
        """For iterables that are asynchronous."""
        try:
            async for item in self.iterable:
                yield item
                self.update()
        finally:
            self.close()

    def update(self, n: float | None = 1) -> bool | None:
        """Counts `n` more units as done. Returns whether the bar was drawn, None where it is not."""
        if self.disable:
            return None
        self._step.current += n or 0
        return None if self._drawn is UNDRAWN else self._drawn.update(n)

    def close(self) -> None:
        """Ends the bar. It is done if it has reached its total, or has none."""
        current, total = self._step.figures()
        self._close(done=total is None or current >= total)

    def reset(self, total: float | None = None) -> None:
        """Starts again at 0, with another total if one is given."""
        if total is not None:
            self.total = None if total == float("inf") else total
        self._step.current = 0
        self.start_t = self.last_print_t = time.time()
        self._drawn.reset(total)

    def set_description_str(self, desc: str | None = None, refresh: bool = True) -> None:
        """Sets what is being done, without a ": " behind it."""
        self.desc = desc
        if refresh:
            self.refresh()

    def set_postfix_str(self, s: object = "", refresh: bool = True) -> None:
        """Sets the text that is shown behind the description."""
        self.postfix = str(s)
        self._drawn.set_postfix_str(self.postfix, refresh=refresh)
        self._describe()

    def refresh(self, nolock: bool = False, lock_args: tuple[Any, ...] | None = None) -> bool | None:
        """Draws now, where a bar is drawn. The step needs no refresh."""
        self._drawn.refresh(nolock=nolock, lock_args=lock_args)
        return None if self.disable else True

    def __enter__(self) -> Self:
        if not self.disable:
            self._step.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        steps.leave(self._step)
        if kind is None:
            self.close()
        else:
            self._close(done=False)

    def __del__(self) -> None:
        if hasattr(self, "_step"):
            self.close()

    def __bool__(self) -> bool:
        if self.total is not None:
            return self.total > 0
        if self.iterable is None:
            raise TypeError("a bar with neither an iterable nor a total is neither true nor false")
        return bool(self.iterable)

    def __len__(self) -> int:
        found = length(self.iterable)
        if found is not None:
            return found
        if self.total is None:
            raise TypeError("this bar has no length")
        return int(self.total)

    def __reversed__(self) -> Iterator[T]:
        iterable = self.iterable
        self.iterable = reversed(iterable)
        try:
            yield from self
        finally:
            self.iterable = iterable

    def __contains__(self, item: object) -> bool:
        return self.iterable is not None and item in self.iterable

    def _close(self, *, done: bool) -> None:
        if self.disable:
            return
        self.disable = True
        self._step.finish(done=done)
        if not self.leave and self.leave is not None:
            self._step.discard()
        self._drawn.n = self._step.current
        self._drawn.close()

    def _describe(self) -> None:
        described = ", ".join(filter(None, (self._desc.strip().removesuffix(":"), self.postfix)))
        if not self.disable:
            self._step.describe(described)


def length(iterable: Any) -> int | None:
    """How many items there will be; None if the iterable has no length."""
    try:
        return len(iterable)
    except (TypeError, AttributeError):
        return None
