"""The part of tqdm's interface that is about the terminal. It acts on the bars that tqdm itself draws, if any."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, ClassVar
from weakref import WeakSet

from phloem.tqdm import drawing


class OnTerminal:
    """What a bar does to the terminal. `_drawn` is a bar of tqdm's own, or UNDRAWN, which does nothing."""

    monitor_interval = 10
    monitor = None
    _instances: ClassVar[WeakSet[Any]] = WeakSet()
    """Bars that are not closed, for code that closes all of them."""

    _lock: Any = threading.RLock()
    _drawn: Any

    @property
    def sp(self) -> Callable[[str], None]:
        """Writes a text in place of the bar, where it is drawn."""
        return self._drawn.sp  # type: ignore[no-any-return]

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Draws `msg`, or the bar, at a line of the terminal, where it is drawn."""
        self._drawn.display(msg, pos)
        return True

    def clear(self, nolock: bool = False) -> None:
        """Removes the bar from the terminal, where it is drawn."""
        self._drawn.clear(nolock=nolock)

    def moveto(self, n: int) -> None:
        """Moves `n` lines down the terminal, or up if it is negative, where the bar is drawn."""
        self._drawn.moveto(n)

    @staticmethod
    def status_printer(file: Any) -> Callable[[str], None]:
        """A function that writes a text to `file` in place of the last one. Raises ImportError without tqdm."""
        return drawing.original().status_printer(file)  # type: ignore[no-any-return]

    @classmethod
    def write(cls, s: str, file: Any = None, end: str = "\n", nolock: bool = False) -> None:
        """Prints a line without disturbing drawn bars. It reaches the task's log as well."""
        with cls.external_write_mode(file, nolock):
            (sys.stdout if file is None else file).write(f"{s}{end}")

    @classmethod
    def external_write_mode(cls, file: Any = None, nolock: bool = False) -> Any:
        """A `with` block in which other text may be written to the terminal: drawn bars are removed meanwhile."""
        loaded = sys.modules.get("tqdm")
        return nullcontext() if loaded is None else loaded.tqdm.external_write_mode(file=file, nolock=nolock)

    @classmethod
    def set_lock(cls, lock: Any) -> None:
        """The lock under which bars are drawn."""
        cls._lock = lock
        if (loaded := sys.modules.get("tqdm")) is not None:
            loaded.tqdm.set_lock(lock)

    @classmethod
    def get_lock(cls) -> Any:
        """The lock under which bars are drawn."""
        return cls._lock
