"""Keeps the observation of a task from affecting the task."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from phloem.logs import logger_of

P = ParamSpec("P")

_FAILURES_LOGGED = 100
"""Kinds of failure that one function logs."""

logger = logger_of(__name__)


def reraise_time_limit(error: BaseException) -> None:
    """Raises `error` again if it is Celery's soft time limit, which is meant for the task.

    Celery raises it from a signal handler, so it can strike in code that observes the task, too. It is known by its
    name, because billiard is not loaded where no worker runs.
    """
    if type(error).__name__ == "SoftTimeLimitExceeded":
        raise error


def observing(function: Callable[P, None]) -> Callable[P, None]:
    """Wraps a function so that it never raises into the task that it observes, except for Celery's soft time limit.

    Logs the first failure of each kind (the type of the exception, and where it was raised).
    """
    logged: set[str] = set()

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            reraise_time_limit(error)
            kind = f"{type(error).__name__} {error.__traceback__ and error.__traceback__.tb_lineno}"
            if kind not in logged and len(logged) < _FAILURES_LOGGED:
                logged.add(kind)
                logger.exception("Phloem could not observe %s", function.__name__)

    return guarded
