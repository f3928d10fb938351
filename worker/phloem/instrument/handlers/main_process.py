"""Handlers of a worker's main process: it receives messages, and sees what its children cannot report themselves."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from collections.abc import Iterable
from importlib import metadata
from typing import Any
from weakref import WeakValueDictionary

from phloem.instrument.arguments import has_own_strategy
from phloem.instrument.calls import handed, revocation
from phloem.instrument.calls.handed import LINGERS
from phloem.instrument.failures import errors
from phloem.instrument.handlers import unsent
from phloem.instrument.handlers.kept_calls import KeptCalls
from phloem.instrument.handlers.observer import Observer, Received
from phloem.instrument.handlers.requests import Requests
from phloem.instrument.handlers.successes import Begun, Successes
from phloem.instrument.messages import message, owners
from phloem.instrument.messages.headers import CALL, CREATED, OWNER, RECEIVED, RUN
from phloem.instrument.messages.routes import queue_name
from phloem.isolation import observing
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error
from phloem.record.stores.workers import WorkerFacts
from phloem.reporting.deferred import Deferred
from phloem.reporting.recorder import CLOSING_SECONDS, LINGER_SECONDS

_LEAVE_IT_RUNNING = frozenset(
    getattr(signal, name) for name in ("SIGUSR1", "SIGINT", "SIGCONT", "SIGWINCH", "SIGCHLD") if hasattr(signal, name)
)
"""Signals that end no child: the soft time limit, which the task may answer, and those that are ignored."""

_NOT_STARTED = "It was revoked before it started."


class MainProcess:
    """Sees a message received, and a task revoked or not known. Keeps the lease of the worker."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._calls = KeptCalls(observer)
        self._for_later: WeakValueDictionary[str, Any] = WeakValueDictionary()
        """Requests whose time had not come when they were received."""
        self._successes = Successes(observer.recorder)
        self._requests = Requests(self._succeeded, self._gave_back)

    @observing
    def worker_starts(self, **_: object) -> None:
        """A worker starts. Its children, which are forked later, answer under the same lease."""
        revocation.follow()
        self._observer.start_lease()

    @observing
    def worker_is_ready(self, sender: Any = None, **_: object) -> None:
        """A worker takes messages from now on. Celery logs it after this: who reads "ready" can launch its tasks."""
        # Only here: it looks at signatures, and processes that send tasks import this module as well.
        from phloem.instrument.forms.catalogue import catalogue_of

        revocation.follow()
        catalogue = functools.partial(catalogue_of, self._observer.app_of(sender))
        self._observer.hold_lease(_introduced(sender), catalogue)
        self._observer.tell_of_worker()

    @observing
    def received(self, request: Any, **_: object) -> None:
        """The worker received a message: a run begins.

        Its token travels to the child with the request, so that all processes report the same run.
        """
        observer, headers = self._observer, request.request_dict
        name = headers.get("task") or request.name  # the request is called by the sender's `shadow`, if there is one
        observer.hold_lease()  # a worker that is embedded in a test is never ready
        if not isinstance(request.id, str):  # a number, of another producer; Celery's result backends take texts alone
            request.id = headers["id"] = str(request.id)
        now = time.time()
        begun = functools.partial(self._begun, request, name, now, observer.lease)
        received = observer.receive(request.id, message.attempt(headers))
        # They reach the child as attributes of `task.request`; Celery has no public way to tell a child anything.
        headers[RUN], headers[RECEIVED] = received.token, now
        if CREATED not in headers:  # else the sender has added them, and knew better what it chose
            headers.update(observer.chosen_texts(headers, request.args, request.kwargs))
        if self._requests.hear(type(request)) and (parts := self._handed(request)) is not None:
            deferred = Deferred(begun)
            try:
                request.phloem_begun = deferred
            except AttributeError:  # of a class that lets nothing be added
                pass
            else:
                headers[CALL] = parts
                observer.recorder.defer(deferred, times=LINGERS)
                return
        headers.pop(CALL, None)  # a sender's: any may set it
        self._hear_omission(request, received)
        if (message.unix_time(request.eta) or 0) > now:
            with contextlib.suppress(TypeError):  # of a class that no weak reference can be made to
                self._for_later[request.id] = request
        observer.report(begun())

    def _begun(self, request: Any, name: str, now: float, lease: str | None) -> Event:
        """The event with which a run begins, whose message was received `now` by the worker with this lease."""
        observer, headers, args, kwargs = self._observer, request.request_dict, request.args, request.kwargs
        retries, eta = headers.get("retries") or 0, message.unix_time(request.eta)
        waits = retries > 0 and eta is not None and eta > now
        return Event(
            id=request.id,
            at=now,
            run=headers[RUN],
            state=State.RETRY if waits else State.RECEIVED,
            begins=True,
            lease=lease,
            attempt=message.attempt(headers),
            call=self._call(request, name),
            received_at=now,
            created_at=message.header_time(headers.get(CREATED)),
            retries=retries,
            eta=eta,
            expires=message.unix_time(request.expires),
            worker=message.plain_text(request.hostname),
            release=observer.release,
            **message.delivery(observer.app_of(request), request.delivery_info),
            **observer.description(name, headers, args, kwargs),
        )

    def _call(self, request: Any, name: str) -> bytes | None:
        sent = getattr(request, "message", None)
        return self._calls.of(sent, request.id, name, request.request_dict, request.args, request.kwargs)

    def _handed(self, request: Any) -> tuple[Any, ...] | None:
        """The parts of the message for the child, which tells all that the event of `_begun` does if it soon tells how
        the run ended. None where it may not know all of it.
        """
        sent = getattr(request, "message", None)
        if sent is None or has_own_strategy(getattr(request, "task", None)):  # whose code gets the requests themselves
            return None
        return handed.handed(sent, request)

    @observing
    def _succeeded(self, request: Any, outcome: Any) -> None:
        """A task has succeeded in a child, or in this process where there are none."""
        if not isinstance(outcome, tuple) or outcome[0]:  # a pool of threads may hand over an error alone
            return
        deferred = getattr(request, "phloem_begun", None)
        if deferred is None:
            return
        headers, now = request.request_dict, time.time()
        token, received_at = headers[RUN], headers[RECEIVED]
        if now - received_at < LINGERS * LINGER_SECONDS:  # then the child tells it
            deferred.drop()
        self._observer.forget(request.id, token)
        run = Begun(request.id, token, message.attempt(headers), str(headers.get("task")), received_at)
        self._successes.add(run, getattr(request, "worker_pid", None) or os.getpid(), now)

    @observing
    def _gave_back(self, request: Any) -> None:
        """The message of a request goes back to the broker."""
        headers = request.request_dict
        if RUN not in headers:  # it was received while nothing was attached
            return
        received = Received(headers[RUN], message.attempt(headers))
        self._observer.report_gave_back(str(request.id), received, "Its message was given back.")

    def _hear_omission(self, request: Any, received: Received) -> None:
        """Hears that a message which came again is left out, because its task has succeeded. Celery has no signal.

        A worker with `worker_deduplicate_successful_tasks` does that.
        """
        conf = getattr(getattr(request, "app", None), "conf", None)
        if not (
            request.delivery_info.get("redelivered") and getattr(conf, "worker_deduplicate_successful_tasks", False)
        ):
            return
        ended = request.on_success

        @functools.wraps(ended)
        def on_success(outcome: Any, **kwargs: Any) -> Any:
            failed, _, seconds = outcome
            if not failed and seconds is None:
                self._left_out(str(request.id), received)
            return ended(outcome, **kwargs)

        request.on_success = on_success

    def _left_out(self, task_id: str, received: Received) -> None:
        now = time.time()
        self._observer.report(
            Event(
                id=task_id,
                at=now,
                run=received.token,
                attempt=received.attempt,
                state=State.SUCCESS,
                finished_at=now,
                message="It had succeeded before; its message came again.",
            )
        )

    @observing
    def told_to_revoke(self, task_ids: Iterable[str], **_: object) -> None:
        """The worker was told to revoke tasks. Those that wait are over, though their messages may still be held."""
        now = time.time()
        for task_id in task_ids:
            self._observer.report(
                Event(id=task_id, at=now, state=State.REVOKED, if_waits=True, finished_at=now, message=_NOT_STARTED)
            )
            request = self._for_later.get(task_id)
            if request is not None and not getattr(request, "time_start", None):
                follows = unsent.after(request._context)  # as Celery hands it to its result backend
                with owners.on_behalf_of(owners.told(request.request_dict.get(OWNER))):
                    for event in unsent.ends(follows, State.REVOKED, unsent.REVOKED):
                        self._observer.report(event)

    @observing
    def revoked(
        self, request: Any, terminated: bool = False, signum: Any = None, expired: bool = False, **_: object
    ) -> None:
        """A task was revoked before it started or while it ran, or it expired."""
        if expired:
            why = "It expired before it could start."
        elif terminated:
            if signum in _LEAVE_IT_RUNNING:
                return
            why = f"It was stopped while it ran ({getattr(signum, 'name', signum) or 'terminated'})."
        else:
            why = _NOT_STARTED
        name = str(getattr(request, "task", None) or "")
        call = self._calls.dropped(revocation.dropped(), str(request.id), name)
        self._observer.report_end(request.id, State.REVOKED, message=why, call=call)

    @observing
    def unknown(self, message: Any = None, name: str = "", id: str = "", **_: object) -> None:  # Celery's names
        """A worker received a task that it does not have."""
        if id:
            error = Error(type="NotRegistered", message=f"The worker that received it has no task {name!r}.")
            now = time.time()
            call = self._calls.dropped(message, str(id), name)
            owner = owners.told((getattr(message, "headers", None) or {}).get(OWNER))
            self._observer.report(
                Event(
                    id=str(id),
                    at=now,
                    state=State.FAILURE,
                    name=name,
                    owner=owner,
                    finished_at=now,
                    error=error,
                    call=call,
                )
            )
            with owners.on_behalf_of(owner):
                for event in unsent.ends(unsent.in_message(message), State.FAILURE, unsent.FAILED, (error, error)):
                    self._observer.report(event)

    @observing
    def refused(self, message: Any = None, exc: Any = None, **_: object) -> None:  # the parameter is Celery's
        """A worker received a message that it cannot make a task of."""
        headers = getattr(message, "headers", None) or {}
        task_id = headers.get("id")
        if task_id is None or exc is None:
            return
        short, long = errors(exc)
        now = time.time()
        self._observer.report(
            Event(id=str(task_id), at=now, state=State.FAILURE, finished_at=now, error=short, long_error=long)
        )

    @observing
    def closing(self, **_: object) -> None:
        """The worker, or one of its children, ends: what is not recorded yet is sent."""
        if not self._observer.in_child():  # which inherits them, and none of its siblings is a child of its own
            self._successes.check(patience=0.0)
        self._observer.end_lease()
        self._observer.recorder.close(CLOSING_SECONDS)


def _introduced(consumer: Any) -> WorkerFacts | None:
    """What a worker says of itself, by its consumer, which Celery sends along; None where that is another thing."""
    name = getattr(consumer, "hostname", None)
    if not isinstance(name, str):
        return None
    pool = getattr(consumer, "pool", None)
    slots = getattr(pool, "limit", None)
    queues = getattr(getattr(consumer, "task_consumer", None), "queues", None) or ()
    return WorkerFacts(
        name=name,
        pid=os.getpid(),
        since=time.time(),
        pool=type(pool).__module__.rpartition(".")[2] if pool is not None else None,
        slots=slots if isinstance(slots, int) else None,
        queues=tuple(sorted({queue_name(queue) for queue in queues})),
        version=_version(),
    )


def _version() -> str:
    """The version of the library; empty where it runs from a folder that was never installed."""
    try:
        return metadata.version("phloem")
    except metadata.PackageNotFoundError:
        return ""
