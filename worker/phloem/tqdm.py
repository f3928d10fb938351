"""tqdm's bar for tasks: `from phloem.tqdm import tqdm` instead of `from tqdm import tqdm`, and nothing else.

Takes all that tqdm takes. What it shows is a step of the task. On a terminal it draws only if asked, by `file=`,
by `draw=True`, or by PHLOEM_TQDM_DRAW=1 for all bars; tqdm itself then has to be installed, and does the drawing.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from numbers import Number
from types import MappingProxyType, TracebackType
from typing import Any, Generic, Self, TypeVar, overload

from phloem import meter, outline
from phloem.outline import OpenStep
from phloem.progress import count, goal, number
from phloem.runs import current

__all__ = ["tqdm", "trange"]

T = TypeVar("T")

_OFF = ("", "0", "no", "false", "off")


class _Bar(OpenStep):
    """The step behind a bar. tqdm may count in one unit and show another, `scale` times as many."""

    scale: float = 1

    def figures(self) -> tuple[float, float | None]:
        current, total = count(self.current), goal(self.total)
        if self.scale == 1:
            return current, total
        return count(current * self.scale), None if total is None else goal(total * self.scale)


class _Undrawn:
    """Stands in for tqdm's own bar where nothing is drawn."""

    format_dict: Mapping[str, Any] = MappingProxyType({"rate": None})

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_kwargs: None

    def __setattr__(self, name: str, value: object) -> None:
        pass


_UNDRAWN = _Undrawn()


