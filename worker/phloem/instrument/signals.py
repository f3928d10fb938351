"""Celery's signals as events: what happens to a task, told by the process that sees it happen.

The producer sees it sent. The worker's main process sees it received, revoked, and lost to a time limit or a dead
child. The child sees it start and end. The main process gives each message it receives a run token, which travels
to the child with the request, so that all three speak of the same run.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any

import celery
import msgspec
from celery import signals

from phloem.instrument import beat
from phloem.instrument import message as about
from phloem.instrument import output as logs
from phloem.instrument import update_state as updates
from phloem.isolation import observing
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error
from phloem.progress import current as current_run
from phloem.progress.run import Run
from phloem.record.redis_record import RedisChannel
from phloem.redaction import both
from phloem.reporting import recorder as recorders
from phloem.reporting.recorder import PATIENCE, Recorder
from phloem.settings import RecordSettings

RUNS_REMEMBERED = 10_000
"""Run tokens the main process keeps for tasks it received: Celery tells it of some ends by task id alone."""

CREATED = "phloem_created_at"
"""Header of a message: when it was sent, in Unix seconds."""

RECEIVED = "phloem_received_at"
"""Header that a worker's main process adds: when it took the message, in Unix seconds."""

RUN = "phloem_run"
"""Header that a worker's main process adds: the token of the run that begins with the message."""

FAREWELL = 2.0
"""Seconds for which a process that ends tries to send what is left."""


def attach(app: celery.Celery, settings: RecordSettings | None = None) -> None:
    """Shows everything that this process does with `app`: what it sends, and what its workers run.

    Call it once, where the app is made, so that producers and workers both do. `settings` are those of the
    environment unless given: REDIS_URL and PHLOEM_NAMESPACE, _RETENTION_TASKS, _RETENTION_DAYS, _KEEP_CALLS
    and _LEASE_SECONDS.
    Celery's signals are per process, so other apps in the process are shown as well. Raises SettingError where
    these variables make no sense; a Redis that is away is no error.
    """
    if recorders.installed() is not None:
        return
    settings = settings or RecordSettings.of_record()
    global _app, _keep_calls
    _app, _keep_calls = app, settings.keep_calls
    recorders.install(
        Recorder(
            lambda: RedisChannel(settings),
            lease_seconds=settings.lease_seconds,
            heartbeat=settings.heartbeat_seconds,
        )
    )
    updates.understand()
    for signal, handler in _HANDLERS:
        signal.connect(handler, weak=False, dispatch_uid=f"phloem.{handler.__name__}")


@observing
def worker_starts(**_: object) -> None:
    """A worker's main process starts, before its children: all of them answer under one lease."""
    global _lease
    _lease = secrets.token_hex(8)  # a new one also where the process had a worker before


@observing
def worker_is_ready(**_: object) -> None:
    """A worker takes messages from now on."""
    _hold()


@observing
def beat_starts(sender: Any, **_: object) -> None:
    """Beat starts: what it sends is to name its entry."""
    beat.follow(sender.scheduler)


@observing
def sending(headers: Any = None, body: Any = None, **_: object) -> None:
    """A message is about to be sent.

    If it is the next try of what runs here, that is told first, so that the record has it before it can be received.
    """
    if not headers:
        return
    for ours in (RUN, RECEIVED):
        headers.pop(ours, None)  # Celery sends a task's own headers with its next try
    if not headers.get("retries"):
        # So that whoever receives it can say since when it waits, even if it is the first to say anything.
        headers.setdefault(CREATED, time.time())
        if (entry := beat.entry()) is not None:
            headers[beat.SCHEDULE] = entry
        for ours in about.INSTEAD.values():
            headers.pop(ours, None)
    headers.update(_instead(headers, *_arguments(body)))
    run = current_run.current()
    if run is None or str(headers.get("id")) != run.task_id or not headers.get("retries"):
        return
    reason = sys.exc_info()[1]
    short, long = _why(_task(headers.get("task")), reason) if reason is not None else (None, None)
    run.end()
    _report(
        Event(
            id=run.task_id,
            at=time.time(),
            run=run.token,
            attempt=run.attempt,
            state=State.RETRY,
            lease=_lease,  # this worker answers for it until the message is sent
            eta=about.moment(headers.get("eta")),
            error=short,
            long_error=long,
        )
    )
    _wait(run)


