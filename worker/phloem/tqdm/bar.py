"""tqdm's own bar, which is a step of the task as well, and is drawn only if that is asked for."""

from __future__ import annotations

import inspect
import itertools
import sys
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from numbers import Number
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, overload

from tqdm import TMonitor
from tqdm import tqdm as original

from phloem.progress import steps
from phloem.tqdm.step import BarStep
from phloem.tqdm.undrawn import ALONE, Nowhere, is_terminal, wanted

__all__ = ["tqdm", "trange"]

T = TypeVar("T")

_ARGUMENTS = tuple(inspect.signature(original.__init__).parameters)[1:]

_BELOW_ALL = 1 << 31
"""Lines below the first one of the terminal at which a bar that is not drawn is taken to be."""

_places = itertools.count(_BELOW_ALL)


class tqdm(original, Generic[T]):  # type: ignore[misc]  # noqa: N801  # tqdm has no types; the name that it stands in for
    """A bar around an iterable, or one moved by `update`: tqdm's own, with all its arguments, attributes and methods.

        for row in tqdm(rows, desc="Importing", unit="row"): ...

        with tqdm(total=size, unit="B", unit_scale=True) as bar:
            bar.update(len(chunk))

    In a task, what it shows is a step of the task, and it is drawn only if that is asked for: by `file=`, by
    `draw=True`, or by PHLOEM_TQDM_DRAW=1 for all bars. Where no task runs it is drawn unless `draw=False` or
    PHLOEM_TQDM_DRAW=0 asks for none. A subclass that has a `display` of its own always displays.

    `disable=True` (or TQDM_DISABLE) means that it is not reported either; `disable=None` means, as in tqdm, not to draw
    where there is no terminal: the bar is reported all the same. One with `leave=False` is not shown any more once it
    is closed.
    """

    iterable: Any
    monitor: Any
    _instances: Any = original._instances
    _plain = False
    _step: BarStep | None = None
    _done: bool | None = None
    _desc = ""
    _postfix: Any = None

    @overload
    def __init__(self: tqdm[Any], iterable: None = None, *args: Any, **kwargs: Any) -> None: ...

    @overload
    def __init__(self, iterable: Iterable[T] | AsyncIterable[T], *args: Any, **kwargs: Any) -> None: ...

    def __init__(self, *args: Any, draw: bool | None = None, **kwargs: Any) -> None:
        given = dict(zip(_ARGUMENTS, args, strict=False)) | kwargs
        file = given.get("file")
        drawn = wanted(draw, file)
        if "disable" in given and given["disable"] is None:
            given["disable"] = False
            drawn = drawn and is_terminal(sys.stderr if file is None else file)
        self._plain = not drawn and type(self).display is tqdm.display
        if self._plain:
            self._lock = self._instances = ALONE
        else:
            self._join_others()
            if not drawn:
                given["file"] = Nowhere()
        super().__init__(**given)
        if self._plain and hasattr(self, "sp"):
            self.sp = _say_nothing
        if not self.disable:
            self._step = BarStep(self, self._described())

    def __new__(cls, *_: Any, **__: Any) -> Self:
        return object.__new__(cls)  # not tqdm's, which takes a lock and starts a thread also for what is not drawn

    def _join_others(self) -> None:
        """Does what tqdm does for each new bar: it is one of those that are drawn, and a thread keeps these current."""
        kind = type(self)
        with kind.get_lock():
            kind._instances.add(self)
            if kind.monitor_interval and (kind.monitor is None or not kind.monitor.report()):
                kind.monitor = TMonitor(kind, kind.monitor_interval)

    @classmethod
    def _get_free_pos(cls, instance: Any = None) -> Any:
        return -next(_places) if instance is not None and instance._plain else super()._get_free_pos(instance)

    @classmethod
    def external_write_mode(cls, file: Any = None, nolock: bool = False) -> Any:
        """A `with` block in which other text may be written to the terminal: drawn bars are removed meanwhile."""
        return super().external_write_mode(file, nolock or not cls._instances)

    @property
    def desc(self) -> str:
        """What is being done, with the ": " that `set_description` adds; may be set."""
        return self._desc

    @desc.setter
    def desc(self, desc: object) -> None:
        self._desc = "" if desc is None else str(desc)
        self._describe()

    @property
    def postfix(self) -> Any:
        """What is shown behind the description: a text, or anything that `bar_format` makes one of; may be set."""
        return self._postfix

    @postfix.setter
    def postfix(self, postfix: Any) -> None:
        self._postfix = postfix
        self._describe()

    def set_description(self, desc: object = None, refresh: bool = True) -> None:
        """Sets what is being done."""
        super().set_description("" if desc is None else str(desc), refresh)

    def __iter__(self) -> Iterator[T]:
        if self.iterable is None:
            raise TypeError("this bar has no iterable; it is moved by update()")
        if self.disable:
            yield from self.iterable
            return
        step = self._step
        try:
            steps.within(step)
            if self._plain:
                for item in self.iterable:
                    yield item
                    self.n += 1
            else:
                # As tqdm's own loop: `update` would find the same, at three times the cost of the item.
                clock, pause = self._time, self.mininterval
                printed, at = self.last_print_n, self.last_print_t
                for item in self.iterable:
                    yield item
                    self.n += 1
                    if self.n - printed >= self.miniters and clock() - at >= pause:
                        self.update(0)
                        printed, at = self.last_print_n, self.last_print_t
            self._done = True
        finally:
            if step is not None:
                steps.leave(step)
            self._done = bool(self._done)
            self.close()

    async def __aiter__(self) -> AsyncIterator[T]:
        """For iterables that are asynchronous."""
        try:
            async for item in self.iterable:
                yield item
                self.update()
        finally:
            self.close()

    def __reversed__(self) -> Iterator[T]:
        iterable = self.iterable
        self.iterable = reversed(iterable)
        try:
            yield from self
        finally:
            self.iterable = iterable

    def update(self, n: float = 1) -> bool | None:
        """Counts `n` more units as done. Returns True if that displayed the bar."""
        if not self._plain:
            return super().update(n)  # type: ignore[no-any-return]
        if not self.disable:
            self.n += n
        return None

    def close(self) -> None:
        """Ends the bar. Its step is done if it has reached its total, or has none."""
        if not self._plain:
            super().close()
        self.disable = True
        if self._step is not None and not self._step.closed:
            self._step.finish(done=self._done)
            if self.leave is False:
                self._step.discard()

    def display(self, msg: str | None = None, pos: int | None = None) -> Any:
        """Draws `msg`, or the bar, at a line of the terminal, where it is drawn."""
        return True if self._plain else super().display(msg, pos)

    def clear(self, nolock: bool = False) -> None:
        """Removes the bar from the terminal, where it is drawn."""
        if not self._plain:
            super().clear(nolock)

    def moveto(self, n: int) -> None:
        """Moves `n` lines down the terminal, or up if it is negative, where the bar is drawn."""
        if not self._plain:
            super().moveto(n)

    def __enter__(self) -> Self:
        if self._step is not None and not self._step.closed:
            self._step.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._step is not None:
            steps.leave(self._step)
        if kind is not None:
            self._done = False
        super().__exit__(kind, error, traceback)

    def _describe(self) -> None:
        if self._step is not None and not self.disable:
            self._step.describe(self._described())

    def _described(self) -> str:
        postfix = str(self._postfix) if isinstance(self._postfix, str | Number) else ""
        return ", ".join(filter(None, (self._desc.strip().removesuffix(":"), postfix)))


def _say_nothing(_: str) -> None:
    """Stands for what writes to the terminal."""


def trange(*args: int, **kwargs: Any) -> tqdm[int]:
    """`tqdm(range(*args), **kwargs)`."""
    return tqdm(range(*args), **kwargs)
