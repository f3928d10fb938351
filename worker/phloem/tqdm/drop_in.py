"""tqdm's bar for tasks: `from phloem.tqdm import tqdm` instead of `from tqdm import tqdm`, and nothing else.

It takes all arguments of tqdm. What it shows is a step of the task. It draws on a terminal only if asked to, by
`file=`, by `draw=True`, or by PHLOEM_TQDM_DRAW=1 for all bars; tqdm has to be installed then, and does the drawing.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Number
from typing import Any, TypeVar, overload

from phloem.tqdm import drawing, text
from phloem.tqdm.bar import Bar, length
from phloem.tqdm.stream import Counted
from phloem.tqdm.terminal import OnTerminal

__all__ = ["tqdm", "trange"]

T = TypeVar("T")


@functools.total_ordering
class tqdm(OnTerminal, Bar[T]):  # noqa: N801  # the name that it stands in for
    """A bar around an iterable, or one moved by `update`, with tqdm's arguments, attributes and methods.

        for row in tqdm(rows, desc="Importing", unit="row"): ...

        with tqdm(total=size, unit="B", unit_scale=True) as bar:
            bar.update(len(chunk))

    The arguments `iterable`, `desc`, `total`, `leave`, `disable`, `unit`, `unit_scale`, `initial` and `postfix` say
    what is reported; the others only matter to the drawing. A bar with `leave=False` is not shown any more once it is
    closed. `disable=None` means, as in tqdm, not to draw where there is no terminal; the bar is reported all the same.
    `draw` asks for drawing (True), or for none (False). Raises ImportError if tqdm is to draw and is not installed, and
    KeyError for an argument that tqdm does not have. `isinstance(bar, tqdm.tqdm)` is False.
    """

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
        if total is None:
            total = length(iterable)
        drawn: Any = drawing.UNDRAWN
        if not disable and drawing.wanted(draw, file):
            changed = {name: value for name, value in given.items() if value != _DRAWN[name]}
            drawn = drawing.original()(total=total, **changed)
        super().__init__(
            iterable,
            desc,
            total,
            unit,
            unit_scale=unit_scale,
            initial=initial,
            leave=leave,
            disable=bool(disable),
            drawn=drawn,
        )
        self._keep_for_drawing(given)
        if not disable:
            self._instances.add(self)
        if isinstance(postfix, Mapping):
            self.set_postfix(postfix, refresh=False)
        elif postfix:
            self.set_postfix_str(postfix, refresh=False)

    def _keep_for_drawing(self, given: Mapping[str, Any]) -> None:
        """Keeps the arguments that only matter to the drawing as attributes, as tqdm does."""
        self.fp = sys.stderr if given["file"] is None else given["file"]
        self.ncols, self.nrows, self.dynamic_ncols = given["ncols"], given["nrows"], given["dynamic_ncols"]
        self.pos: int = -(given["position"] or 0)
        self.mininterval, self.maxinterval = given["mininterval"] or 0, given["maxinterval"] or 0
        self.miniters, self.dynamic_miniters = given["miniters"] or 0, given["miniters"] is None
        self.ascii, self.bar_format = given["ascii"], given["bar_format"]
        self.colour, self.gui = given["colour"], given["gui"]
        self.unit_divisor, self.smoothing = given["unit_divisor"], given["smoothing"] or 0
        self.initial = self.last_print_n = given["initial"]
        self.delay, self.lock_args, self.write_bytes = given["delay"], given["lock_args"], given["write_bytes"]

    def set_description(self, desc: str | None = None, refresh: bool = True) -> None:
        """Sets what is being done."""
        self.set_description_str(f"{desc}: " if desc else "", refresh)

    def set_postfix(self, ordered_dict: Any = None, refresh: bool = True, **kwargs: Any) -> None:
        """Sets the figures behind the description: those of a mapping, then the named ones in alphabetical order."""
        figures = {**dict(ordered_dict or {}), **{name: kwargs[name] for name in sorted(kwargs)}}
        shown = (
            f"{name}={self.format_num(value) if isinstance(value, Number) else str(value).strip()}"
            for name, value in figures.items()
        )
        self.set_postfix_str(", ".join(shown), refresh)

    def unpause(self) -> None:
        """Makes the time since the drawn bar was last drawn not count."""
        self.start_t += time.time() - self.last_print_t
        self.last_print_t = time.time()
        self._drawn.unpause()

    @property
    def format_dict(self) -> dict[str, Any]:
        """All that a bar shows, by tqdm's names."""
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

    def _close(self, *, done: bool) -> None:
        self._instances.discard(self)
        super()._close(done=done)

    def __repr__(self) -> str:
        return self.format_meter(**self.format_dict)

    @property
    def _comparable(self) -> int:
        """By what tqdm's own bars compare themselves."""
        return abs(self.pos)

    def __lt__(self, other: tqdm[Any]) -> bool:
        return self._comparable < other._comparable

    @classmethod
    def pandas(cls, **_: Any) -> None:
        """Raises NotImplementedError: pandas is not supported."""
        raise NotImplementedError(
            "phloem.tqdm does not reach into pandas; iterate over the rows with phloem.track, or use tqdm's own"
        )

    @classmethod
    @contextmanager
    def wrapattr(
        cls, stream: Any, method: str, total: float | None = None, bytes: bool = True, **kwargs: Any
    ) -> Iterator[Any]:
        """A `with` block with the stream, whose bar moves by the length of what `method` reads or writes."""
        with cls(total=total, **kwargs) as bar:
            if bytes:
                bar.unit, bar.unit_scale, bar.unit_divisor = "B", True, 1024
                bar._drawn.unit_divisor = 1024
            yield Counted(stream, method, bar.update)

    format_sizeof = staticmethod(text.sized)
    format_interval = staticmethod(text.clock)
    format_num = staticmethod(text.short)

    @classmethod
    def format_meter(cls, n: float, total: float | None, elapsed: float, **facts: Any) -> str:
        """The bar as text: as tqdm writes it if it is installed, else in a plain form without `bar_format`."""
        try:
            original = drawing.original()
        except ImportError:
            return text.line(n, total, elapsed, facts)
        return str(original.format_meter(n, total, elapsed, **facts))


_DRAWN: dict[str, Any] = {
    name: default
    for name, default in zip(tqdm.__init__.__code__.co_varnames[1:], tqdm.__init__.__defaults__ or (), strict=False)
    if name not in ("iterable", "total")
}
"""The arguments that only matter to the drawing, with their defaults: only other values are passed on."""


def trange(*args: int, **kwargs: Any) -> tqdm[int]:
    """`tqdm(range(*args), **kwargs)`."""
    return tqdm(range(*args), **kwargs)
