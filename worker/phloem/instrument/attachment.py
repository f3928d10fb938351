"""`attach` and `detach`: the one observer of this process, which is all that the library keeps globally."""

from __future__ import annotations

from typing import NamedTuple

import celery

from phloem.instrument import update_state
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.signals import Handlers
from phloem.model.event import Event
from phloem.record.redis_record import RedisChannel
from phloem.reporting.recorder import FLUSH_SECONDS, Recorder
from phloem.settings import RecordSettings

DETACH_SECONDS = 2.0
"""How long `detach` tries to send what is left."""


class _Attachment(NamedTuple):
    recorder: Recorder
    handlers: Handlers


_attached: _Attachment | None = None


def attach(app: celery.Celery, settings: RecordSettings | None = None) -> None:
    """Shows everything that this process does with `app`: what it sends, and what its workers run.

    Call it once, where the app is made, so that producers and workers both do. `settings` are those of the
    environment unless given: REDIS_URL and PHLOEM_NAMESPACE, _RETENTION_TASKS, _RETENTION_DAYS, _KEEP_CALLS and
    _LEASE_SECONDS. Celery's signals are per process, so other apps in the process are shown as well; a second call
    does nothing. Raises SettingError if one of these variables holds what it may not; a Redis that is away is no error.
    """
    if _attached is None:
        settings = settings or RecordSettings.of_record()
        recorder = Recorder(
            lambda: RedisChannel(settings),
            lease_seconds=settings.lease_seconds,
            heartbeat=settings.heartbeat_seconds,
        )
        attach_recorder(app, recorder, keep_calls=settings.keep_calls)


def attach_recorder(app: celery.Celery, recorder: Recorder, *, keep_calls: bool = True) -> Observer:
    """As `attach`, with a recorder of the caller's: for tests, and for a record that is elsewhere. RuntimeError if
    something is attached already.
    """
    global _attached
    if _attached is not None:
        raise RuntimeError("this process is attached to an app already; detach() first")
    observer = Observer(app, recorder, keep_calls=keep_calls)
    handlers = Handlers(observer)
    _attached = _Attachment(recorder, handlers)
    update_state.understand()
    handlers.connect()
    return observer


def detach(timeout: float = DETACH_SECONDS) -> None:
    """Ends what `attach` began: hears Celery's signals no more, sends what is left, and ends the recorder's thread.

    Waits for that for `timeout` seconds at most. For tests, and for an application that is closed before its process
    ends. Does nothing if nothing is attached.
    """
    global _attached
    attachment, _attached = _attached, None
    if attachment is not None:
        attachment.handlers.disconnect()
        attachment.recorder.close(timeout)


def recorder() -> Recorder | None:
    """The recorder of this process, if an app is attached."""
    return None if _attached is None else _attached.recorder


def report(event: Event) -> None:
    """Queues an event of this process for the record. Does nothing if no app is attached."""
    if _attached is not None:
        _attached.recorder.report(event)


def flush(timeout: float = FLUSH_SECONDS) -> bool:
    """Waits until what this process reported is recorded, as `Recorder.flush`; True if no app is attached."""
    return _attached is None or _attached.recorder.flush(timeout)
