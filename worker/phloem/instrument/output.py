"""What a running task logs and prints, as lines of its log.

It listens where loggers call their handlers, and at the streams while a task runs, and passes everything on: what
Celery, the task's own logging and the terminal show is the same as without it. It is no handler itself, since with one
on the root logger `logging.basicConfig()` does nothing.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from phloem.isolation import observing, reraise_time_limit
from phloem.model.task import Line
from phloem.progress.current import active, current
from phloem.progress.log_lines import LINE_LIMIT_BYTES
from phloem.redaction import clip, scrub, text

_NOT_THE_TASK = ("celery", "kombu", "amqp", "billiard", "phloem")
"""Who speaks about tasks, not for them. Celery also logs what a task prints, one record for each argument of
print(); that is heard as it is printed."""

_FOR_THE_TASK = ("celery.task", "phloem.jobs")

_STREAMS = {"stdout": "info", "stderr": "warning"}

_listening = False
_lock = threading.RLock()
_busy = threading.local()


def capture() -> None:
    """Listens, from the start of a task on. Calling it again does nothing."""
    global _listening
    with _lock:
        if not _listening:
            # For good, since others may do the same on top of it.
            logging.Logger.callHandlers = _heard(logging.Logger.callHandlers)  # type: ignore[method-assign]
            _listening = True
        for name, level in _STREAMS.items():
            stream = getattr(sys, name)
            if stream is not None and not isinstance(stream, Tee):
                setattr(sys, name, Tee(stream, level))


def release() -> None:
    """Listens no more, once no task runs in this process."""
    with _lock:
        if active():
            return
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


def _heard(original: Callable[[logging.Logger, logging.LogRecord], None]) -> Callable[..., None]:
    @functools.wraps(original)
    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        if getattr(_busy, "now", False) or not active():
            original(self, record)
            return
        _busy.now = True  # handlers print what is heard here; they may log, and so may what is asked for its text
        try:
            original(self, record)
            _tell(record)
        finally:
            _busy.now = False

    return call_handlers


@observing
def _tell(record: logging.LogRecord) -> None:
    if _about_tasks(record.name):
        return
    run = current()
    if run is not None:
        run.say(Line(at=record.created, level=_level(record.levelno), message=_message(record)))


@observing
def _print(printed: str, level: str) -> None:
    run = current()
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
        reraise_time_limit(error)
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        said = (
            f"{text(record.msg, LINE_LIMIT_BYTES)} ← {', '.join(text(each, 256) for each in arguments)} (does not fit)"
        )
    if record.exc_info and record.exc_info[0] is not None:
        where = scrub("".join(traceback.format_exception(*record.exc_info))[-LINE_LIMIT_BYTES:].rstrip())
        said = f"{clip(said, LINE_LIMIT_BYTES // 4)}\n{where[-LINE_LIMIT_BYTES // 2 :]}"
    return clip(said, LINE_LIMIT_BYTES)
