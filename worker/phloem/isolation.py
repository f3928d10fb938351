"""What observes a task must neither break it nor keep from it what is meant for it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")

_TOLD_AT_MOST = 100

logger = logging.getLogger("phloem")


def spare(error: BaseException) -> None:
    """Raises `error` again if it is meant for the task.

    Celery's soft time limit is raised from a signal handler, so it can strike while the task is being observed. It
    is known by its name, since billiard is not loaded where no worker runs.
    """
    if type(error).__name__ == "SoftTimeLimitExceeded":
        raise error


def observing(function: Callable[P, None]) -> Callable[P, None]:
    """A function that never raises into the task it observes. Says the first failure of each kind, with its place."""
    told: set[str] = set()

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            spare(error)
            kind = f"{type(error).__name__} {error.__traceback__ and error.__traceback__.tb_lineno}"
            if kind not in told and len(told) < _TOLD_AT_MOST:
                told.add(kind)
                logger.exception("Phloem could not observe %s", function.__name__)

    return guarded
