"""Loggers that an application's configuration does not silence by accident.

`logging.config.dictConfig` disables every logger that exists and is not named, unless it is told not to; Django's
`LOGGING` does that in every project with its default of `disable_existing_loggers`. What Phloem logs are warnings that
something is not shown: somebody who wants none of them sets the level of the logger `phloem`.
"""

from __future__ import annotations

import logging


class _Audible(logging.Logger):
    """Cannot be disabled. Level, filters and handlers are as ever."""

    @property
    def disabled(self) -> bool:
        return False

    @disabled.setter
    def disabled(self, value: bool) -> None: ...


class Once:
    """Kinds of faults that are logged, each once; no more than `limit` of them."""

    def __init__(self, limit: int = 100) -> None:
        self._limit = limit
        self._known: set[str] = set()

    def is_new(self, kind: str) -> bool:
        """Whether a fault of this kind is to be logged: not before."""
        if kind in self._known or len(self._known) >= self._limit:
            return False
        self._known.add(kind)
        return True

    def is_new_error(self, error: Exception) -> bool:
        """Whether what was raised is to be logged: none of its type from the same line was before."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = None if trace is None else (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        return self.is_new(f"raised {type(error).__name__} {place}")


def logger_of(module: str) -> logging.Logger:
    """The logger of one of Phloem's modules."""
    logger = logging.getLogger(module)
    if not isinstance(logger, _Audible):
        kind = type(logger)  # an application may have a class of its own
        logger.__class__ = type(kind.__name__, (_Audible, kind), {})
    return logger
