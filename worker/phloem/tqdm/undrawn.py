"""Whether a bar is drawn on the terminal, and what it has instead of a terminal where it is not."""

from __future__ import annotations

import os
from typing import Any

from phloem.progress.current import active

_OFF = ("0", "no", "false", "off")


def wanted(draw: bool | None, file: Any) -> bool:
    """Whether a bar is to be drawn.

    As `draw` says; or if it has a file; or as PHLOEM_TQDM_DRAW says. If nobody says so, only where no task runs.
    """
    if draw is not None or file is not None:
        return draw is not False
    setting = os.environ.get("PHLOEM_TQDM_DRAW", "").lower()
    return setting not in _OFF if setting else not active()


def is_terminal(file: Any) -> bool:
    """Whether a file is a terminal, as tqdm finds it with `disable=None`: one that does not say is."""
    return not hasattr(file, "isatty") or bool(file.isatty())


class Nowhere:
    """A file that takes what is written to it, and keeps nothing."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Takes the text."""
        return len(text)

    def flush(self) -> None:
        """Does nothing."""


class Alone:
    """Stands for tqdm's lock, and for its set of open bars, where nothing is drawn.

    The lock is shared by all processes that were forked since it was made: one that was killed while it held the lock
    would keep all others waiting for ever. The set must not change without it.
    """

    def acquire(self, *_: object, **__: object) -> bool:
        """Returns at once."""
        return True

    def release(self) -> None:
        """Does nothing."""

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None:
        pass

    def remove(self, bar: object) -> None:
        """Does nothing: no bar is in it."""


ALONE = Alone()