@observing
def sent(sender: Any = None, headers: Any = None, body: Any = None, routing_key: Any = None, **_: object) -> None:
    """A message was sent: the task waits in its queue."""
    if not headers or "id" not in headers or headers.get("retries"):
        return
    args, kwargs = _arguments(body)
    created = about.seconds(headers.get(CREATED)) or time.time()
    _report(
        Event(
            id=str(headers["id"]),
            at=created,
            state=State.PENDING,
            created_at=created,
            queue=about.text(routing_key),
            call=about.original(args, kwargs, headers) if _keep_calls else None,
            eta=about.moment(headers.get("eta")),
            expires=about.moment(headers.get("expires")),
            **about.who(headers.get("shadow") or sender, headers),
            **about.call(args, kwargs, headers, _task(sender)),
        )
    )


@observing
def received(request: Any, **_: object) -> None:
    """A worker took the message: a run begins."""
    if _lease is None:  # Phloem was attached when the worker was ready already
        _hold()
    token, attempt = secrets.token_hex(8), about.attempt(request.request_dict)
    now = time.time()
    # Reach the child as attributes of `task.request`. There is no public way to tell a child anything.
    request.request_dict.update({RUN: token, RECEIVED: now})
    if CREATED not in request.request_dict:  # else who sent it has told, and knew better
        request.request_dict.update(_instead(request.request_dict, request.args, request.kwargs))
    _runs[str(request.id)] = token, attempt
    if len(_runs) > RUNS_REMEMBERED:
        _runs.popitem(last=False)
    retries = request.request_dict.get("retries") or 0
    eta = about.moment(request.eta)
    waits = retries > 0 and eta is not None and eta > now
    _report(
        Event(
            id=str(request.id),
            at=now,
            run=token,
            state=State.RETRY if waits else State.RECEIVED,
            begins=True,
            lease=_lease,
            attempt=attempt,
            call=about.original(request.args, request.kwargs, request.request_dict) if _keep_calls else None,
            received_at=now,
            created_at=about.seconds(request.request_dict.get(CREATED)),
            retries=retries,
            eta=eta,
            expires=about.moment(request.expires),
            worker=about.text(request.hostname),
            queue=about.text(request.delivery_info.get("routing_key")),
            **about.who(request.name, request.request_dict),
            **about.call(request.args, request.kwargs, request.request_dict, _task(request.name)),
        )
    )


@observing
def started(task_id: str, task: Any, args: Any, kwargs: Any, **_: object) -> None:
    """A run starts in this process."""
    request = task.request
    token, attempt = request.get(RUN) or secrets.token_hex(8), about.attempt(vars(request))
    recorder = recorders.installed()
    assert recorder is not None
    current_run.enter(Run(str(task_id), token, recorder, attempt))
    logs.capture()
    now = time.time()
    _report(
        Event(
            id=str(task_id),
            at=now,
            run=token,
            state=State.STARTED,
            lease=_lease,
            attempt=attempt,
            started_at=now,
            received_at=about.seconds(request.get(RECEIVED)),
            created_at=about.seconds(request.get(CREATED)),
            retries=request.get("retries") or 0,
            worker=about.text(request.get("hostname")),
            queue=about.text((request.get("delivery_info") or {}).get("routing_key")),
            **about.who(request.get("shadow") or task.name, vars(request)),
            **about.call(args, kwargs, vars(request), task),
        )
    )


@observing
def succeeded(sender: Any, result: Any, **_: object) -> None:
    """A run ended with a result."""
    short, long = both(result)
    _ended(sender.request.id, State.SUCCESS, result=short, long_result=long)


@observing
def failed(sender: Any, task_id: str, exception: BaseException, einfo: Any = None, **_: object) -> None:
    """A run ended with an error: in the child, or in the main process where the child was stopped or died."""
    short, long = about.errors(exception, str(einfo) if einfo is not None else None)
    if (reached := about.limit(exception, sender)) is not None:
        short, long = (msgspec.structs.replace(each, message=reached) for each in (short, long))
    if isinstance(exception, tuple(getattr(sender, "throws", ()))):
        long = short  # the task says that it raises this: its text is for people, and its place is of no interest
    _ended(task_id, State.FAILURE, error=short, long_error=long)


@observing
def retried(request: Any, sender: Any = None, reason: Any = None, einfo: Any = None, **_: object) -> None:
    """A run ended by asking for another try."""
    if reason is None:  # a worker that stops cold gives up what it runs; nobody tries again, the end of its lease tells
        return
    short, long = _why(sender, getattr(reason, "exc", None) or reason, einfo)
    when = getattr(reason, "when", None)
    if isinstance(when, int | float):
        when = datetime.now(UTC) + timedelta(seconds=when)
    _ended(request.id, State.RETRY, error=short, long_error=long, eta=about.moment(when))


