"""Handlers of a process that runs tasks: a child of a worker, or the worker itself in a pool without processes."""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

from phloem.instrument import output
from phloem.instrument.calls.call import FOLLOW
from phloem.instrument.calls.handed import LINGERS
from phloem.instrument.failures import failure, retry_reason
from phloem.instrument.handlers import batches
from phloem.instrument.handlers.endings import Endings, has_succeeded
from phloem.instrument.handlers.execution import Execution, execution
from phloem.instrument.handlers.kept_calls import KeptCalls
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.messages import headers, message, owners
from phloem.instrument.messages.headers import CALL, CREATED, LABEL, OWNER, RECEIVED, RUN
from phloem.isolation import observing
from phloem.model.event import Event
from phloem.model.state import State
from phloem.progress import current
from phloem.redaction import are_single, is_single, short_and_long
from phloem.reporting.deferred import Deferred
from phloem.reporting.recorder import LINGER_SECONDS

_just_left: ContextVar[Execution | None] = ContextVar("phloem_just_left", default=None)
"""The run that was left last: Celery tells of an error outside the task's code only then."""


class ChildProcess:
    """Sees a task start and end."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._endings = Endings(observer)

    @observing
    def started(self, task_id: str, task: Any, args: Any, kwargs: Any, **_: object) -> None:
        """A run starts in this process."""
        observer, context = self._observer, task.request
        request = headers.hide(context)
        now = time.time()
        recorder = observer.recorder
        run = Execution(str(task_id), request.get(RUN) or secrets.token_hex(8), recorder, message.attempt(request))
        run.request = request
        eager = run.eager
        if eager and (owner := self._owner_of_eager(run, request, task, args, kwargs)) is not None:
            request[OWNER] = owner
        run.owner = owners.told(request.get(OWNER))
        if (eager or observer.labels is not None) and (label := self._label(run, request, task, args, kwargs)):
            request[LABEL] = label
        # Told together with its end, if that comes soon: then much less is done for a short task, and for many of them
        # at once. What is told later must not change until then, as what follows a task does: Celery takes from a chain
        # what it sends.
        waits = (
            CALL in request
            and recorder.lingers
            and are_single(args)
            and are_single(kwargs)
            and not any(map(request.get, FOLLOW))
        )
        if waits:
            args, kwargs = [*args], {**kwargs}  # the task has these as well: `task.request.kwargs`
        run.describe = functools.partial(  # type: ignore[method-assign]
            observer.description, task.name, request, args, kwargs, task=task
        )
        start = _Start(observer, run, task, observer.lease_for(run), now)
        current.enter(run)
        output.capture()
        if members := batches.members(task_id, context, args):
            run.members = members
            run.owner = owners.common(member.get(OWNER) for member in members)
            for member in members:
                self._started_in_batch(member, start.lease, now)
        if waits:
            deferred = Deferred(start.event)
            recorder.defer(deferred)
            run.start = deferred, start  # not before: the soft time limit may strike meanwhile
        else:
            observer.report(start.event())

    def _owner_of_eager(
        self, run: Execution, request: Mapping[str, Any], task: Any, args: Any, kwargs: Any
    ) -> str | None:
        """The owner of a task of which there is no message: it is sent and started at once."""
        for earlier in (execution(), _just_left.get()):
            if request.get("retries") and earlier is not None and earlier.task_id == run.task_id:
                return earlier.owner  # this is its next try
        given = request.get("headers")
        given = given.get(OWNER) if isinstance(given, Mapping) else None
        return self._observer.owners.of_sent(given, task.name, args, kwargs)

    def _label(self, run: Execution, request: Mapping[str, Any], task: Any, args: Any, kwargs: Any) -> str | None:
        """What the task is called whose message does not say it: another producer sent it, or it runs eagerly."""
        given = request.get("headers") if run.eager else None
        if isinstance(given, Mapping) and given.get(LABEL):
            return str(given[LABEL])
        return self._observer.label_asked(task.name, request, args, kwargs, task)

    def _started_in_batch(self, member: Mapping[str, Any], lease: str | None, now: float) -> None:
        self._observer.report(
            Event(
                id=str(member["id"]),
                at=now,
                run=member.get(RUN),
                state=State.STARTED,
                lease=lease,
                attempt=message.attempt(member),
                started_at=now,
            )
        )

    @observing
    def failed(self, sender: Any, task_id: str, exception: BaseException, einfo: Any = None, **_: object) -> None:
        """A run ended with an error. The main process reports it where the child was killed or died."""
        short, long = failure(exception, sender, _text_or_none(einfo), _known())
        self._observer.report_end(task_id, State.FAILURE, error=short, long_error=long)

    @observing
    def retried(self, request: Any, sender: Any = None, reason: Any = None, einfo: Any = None, **_: object) -> None:
        """A run ended by asking for another try."""
        if reason is None:  # a worker that lost its broker, or stops cold, gives up its tasks
            self._endings.given_up(request, sender)
            return
        short, long = retry_reason(getattr(reason, "exc", None) or reason, sender, _text_or_none(einfo), known=_known())
        when = getattr(reason, "when", None)
        if isinstance(when, int | float):
            when = datetime.now(UTC) + timedelta(seconds=when)
        run = execution(request.id)
        lease = self._observer.lease_for(run) if run is not None and run.eager else None  # no message waits for it
        self._observer.report_end(
            request.id, State.RETRY, error=short, long_error=long, eta=message.unix_time(when), lease=lease
        )

    @observing
    def replaced(self, sender: Any, name: Any, **_: object) -> None:
        """The task that runs here has sent what goes on in its place."""
        if (run := execution(sender.request.id)) is not None:
            run.replaced_by = message.plain_text(name) or ""

    @observing
    def left(self, task_id: str, task: Any = None, state: Any = None, retval: Any = None, **_: object) -> None:
        """The task's code has ended, however it did."""
        run, in_child = execution(task_id), self._observer.in_child()
        try:
            if run is not None:
                for member in run.members:
                    self._endings.in_batch(member, state)
                if not (run.reported or self._ended_at_once(run, state, retval)):
                    self._endings.unsignalled(run, task, state, retval)
                if run.reported and (not in_child or _is_waited_for(run, task, state)):
                    # Here, after Celery has logged how it ended, so that its log is not held up.
                    self._observer.wait_for_record(run)
            elif state == State.SUCCESS and has_succeeded(run):  # its start could not be told
                short, long = short_and_long(retval, known=_known())
                self._observer.report_end(task_id, State.SUCCESS, result=short, long_result=long)
        finally:
            _just_left.set(run)
            if run is not None or execution() is None:  # else it is another one: the start of this could not be told
                current.leave()
            if not in_child:  # where nothing but tasks runs, the next one would hear them again
                output.release()
            if run is not None:
                run.stored, run.start, run.members = None, None, ()  # what the task returned may be large
                if run.borrows_lease:
                    self._observer.recorder.give_back()

    def _ended_at_once(self, run: Execution, state: Any, result: object) -> bool:
        """Tells a success together with the start of the run. False if there is none, or the start was told before."""
        if run.start is None or state != State.SUCCESS or not has_succeeded(run) or not is_single(result):
            return False
        (deferred, start), run.start = run.start, None
        run.end(succeeded=True)
        now = time.time() if run.stored is None else run.stored.at
        run.reported = self._observer.recorder.replace(deferred, start.ends(result, now))
        return run.reported

    @observing
    def broke(
        self, task_id: str, exception: Any, request: Any = None, sender: Any = None, einfo: Any = None, **_: object
    ) -> None:
        """Something failed outside the task's code: its end could not be stored, or a callback raised.

        Where an eager task raises into its caller, this is all that Celery tells of it.
        """
        run = _just_left.get()
        if run is not None and run.task_id != str(task_id):
            run = None
        if run is None or not run.reported:
            self._endings.broke(str(task_id), run, request, exception, sender, _text_or_none(einfo))