class tqdm(Generic[T]):  # noqa: N801  # the name that it stands in for
    """A bar around an iterable, or one moved by `update`, with tqdm's arguments, attributes and methods.

        for row in tqdm(rows, desc="Importing", unit="row"): ...

        with tqdm(total=size, unit="B", unit_scale=True) as bar:
            bar.update(len(chunk))

    Of the arguments, `iterable`, `desc`, `total`, `leave`, `disable`, `unit`, `unit_scale`, `initial` and `postfix`
    say what is reported; the others concern the drawing alone. A bar with `leave=False` leaves the outline when it
    is closed. `disable=None` means, as in tqdm, not to draw where there is no terminal; it is reported all the same.
    `draw` asks for drawing (True), or for none (False). ImportError if tqdm is to draw and is not installed;
    KeyError for an argument that tqdm does not have either.
    """

    monitor_interval = 10
    monitor = None
    _lock: Any = None

    @overload
    def __init__(self: tqdm[Any], iterable: None = None, *args: Any, **kwargs: Any) -> None: ...

    @overload
    def __init__(self, iterable: Iterable[T] | AsyncIterable[T], *args: Any, **kwargs: Any) -> None: ...

    def __init__(
        self,
        iterable: Iterable[T] | AsyncIterable[T] | None = None,
        desc: str | None = None,
        total: float | None = None,
        leave: bool | None = True,
        file: Any = None,
        ncols: int | None = None,
        mininterval: float = 0.1,
        maxinterval: float = 10.0,
        miniters: float | None = None,
        ascii: bool | str | None = None,
        disable: bool | None = False,
        unit: str = "it",
        unit_scale: bool | float = False,
        dynamic_ncols: bool = False,
        smoothing: float = 0.3,
        bar_format: str | None = None,
        initial: float = 0,
        position: int | None = None,
        postfix: Any = None,
        unit_divisor: float = 1000,
        write_bytes: bool = False,
        lock_args: tuple[Any, ...] | None = None,
        nrows: int | None = None,
        colour: str | None = None,
        delay: float = 0.0,
        gui: bool = False,
        *,
        draw: bool | None = None,
        **unknown: Any,
    ) -> None:
        given = {name: value for name, value in locals().items() if name in _DRAWN}
        if unknown and not disable:
            raise KeyError(f"tqdm has no argument {', '.join(unknown)}")
        if total is None and iterable is not None:
            total = _length(iterable)
        self.iterable: Any = iterable
        self.leave, self.fp, self.disable = leave, sys.stderr if file is None else file, bool(disable)
        self.ncols, self.nrows, self.dynamic_ncols, self.pos = ncols, nrows, dynamic_ncols, -(position or 0)
        self.mininterval, self.maxinterval = mininterval or 0, maxinterval or 0
        self.miniters, self.dynamic_miniters = miniters or 0, miniters is None
        self.ascii, self.bar_format, self.colour, self.gui = ascii, bar_format, colour, gui
        self.unit_divisor, self.initial, self.smoothing = unit_divisor, initial, smoothing or 0
        self.delay, self.lock_args, self.write_bytes = delay, lock_args, write_bytes
        self.last_print_n = initial
        self.start_t = self.last_print_t = time.time()
        self.postfix: Any = None
        self._desc = "" if desc is None else str(desc)
        self._unit_scale: bool | float = False
        self._drawn: Any = _UNDRAWN
        if draw is None:
            draw = file is not None or os.environ.get("PHLOEM_TQDM_DRAW", "").lower() not in _OFF
        self._drawing = draw and not self.disable
        if self._drawing:
            changed = {name: value for name, value in given.items() if value != _DRAWN[name]}
            self._drawn = _original()(total=total, **changed)
        # A bar that is disabled counts for nobody: `None` makes a step that is part of no run.
        self._step = _Bar(
            None if self.disable else current(),
            None if self.disable else outline.innermost(),
            self._desc,
            None if total == float("inf") else total,
            unit,
        )
        self._step.current = initial
        self.unit_scale = unit_scale
        if isinstance(postfix, Mapping):
            self.set_postfix(postfix, refresh=False)
        elif postfix:
            self.set_postfix_str(postfix, refresh=False)

    @property
    def n(self) -> float:
        """How many are done; may be set."""
        return self._step.current

    @n.setter
    def n(self, n: float) -> None:
        self._step.current = n
        self._drawn.n = n

    @property
    def total(self) -> float | None:
        """How many there will be, None if nobody knows; may be set."""
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
        """A factor by which to show more than is counted, or True to write large numbers with k, M, G; may be set."""
        return self._unit_scale

    @unit_scale.setter
    def unit_scale(self, scale: bool | float) -> None:
        self._unit_scale = scale
        self._step.scale = 1 if isinstance(scale, bool) else number(scale) or 1
        self._drawn.unit_scale = scale

    @property
    def desc(self) -> str:
        """What is being done, with the ": " that `set_description` puts behind it; may be set."""
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
        step = self._step
        complete = False
        source = self._draw_along(self.iterable) if self._drawing else self.iterable
        try:
            with _Within(step):
                for item in source:
                    yield item
                    step.current += 1
            complete = True
        finally:
            self._close(complete)

    async def __aiter__(self) -> AsyncIterator[T]:
        """For iterables that are asynchronous."""
        try:
            async for item in self.iterable:
                yield item
                self.update()
        finally:
            self.close()

    def update(self, n: float | None = 1) -> bool | None:
        """`n` more are done. True if that was drawn."""
        if self.disable:
            return None
        self._step.current += n or 0
        return self._drawn.update(n) if self._drawing else None

    def close(self) -> None:
        """The bar is over, and done if it came to its total."""
        current, total = self._step.figures()
        self._close(total is None or current >= total)

    def reset(self, total: float | None = None) -> None:
        """Starts again at 0, with another total if one is given."""
        if total is not None:
            self.total = None if total == float("inf") else total
        self._step.current = 0
        self.start_t = self.last_print_t = time.time()
        self._drawn.reset(total)

    def set_description(self, desc: str | None = None, refresh: bool = True) -> None:
        """Says what is being done."""
        self.set_description_str(f"{desc}: " if desc else "", refresh)

    def set_description_str(self, desc: str | None = None, refresh: bool = True) -> None:
        """Says what is being done, as it is."""
        self.desc = desc
        if refresh:
            self.refresh()

    def set_postfix(self, ordered_dict: Any = None, refresh: bool = True, **kwargs: Any) -> None:
        """Figures to show behind the description: those of a mapping, then the named ones in alphabetical order."""
        figures = {**dict(ordered_dict or {}), **{name: kwargs[name] for name in sorted(kwargs)}}
        shown = (
            f"{name}={self.format_num(value) if isinstance(value, Number) else str(value).strip()}"
            for name, value in figures.items()
        )
        self.set_postfix_str(", ".join(shown), refresh)

    def set_postfix_str(self, s: object = "", refresh: bool = True) -> None:
        """Text to show behind the description."""
        self.postfix = str(s)
        self._drawn.set_postfix_str(self.postfix, refresh=refresh)
        self._describe()

    def refresh(self, nolock: bool = False, lock_args: tuple[Any, ...] | None = None) -> bool | None:
        """Draws now, where it is drawn. What is reported is looked at anyway."""
        self._drawn.refresh(nolock=nolock, lock_args=lock_args)
        return None if self.disable else True

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Draws `msg`, or the bar, at a line of the terminal, where it is drawn."""
        self._drawn.display(msg, pos)
        return True

    def clear(self, nolock: bool = False) -> None:
        """Takes the bar off the terminal, where it is drawn."""
        self._drawn.clear(nolock=nolock)

    def unpause(self) -> None:
        """The drawn bar's time goes on from its last drawing."""
        self.start_t += time.time() - self.last_print_t
        self.last_print_t = time.time()
        self._drawn.unpause()

    @property
    def format_dict(self) -> dict[str, Any]:
        """All there is to show, by tqdm's names."""
        return {
            "n": self.n,
            "total": self.total,
            "elapsed": time.time() - self.start_t,
            "ncols": self.ncols,
            "nrows": self.nrows,
            "prefix": self._desc,
            "ascii": self.ascii,
            "unit": self.unit,
            "unit_scale": self._unit_scale,
            "rate": self._drawn.format_dict["rate"],
            "bar_format": self.bar_format,
            "postfix": self.postfix,
            "unit_divisor": self.unit_divisor,
            "initial": self.initial,
            "colour": self.colour,
        }

    def __str__(self) -> str:
        return self.format_meter(**self.format_dict)

    def __repr__(self) -> str:
        return str(self)

    def __enter__(self) -> Self:
        if not self.disable:
            self._step.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        outline.leave(self._step)
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
        length: float | None = _length(self.iterable)
        length = self.total if length is None else length
        if length is None:
            raise TypeError("this bar has no length")
        return int(length)

    def __reversed__(self) -> Iterator[T]:
        iterable = self.iterable
        self.iterable = reversed(iterable)
        try:
            yield from self
        finally:
            self.iterable = iterable

    def __contains__(self, item: object) -> bool:
        return self.iterable is not None and item in self.iterable

    def __lt__(self, other: tqdm[Any]) -> bool:
        return abs(self.pos) < abs(other.pos)

    @classmethod
    def write(cls, s: str, file: Any = None, end: str = "\n", nolock: bool = False) -> None:
        """Prints a line. It neither disturbs a bar that is drawn nor fails to reach the task's log."""
        with cls.external_write_mode(file, nolock):
            (sys.stdout if file is None else file).write(f"{s}{end}")

    @classmethod
    def external_write_mode(cls, file: Any = None, nolock: bool = False) -> Any:
        """A `with` block in which others may write to the terminal: drawn bars stand aside."""
        drawing = sys.modules.get("tqdm")
        return nullcontext() if drawing is None else drawing.tqdm.external_write_mode(file=file, nolock=nolock)

    @classmethod
    def set_lock(cls, lock: Any) -> None:
        """The lock under which bars are drawn."""
        cls._lock = lock
        if (drawing := sys.modules.get("tqdm")) is not None:
            drawing.tqdm.set_lock(lock)

    @classmethod
    def get_lock(cls) -> Any:
        """The lock under which bars are drawn."""
        if cls._lock is None:
            cls._lock = threading.RLock()
        return cls._lock

    @classmethod
    def pandas(cls, **_: Any) -> None:
        """Not here: NotImplementedError."""
        raise NotImplementedError(
            "phloem.tqdm does not reach into pandas; iterate over the rows with phloem.track, or use tqdm's own"
        )

    @classmethod
    @contextmanager
    def wrapattr(
        cls, stream: Any, method: str, total: float | None = None, bytes: bool = True, **kwargs: Any
    ) -> Iterator[Any]:
        """The stream, with a bar that moves by the length of what its `read` returns, or its `write` is given."""
        with cls(total=total, **kwargs) as bar:
            if bytes:
                bar.unit, bar.unit_scale, bar.unit_divisor = "B", True, 1024
                bar._drawn.unit_divisor = 1024
            yield _Counted(stream, method, bar)

    format_sizeof = staticmethod(meter.sized)
    format_interval = staticmethod(meter.clock)
    format_num = staticmethod(meter.short)

    @classmethod
    def format_meter(cls, n: float, total: float | None, elapsed: float, **facts: Any) -> str:
        """The bar as text: as tqdm writes it where it is installed, else in a plain form without `bar_format`."""
        try:
            original = importlib.import_module("tqdm").tqdm
        except ImportError:
            return meter.line(n, total, elapsed, facts)
        return str(original.format_meter(n, total, elapsed, **facts))

    def _close(self, done: bool) -> None:
        if self.disable:
            return
        self.disable = True
        self._step.finish(done=done)
        run = self._step.run
        if run is not None and not self.leave and self.leave is not None:
            run.outline.forget(self._step)
        self._drawn.n = self._step.current
        self._drawn.close()

    def _describe(self) -> None:
        described = ", ".join(filter(None, (self._desc.strip().removesuffix(":"), self.postfix)))
        if not self.disable:
            self._step.describe(described)

    def _draw_along(self, iterable: Iterable[T]) -> Iterator[T]:
        self._drawn.iterable = iterable
        yield from self._drawn