@observing
def revoked(request: Any, terminated: bool = False, signum: Any = None, expired: bool = False, **_: object) -> None:
    """A task was revoked, before or while it ran, or its time to start was over."""
    if expired:
        why = "It expired before it could start."
    elif terminated:
        why = f"It was stopped while it ran ({getattr(signum, 'name', signum) or 'terminated'})."
    else:
        why = "It was revoked before it started."
    _ended(request.id, State.REVOKED, message=why)


@observing
def unknown(name: str = "", id: str = "", **_: object) -> None:  # Celery's name
    """A worker received a task that it does not have."""
    if id:
        error = Error(type="NotRegistered", message=f"The worker that received it has no task {name!r}.")
        now = time.time()
        _report(Event(id=str(id), at=now, state=State.FAILURE, name=name, finished_at=now, error=error))


@observing
def left(task_id: str, state: str | None = None, retval: Any = None, **_: object) -> None:
    """The task's code is done, whatever came of it."""
    # Celery has no signal for these two, and for Phloem they are ends like others.
    if state == "REJECTED":
        reason = about.said(getattr(retval, "reason", None) or retval)
        _ended(task_id, State.REVOKED, message=f"It rejected its message: {reason}")
    elif state == "IGNORED":
        reason = about.said(retval) if retval is not None else ""
        _ended(
            task_id, State.REVOKED, message=f"It ended itself and asked for no result{reason and ': '}{reason or '.'}"
        )
    current_run.leave()
    logs.release()


@observing
def closing(**_: object) -> None:
    """The process ends: what is not yet recorded is sent."""
    global _lease
    _lease = None  # nobody speaks for it any more
    if (recorder := recorders.installed()) is not None:
        recorder.close(FAREWELL)


_HANDLERS = (
    (signals.beat_init, beat_starts),
    (signals.worker_init, worker_starts),
    (signals.worker_ready, worker_is_ready),
    (signals.before_task_publish, sending),
    (signals.after_task_publish, sent),
    (signals.task_received, received),
    (signals.task_prerun, started),
    (signals.task_success, succeeded),
    (signals.task_failure, failed),
    (signals.task_retry, retried),
    (signals.task_revoked, revoked),
    (signals.task_unknown, unknown),
    (signals.task_postrun, left),
    (signals.worker_process_shutdown, closing),
    (signals.worker_shutdown, closing),
)

_runs: OrderedDict[str, tuple[str, int]] = OrderedDict()  # token and attempt

_app: celery.Celery | None = None

_keep_calls = True

_lease: str | None = None  # of this worker; forked children inherit it


def _arguments(body: Any) -> tuple[Any, Any]:
    """Those of a message that this process sends."""
    return (body[0], body[1]) if isinstance(body, list | tuple) and len(body) >= 2 else (None, None)


def _task(name: Any) -> Any:
    """The task by this name, if this process has it. An app that is not complete yet is not completed for this."""
    return _app.tasks.get(name) if _app is not None and _app.finalized else None


def _why(task: Any, exception: BaseException, einfo: Any = None) -> tuple[Error, Error]:
    """Why there is to be another try, for lists and whole; without a traceback if the task says that it raises this."""
    short, long = about.errors(exception, str(einfo) if einfo is not None else None)
    return (short, short) if isinstance(exception, tuple(getattr(task, "throws", ()))) else (short, long)


def _instead(headers: Any, args: object, kwargs: object) -> dict[str, str]:
    return about.instead(_app, headers, args, kwargs) if _app is not None else {}


def _hold() -> None:
    """Has the recorder say from now on that this worker is there."""
    global _lease
    _lease = _lease or secrets.token_hex(8)
    if (recorder := recorders.installed()) is not None:
        recorder.hold(_lease)


def _report(event: Event) -> None:
    recorder = recorders.installed()
    assert recorder is not None
    recorder.report(event)


def _wait(run: Run) -> None:
    """Waits for the end of a run to be recorded: PATIENCE in all, since of one retry two signals tell."""
    beginning = time.monotonic()
    recorders.flush(max(0.0, PATIENCE - run.waited_seconds))
    run.waited_seconds += time.monotonic() - beginning


def _ended(task_id: str, state: State, **facts: Any) -> None:
    """Reports the end of a run, after the last that it said, and waits a moment for it to be recorded."""
    task_id = str(task_id)
    run = current_run.current()
    if run is not None and run.task_id != task_id:
        run = None
    if run is not None:
        run.end()
    token, attempt = (run.token, run.attempt) if run is not None else _runs.get(task_id, (None, 0))
    now = time.time()
    _report(
        Event(
            id=task_id,
            at=now,
            run=token,
            attempt=attempt,
            state=state,
            finished_at=None if state is State.RETRY else now,
            **facts,
        )
    )
    if run is not None:  # the main process has other things to do
        _wait(run)
