"""Which handler hears which of Celery's signals.

The process that sees something happen is the one that reports it. A producer sees a task sent; a worker's main process
sees it received, revoked, and lost to a time limit or a dead child; the child sees it start and end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import signals

from phloem.instrument import hooks
from phloem.instrument.handlers.child_process import ChildProcess
from phloem.instrument.handlers.main_process import MainProcess
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.handlers.producer import Producer
from phloem.instrument.handlers.results import Results


class Handlers:
    """The handlers of one observer, which hear Celery's signals between `connect` and `disconnect`."""

    def __init__(self, observer: Observer) -> None:
        producer, main, child = Producer(observer), MainProcess(observer), ChildProcess(observer)
        results = Results(observer)
        self.sent = producer.sent
        """Is told of a message that was sent."""

        self._handlers: tuple[tuple[Any, Callable[..., None]], ...] = (
            (signals.beat_init, producer.beat_starts),
            (signals.before_task_publish, producer.sending),
            (signals.after_task_publish, producer.sent),
            (signals.worker_init, main.worker_starts),
            (signals.worker_ready, main.worker_is_ready),
            (signals.task_received, main.received),
            (signals.task_revoked, main.revoked),
            (signals.task_unknown, main.unknown),
            (signals.task_rejected, main.refused),
            (signals.task_prerun, child.started),
            (signals.task_success, child.succeeded),
            (signals.task_failure, child.failed),
            (signals.task_retry, child.retried),
            (signals.task_postrun, child.left),
            (signals.task_internal_error, child.broke),
            (hooks.task_replaced, child.replaced),
            (hooks.result_stored, results.stored),
            (hooks.chord_given_up, results.chord_given_up),
            (hooks.revoke_heard, main.told_to_revoke),
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