_DRAWN: dict[str, Any] = {
    name: default
    for name, default in zip(
        tqdm.__init__.__code__.co_varnames[1:],
        tqdm.__init__.__defaults__ or (),
        strict=False,
    )
    if name not in ("iterable", "total")
}
"""What is handed on to the bar that is drawn, where it differs from these defaults."""


def trange(*args: int, **kwargs: Any) -> tqdm[int]:
    """`tqdm(range(*args), **kwargs)`."""
    return tqdm(range(*args), **kwargs)


class _Within:
    """Makes steps that are opened inside a loop parts of its bar; unlike the step's own `with`, does not end it."""

    def __init__(self, step: OpenStep) -> None:
        self._step = step

    def __enter__(self) -> None:
        outline.within(self._step)

    def __exit__(self, *_: object) -> None:
        outline.leave(self._step)


class _Counted:
    """A stream whose `read` or `write` moves a bar; all else is the stream's own."""

    def __init__(self, stream: Any, method: str, bar: tqdm[Any]) -> None:
        self._stream = stream
        original = getattr(stream, method)

        def counted(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            bar.update(len(args[0] if method == "write" else result))
            return result

        setattr(self, method, counted)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._stream)

    def __enter__(self) -> Self:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._stream.__exit__(*error)


def _original() -> Any:
    try:
        return importlib.import_module("tqdm").tqdm
    except ImportError as error:
        raise ImportError(
            "a bar was asked to draw on the terminal (file=, draw=True or PHLOEM_TQDM_DRAW), which tqdm does: "
            "`pip install tqdm`, or do not ask"
        ) from error


def _length(iterable: Any) -> int | None:
    try:
        return len(iterable)
    except (TypeError, AttributeError):
        return None
