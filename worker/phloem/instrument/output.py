"""What a running task logs and prints, as lines of its log.

While a task runs, it hears loggers where they call their handlers, and the streams where they are written to, and
passes everything on: what Celery, the task's own logging and the terminal show is the same as without it. It is no
handler itself: with one on the root logger, `logging.basicConfig()` in a task would do nothing.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from phloem.isolation import observing, reraise_time_limit
from phloem.model.task import Line
from phloem.progress.current import active, current
from phloem.progress.log_lines import LINE_LIMIT_BYTES
from phloem.redaction import clip, scrub, text

_ABOUT_TASKS = ("celery", "kombu", "amqp", "billiard", "phloem")
"""Loggers that speak about tasks, not for them. Celery also logs what a task prints, one record for each argument of
print(), but that is heard as it is printed."""

_FOR_TASKS = ("celery.task", "phloem.jobs")
"""Loggers below these that speak for tasks."""

_STREAMS = {"stdout": "info", "stderr": "warning"}
"""The streams that are heard, and the level of their lines."""

_ARGUMENT_LIMIT_BYTES = 256
"""Longest text of one argument of a log record that cannot be formatted."""

_loggers_are_heard = False
_held: list[Any] = []
"""Streams that are heard themselves."""

_lock = threading.RLock()
_busy = threading.local()


def capture() -> None:
    """Hears loggers and streams from now on. To be called when a task starts; a second call does nothing."""
    global _loggers_are_heard
    with _lock:
        if not _loggers_are_heard:
            # For good: other code may have patched it on top of this.
            logging.Logger.callHandlers = _heard(logging.Logger.callHandlers)  # type: ignore[method-assign]
            _loggers_are_heard = True
        if _held and isinstance(sys.stdout, Tee) and isinstance(sys.stderr, Tee):
            return
        for name, level in _STREAMS.items():
            stream = getattr(sys, name)
            if stream is not None and not isinstance(stream, Tee):
                setattr(sys, name, Tee(stream, level))
            for held in (stream, getattr(sys, f"__{name}__")):
                _hear(held, level)


def release() -> None:
    """Hears the streams no more, unless another task still runs in this process."""
    with _lock:
        if active():
            return
        for name in _STREAMS:
            stream = getattr(sys, name)
            if isinstance(stream, Tee):
                setattr(sys, name, stream.stream)
        for stream in _held:
            with suppress(AttributeError):  # other code may have put it back
                del stream.write
        _held.clear()


def _hear(stream: Any, level: str) -> None:
    """Hears the stream itself, for code that holds it since before the task, as some loggers do."""
    if stream is None or isinstance(stream, Tee) or "write" in getattr(stream, "__dict__", {"write": None}):
        return
    original = stream.write

    def write(printed: str) -> Any:
        return _written(original, printed, level)

    stream.write = write
    _held.append(stream)


def _written(write: Callable[[str], Any], printed: str, level: str) -> Any:
    """Writes, then tells the run. Returns what `write` returns."""
    before, _busy.now = getattr(_busy, "now", False), True  # the stream may log, or be heard itself
    try:
        written = write(printed)
    finally:
        _busy.now = before
    if not before and isinstance(printed, str):
        _tell_printed(printed, level)
    return written


class Tee:
    """A stream whose writes the running task hears as well. In all else it is that stream."""

    def __init__(self, stream: Any, level: str) -> None:
        self.stream = stream
        self._level = level

    def write(self, printed: str) -> Any:
        """Writes to the stream, then tells the run. Returns what the stream returns."""
        return _written(self.stream.write, printed, self._level)

    def writelines(self, lines: Any) -> None:
        """Writes lines one by one."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _heard(original: Callable[[logging.Logger, logging.LogRecord], None]) -> Callable[..., None]:
    @functools.wraps(original)
    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        if getattr(_busy, "now", False) or not active():
            original(self, record)
            return
        _busy.now = True  # handlers may print or log, and so may an argument that is asked for its text
        try:
            original(self, record)
            _tell_logged(record)
        finally:
            _busy.now = False

    return call_handlers


@observing
def _tell_logged(record: logging.LogRecord) -> None:
    if _is_about_tasks(record.name):
        return
    run = current()
    if run is not None:
        run.say(Line(at=record.created, level=_level(record.levelno), message=_message(record)))


@observing
def _tell_printed(printed: str, level: str) -> None:
    run = current()
    if run is not None:
        run.write(printed, level)


@functools.lru_cache(1000)
def _is_about_tasks(logger: str) -> bool:
    if any(logger == prefix or logger.startswith(f"{prefix}.") for prefix in _FOR_TASKS):
        return False
    return logger.partition(".")[0] in _ABOUT_TASKS


def _level(number: int) -> str:
    for threshold, level in ((50, "critical"), (40, "error"), (30, "warning"), (20, "info")):
        if number >= threshold:
            return level
    return "debug"


def _message(record: logging.LogRecord) -> str:
    try:
        message = record.getMessage()
    except Exception as error:  # noqa: BLE001  # arguments that do not fit the format, or that have no text
        reraise_time_limit(error)
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        shown = ", ".join(text(each, _ARGUMENT_LIMIT_BYTES) for each in arguments)
        message = f"{text(record.msg, LINE_LIMIT_BYTES)} ← {shown} (does not fit)"
    if record.exc_info and record.exc_info[0] is not None:
        where = scrub("".join(traceback.format_exception(*record.exc_info))[-LINE_LIMIT_BYTES:].rstrip())
        message = f"{clip(message, LINE_LIMIT_BYTES // 4)}\n{where[-LINE_LIMIT_BYTES // 2 :]}"
    return clip(message, LINE_LIMIT_BYTES)
