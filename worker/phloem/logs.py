"""What a running task logs and prints, as lines of its log.

Handlers and streams are in place only while a task runs. They pass everything on: what Celery, the task's own
logging and the terminal show is the same as without them.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
import traceback
import weakref
from typing import Any

from phloem import runs
from phloem.event import Line
from phloem.guard import observing, spare
from phloem.lines import LINE_LIMIT
from phloem.redaction import clip, text

_TASK_LOGGERS = ("", "celery.task")
"""Celery's logger for tasks does not hand on to the root logger."""

_NOT_THE_TASK = ("celery", "kombu", "amqp", "billiard", "phloem")
"""Who speaks about tasks, not for them. Celery also logs what a task prints, one record for each argument of
print(); that is heard as it is printed."""

_FOR_THE_TASK = ("celery.task", "phloem.jobs")

_STREAMS = {"stdout": "info", "stderr": "warning"}

_lock = threading.RLock()
_busy = threading.local()


def capture() -> None:
    """Listens, from the start of a task on. Calling it again does nothing."""
    with _lock:
        for name in _TASK_LOGGERS:
            logger = logging.getLogger(name)
            if _handler not in logger.handlers:
                logger.addHandler(_handler)
        for name, level in _STREAMS.items():
            stream = getattr(sys, name)
            if stream is not None and not isinstance(stream, Tee):
                setattr(sys, name, Tee(stream, level))


def release() -> None:
    """Listens no more, once no task runs in this process."""
    with _lock:
        if runs.active():
            return
        for name in _TASK_LOGGERS:
            logging.getLogger(name).removeHandler(_handler)
        for name in _STREAMS:
            stream = getattr(sys, name)
            if isinstance(stream, Tee):
                setattr(sys, name, stream.stream)


class Tee:
    """A stream that the running task also hears itself write to. In all else it is that stream."""

    def __init__(self, stream: Any, level: str) -> None:
        self.stream = stream
        self._level = level

    def write(self, printed: str) -> Any:
        """Writes to the stream, then tells the run."""
        before, _busy.now = getattr(_busy, "now", False), True  # what it passes through may be a Tee, or log
        try:
            written = self.stream.write(printed)
        finally:
            _busy.now = before
        if not before and isinstance(printed, str):
            _print(printed, self._level)
        return written

    def writelines(self, lines: Any) -> None:
        """Writes them one by one."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Handler(logging.Handler):
    """Hands records to the run they come from. It neither formats for others nor filters."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tells the run, unless what it tells makes the task log again."""
        if getattr(_busy, "now", False):
            return
        _busy.now = True
        try:
            _tell(record)
            _last_resort(record)
        finally:
            _busy.now = False


@observing
def _tell(record: logging.LogRecord) -> None:
    told = getattr(_busy, "told", None)
    if _about_tasks(record.name) or (told is not None and told() is record):
        return
    run = runs.current()
    if run is not None:
        _busy.told = weakref.ref(record)  # it may come by again, at a logger further up
        run.say(Line(at=record.created, level=_level(record.levelno), message=_message(record)))


@observing
def _print(printed: str, level: str) -> None:
    run = runs.current()
    if run is not None:
        run.write(printed, level)


@functools.lru_cache(1000)
def _about_tasks(name: str) -> bool:
    if any(name == prefix or name.startswith(f"{prefix}.") for prefix in _FOR_THE_TASK):
        return False
    return name.partition(".")[0] in _NOT_THE_TASK


def _level(number: int) -> str:
    for threshold, level in ((50, "critical"), (40, "error"), (30, "warning"), (20, "info")):
        if number >= threshold:
            return level
    return "debug"


def _message(record: logging.LogRecord) -> str:
    try:
        said = record.getMessage()
    except Exception as error:  # noqa: BLE001  # arguments that do not fit, or that cannot be shown
        spare(error)
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        said = f"{text(record.msg, LINE_LIMIT)} ← {', '.join(text(each, 256) for each in arguments)} (does not fit)"
    if record.exc_info and record.exc_info[0] is not None:
        where = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        said = f"{clip(said, LINE_LIMIT // 4)}\n{where[-LINE_LIMIT // 2 :]}"
    return clip(said, LINE_LIMIT)


def _last_resort(record: logging.LogRecord) -> None:
    """Where nobody else listens, Python writes warnings to stderr. Our listening must not keep it from that."""
    fallback = logging.lastResort
    if fallback is None or record.levelno < fallback.level or len(logging.root.handlers) > 1:
        return
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger is not None:
        if any(handler is not _handler for handler in logger.handlers):
            return
        logger = logger.parent if logger.propagate else None
    fallback.handle(record)


_handler = Handler()
