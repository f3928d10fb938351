"""`attach` and `detach`: the one observer of this process, which is all that the library keeps globally."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import celery

from phloem import redaction
from phloem.instrument import hooks, refusals, update_state
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.messages.owners import OwnerOf
from phloem.instrument.refusals import Asked
from phloem.instrument.signals import Handlers
from phloem.model.event import Event
from phloem.reporting.recorder import FLUSH_SECONDS, Recorder
from phloem.settings import Environment, RecordSettings, SettingError

if TYPE_CHECKING:
    from phloem.instrument.labels import LabelOf

DETACH_SECONDS = 2.0
"""How long `detach` tries to send what is left."""


class _Attachment(NamedTuple):
    recorder: Recorder
    handlers: Handlers
    asked: Asked


_attached: _Attachment | None = None


def attach(
    app: celery.Celery,
    settings: RecordSettings | None = None,
    *,
    owner: OwnerOf | None = None,
    label: LabelOf | str | None = None,
    release: str | None = None,
) -> None:
    """Shows everything that this process does with `app`: what it sends, and what its workers run.

    Call it once, where the app is made, so that producers and workers both do. `settings` are those of the
    environment unless given: PHLOEM_REDIS_URL (or REDIS_URL), and PHLOEM_RECORD, _NAMESPACE, _RETENTION_TASKS,
    _RETENTION_DAYS, _KEEP_CALLS, _REDACT, _LEASE_SECONDS and _RELEASE. Celery's signals are per process, so other apps
    in the process are shown as well. A second call, for another of them, adds what is to be redacted and changes
    nothing else: a process has one record. Other settings than those of the first call, and another `owner`, `label`
    or `release`, are refused with a sentence in the log.

    `owner(task, args, kwargs)` says whose a task is: a text of at most 200 printable characters, or None. It is called
    for each task that this process sends, when it is sent, with Celery's task (one without code where this process does
    not have it) and the arguments; and for each that runs eagerly. What it says goes with the message, in its header
    `phloem_owner`. A message that has that header keeps it. Where neither says anything, a task that is sent by another
    has the owner of that one; its further tries keep theirs. If it raises, or returns anything else, that is logged
    once, and the task is sent all the same.

    `label` says what people call a task: a template such as "{customer}" or "order {0}", with names or positions of
    arguments in braces, or a function as for `owner`. The template is filled by every process that knows the arguments.
    The function is called where a task is sent, and where one starts whose message has no label; what it says goes with
    the message, in its header `phloem_label`. A message that has that header, or Celery's `shadow`, keeps it, and
    `phloem.label` in the task takes the place of both. Secrets are hidden in it as elsewhere, and an argument with the
    name of one gives no label. A template that does not fit a task gives it no label, and one that is none gives no
    task a label: either is logged once.

    `release` names which release of the app this process runs, such as "2.4.1" or a commit: at most 100 printable ASCII
    characters without blanks. It goes before PHLOEM_RELEASE, and tasks have that of the process which runs them.

    Never raises: an app has to work without Phloem as well. If one of these variables holds what it may not, that is
    logged once, and nothing is recorded. A Redis that is away is no error: what happens meanwhile is recorded later.
    """
    try:
        settings = refusals.released(settings or RecordSettings.of_record(), release)
        if _attached is not None:
            redaction.also(settings.redact)
            refusals.refuse_others(app, _attached.asked, Asked(settings, owner, label))
            return
        if not settings.record:
            return
        # A process that records nothing does without redis. The recorder's thread needs it first, but the process might
        # fork while that imports it.
        from phloem.record.redis_record import RedisChannel

        Environment({"redis_url": settings.redis_url}).redis_url("redis_url", default="")
        redaction.also(settings.redact)
        recorder = Recorder(
            lambda: RedisChannel(settings),
            lease_seconds=settings.lease_seconds,
            heartbeat=settings.heartbeat_seconds,
        )
        _begin(
            app,
            recorder,
            keep_calls=settings.keep_calls,
            owner=owner,
            label=refusals.understood(label),
            release=settings.release or None,
            settings=settings,
        )
    except SettingError as error:
        refusals.say_why(error)
    except Exception as error:  # noqa: BLE001  # it is logged, and the application goes on
        detach(timeout=0)
        refusals.say_why(error)


def attach_recorder(
    app: celery.Celery,
    recorder: Recorder,
    *,
    keep_calls: bool = True,
    owner: OwnerOf | None = None,
    label: LabelOf | str | None = None,
    release: str | None = None,
) -> Observer:
    """As `attach`, with a recorder of the caller's: for tests, and for a record that is elsewhere. RuntimeError if
    something is attached already.
    """
    if _attached is not None:
        raise RuntimeError("this process is attached to an app already; detach() first")
    return _begin(app, recorder, keep_calls=keep_calls, owner=owner, label=label, release=release)


def _begin(
    app: celery.Celery,
    recorder: Recorder,
    *,
    keep_calls: bool,
    owner: OwnerOf | None = None,
    label: LabelOf | str | None = None,
    release: str | None = None,
    settings: RecordSettings | None = None,
) -> Observer:
    global _attached
    observer = Observer(app, recorder, keep_calls=keep_calls, owner=owner, label=label, release=release)
    handlers = Handlers(observer)
    _attached = _Attachment(recorder, handlers, Asked(settings, owner, label))
    hooks.install()
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


@contextmanager
def suspended() -> Iterator[None]:
    """Hears and reports nothing of an attached app within the block, and all of it again after it. For tests."""
    attachment = _attached
    if attachment is not None:
        attachment.handlers.disconnect()
    try:
        yield
    finally:
        if attachment is not None and attachment is _attached:
            attachment.handlers.connect()


def rest(timeout: float = FLUSH_SECONDS) -> None:
    """Ends the recorder's thread until there is something to report again, unless a worker or a task runs here."""
    if _attached is not None:
        _attached.recorder.rest(timeout)


def attached_with() -> RecordSettings | None:
    """The settings with which this process is attached, if it is by `attach`."""
    return None if _attached is None else _attached.asked.settings


def recorder() -> Recorder | None:
    """The recorder of this process, if an app is attached."""
    return None if _attached is None else _attached.recorder


def report(event: Event) -> None:
    """Queues an event of this process for the record. Does nothing if no app is attached."""
    if _attached is not None:
        _attached.recorder.report(event)


def sent(**told: Any) -> None:
    """Reports a message that this process sent without Celery, in the terms of its signal after_task_publish. Does
    nothing if no app is attached.
    """
    if _attached is not None:
        _attached.handlers.sent(**told)


def flush(timeout: float = FLUSH_SECONDS) -> bool:
    """Waits until what this process reported is recorded, as `Recorder.flush`; True if no app is attached."""
    return _attached is None or _attached.recorder.flush(timeout)
