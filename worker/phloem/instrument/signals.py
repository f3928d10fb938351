"""Which handler hears which of Celery's signals.

The process that sees something happen is the one that reports it. A producer sees a task sent; a worker's main process
sees it received, revoked, and lost to a time limit or a dead child; the child sees it start and end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import signals

from phloem.instrument.handlers.child_process import ChildProcess
from phloem.instrument.handlers.main_process import MainProcess
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.handlers.producer import Producer


class Handlers:
    """The handlers of one observer, which hear Celery's signals between `connect` and `disconnect`."""

    def __init__(self, observer: Observer) -> None:
        producer, main, child = Producer(observer), MainProcess(observer), ChildProcess(observer)
        self._handlers: tuple[tuple[Any, Callable[..., None]], ...] = (
            (signals.beat_init, producer.beat_starts),
            (signals.before_task_publish, producer.sending),
            (signals.after_task_publish, producer.sent),
            (signals.worker_init, main.worker_starts),
            (signals.worker_ready, main.worker_is_ready),
            (signals.task_received, main.received),
            (signals.task_revoked, main.revoked),
            (signals.task_unknown, main.unknown),
            (signals.task_prerun, child.started),
            (signals.task_success, child.succeeded),
            (signals.task_failure, child.failed),
            (signals.task_retry, child.retried),
            (signals.task_postrun, child.left),
            (signals.worker_process_shutdown, main.closing),
            (signals.worker_shutdown, main.closing),
        )

    def connect(self) -> None:
        """Hears Celery's signals from now on."""
        for signal, handler in self._handlers:
            signal.connect(handler, weak=False, dispatch_uid=_uid(handler))

    def disconnect(self) -> None:
        """Hears none of them from now on."""
        for signal, handler in self._handlers:
            signal.disconnect(dispatch_uid=_uid(handler))


def _uid(handler: Callable[..., None]) -> str:
    return f"phloem.{handler.__name__}"
