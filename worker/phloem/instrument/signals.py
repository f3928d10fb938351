"""Which handler hears which of Celery's signals.

The process that sees something happen is the one that reports it. A producer sees a task sent; a worker's main process
sees it received, revoked, and lost to a time limit or a dead child; the child sees it start and end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from celery import signals

from phloem.instrument import hooks
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.handlers.producer import Producer
from phloem.isolation import observing

if TYPE_CHECKING:
    from phloem.instrument.handlers.child_process import ChildProcess
    from phloem.instrument.handlers.main_process import MainProcess
    from phloem.instrument.handlers.results import Results


class Handlers:
    """The handlers of one observer, which hear Celery's signals between `connect` and `disconnect`.

    Those of workers are imported with the first signal for them: most processes that are attached only send tasks.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        producer = Producer(observer)
        self.sent = producer.sent
        """Is told of a message that was sent."""

        self._handlers: tuple[tuple[Any, Callable[..., None]], ...] = (
            (signals.beat_init, producer.beat_starts),
            (signals.before_task_publish, producer.sending),
            (signals.after_task_publish, producer.sent),
            (signals.worker_init, self._worker_starts),
            (signals.worker_ready, _Later(lambda: self._main.worker_is_ready)),
            (signals.task_received, _Later(lambda: self._main.received)),
            (signals.task_revoked, _Later(lambda: self._main.revoked)),
            (signals.task_unknown, _Later(lambda: self._main.unknown)),
            (signals.task_rejected, _Later(lambda: self._main.refused)),
            (signals.task_prerun, _Later(lambda: self._child.started)),
            (signals.task_failure, _Later(lambda: self._child.failed)),
            (signals.task_retry, _Later(lambda: self._child.retried)),
            (signals.task_postrun, _Later(lambda: self._child.left)),
            (signals.task_internal_error, _Later(lambda: self._child.broke)),
            (hooks.task_replaced, _Later(lambda: self._child.replaced)),
            (hooks.result_stored, _Later(lambda: self._results.stored)),
            (hooks.chord_given_up, _Later(lambda: self._results.chord_given_up)),
            (hooks.revoke_heard, _Later(lambda: self._main.told_to_revoke)),
            (signals.worker_process_shutdown, _Later(lambda: self._main.closing)),
            (signals.worker_shutdown, _Later(lambda: self._main.closing)),
        )

    def connect(self) -> None:
        """Hears Celery's signals from now on."""
        for signal, handler in self._handlers:
            signal.connect(handler, weak=False, dispatch_uid=_UID)

    def disconnect(self) -> None:
        """Hears none of them from now on."""
        for signal, _ in self._handlers:
            signal.disconnect(dispatch_uid=_UID)

    @cached_property
    def _main(self) -> MainProcess:
        from phloem.instrument.handlers.main_process import MainProcess

        return MainProcess(self._observer)

    @cached_property
    def _child(self) -> ChildProcess:
        from phloem.instrument.handlers.child_process import ChildProcess

        return ChildProcess(self._observer)

    @cached_property
    def _results(self) -> Results:
        from phloem.instrument.handlers.results import Results

        return Results(self._observer)

    @observing
    def _worker_starts(self, **told: Any) -> None:
        """Makes all of them before the worker forks: its children inherit what is imported."""
        self._main.worker_starts(**told)
        for _, handler in self._handlers:
            if isinstance(handler, _Later):
                handler.found  # noqa: B018  finds it


_UID = "phloem"
"""Each signal has one handler of ours."""


class _Later:
    """A handler that is found when it is first called. It stays where it is among those of a signal: an application's
    own, which were connected after it, are called after it, when the run has begun.
    """

    def __init__(self, find: Callable[[], Callable[..., None]]) -> None:
        self._find = find

    @cached_property
    def found(self) -> Callable[..., None]:
        """The handler."""
        return self._find()

    def __call__(self, **told: Any) -> None:
        self.found(**told)  # which lets no error of ours out