class _Start:
    """That a run started, as long as that is not told."""

    __slots__ = ("_at", "_observer", "_run", "_task", "lease")

    def __init__(self, observer: Observer, run: Execution, task: Any, lease: str, at: float) -> None:
        self._observer = observer
        self._run = run
        self._task = task
        self._at = at
        self.lease = lease

    def event(self) -> Event:
        """The event that it started."""
        return self._event(at=self._at, state=State.STARTED)

    def ends(self, result: object, now: float) -> Callable[[], Event]:
        """What makes the event that it started, and ended with this result at the time `now`."""
        return functools.partial(self._whole, result, now)

    def _whole(self, result: object, now: float) -> Event:
        short, long = short_and_long(result, known=self._run.veil.known)
        return self._event(at=now, state=State.SUCCESS, finished_at=now, result=short, long_result=long)

    def _event(self, **own: Any) -> Event:
        """An event of the run, with what both tell and with fields of its own."""
        run, request = self._run, self._run.request
        received_at = message.header_time(request.get(RECEIVED))
        return Event(
            id=run.task_id,
            run=run.token,
            lease=self.lease,
            attempt=run.attempt,
            started_at=self._at,
            received_at=received_at,
            call=self._call(request, received_at),
            created_at=message.header_time(request.get(CREATED)),
            retries=request.get("retries") or 0,
            worker=message.plain_text(request.get("hostname")),
            release=self._observer.release,
            **message.delivery(self._observer.app_of(self._task), request.get("delivery_info") or {}),
            **run.description,
            **own,
        )

    def _call(self, request: Mapping[str, Any], received_at: float | None) -> bytes | None:
        """The call that the main process leaves to this one to tell, unless it does so itself by now."""
        parts = request.get(CALL)
        soon = received_at is not None and self._at - received_at < LINGERS * LINGER_SECONDS
        if parts is None or not soon or not self._observer.in_child():
            return None
        return KeptCalls(self._observer).handed(parts, request)


def _is_waited_for(run: Execution, task: Any, state: Any) -> bool:
    """Whether the end of a run has to be recorded before the child goes on.

    A success of a task whose message was acknowledged before it started is told by the child a moment later, with
    others; if the child dies until then, by the main process, which hears of it as well.
    """
    told_together = state == State.SUCCESS and run.success_is_heard and not getattr(task, "acks_late", False)
    return not told_together or run.eager


def _known() -> tuple[str, ...]:
    """What the run that ends was given as secrets."""
    run = current.current()
    return () if run is None else run.veil.known


def _text_or_none(einfo: Any) -> str | None:
    return None if einfo is None else str(einfo)
