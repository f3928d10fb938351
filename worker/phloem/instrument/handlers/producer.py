"""Handlers of a process that sends tasks: a producer, beat, and a task that sends others or its own next try."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple

from phloem.instrument import beat
from phloem.instrument.failures import retry_reason
from phloem.instrument.handlers.execution import Execution, execution
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.messages import message, routes
from phloem.instrument.messages.headers import CHOSEN_TEXTS, CREATED, LABEL, OF_A_DELIVERY, OWNER, SCHEDULE
from phloem.isolation import observing
from phloem.model.event import Event
from phloem.model.state import State
from phloem.redaction import are_single
from phloem.reporting.deferred import Deferred


class _Sending(NamedTuple):
    """What Celery tells before it sends a message, and not afterwards. `headers` are those of the message."""

    headers: Any = None
    declared: Sequence[Any] | None = None
    priority: Any = None


_SEQUENCES = (tuple, list)

_sending: ContextVar[_Sending | None] = ContextVar("phloem_sending", default=None)


class Producer:
    """Sees a message sent."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    @observing
    def beat_starts(self, sender: Any, **_: object) -> None:
        """Beat starts: what it sends is to name its entry of the schedule."""
        beat.follow(sender.scheduler)

    @observing
    def sending(
        self, headers: Any = None, body: Any = None, declare: Any = None, properties: Any = None, **_: object
    ) -> None:
        """A message is about to be sent: it gets its headers.

        If it is the next try of the task that runs here, that is reported first, so that the record has it before the
        message can be received.
        """
        if not headers:
            return
        _sending.set(_Sending(headers, declare, (properties or {}).get("priority")))
        run, retries, given = execution(), headers.get("retries"), _arguments(body)
        own = run is not None and run.task_id == str(headers.get("id"))
        for header in OF_A_DELIVERY:
            headers.pop(header, None)
        if own and run is not None:
            headers.update(run.carried)
            if run.label is not None:
                headers[LABEL] = run.label
        else:
            if run is not None:
                for header, said in run.carried.items():
                    if headers.get(header) == said:  # what runs here sends on what it was sent with
                        headers.pop(header, None)
            owner = self._observer.owners.of_sent(headers.pop(OWNER, None), headers.get("task"), *given)
            if owner is not None:
                headers[OWNER] = owner
            if label := self._observer.label_asked(headers.get("task"), headers, *given):
                headers[LABEL] = label
        if not retries:
            # Whichever process reports the task first can tell since when it waits.
            headers[CREATED] = time.time()
            if (entry := beat.entry()) is not None:
                headers[SCHEDULE] = entry
            for header in CHOSEN_TEXTS.values():
                headers.pop(header, None)
        if chosen := self._observer.chosen_texts(headers, *given):
            headers.update(chosen)
        if own and run is not None:
            if retries:
                self._report_retry(run, headers)
            else:  # what goes on in its place: the record knows the task by what it was first
                self._observer.wait_for_record(run)

    @observing
    def sent(
        self,
        sender: Any = None,
        headers: Any = None,
        body: Any = None,
        exchange: Any = None,
        routing_key: Any = None,
        **_: object,
    ) -> None:
        """A message was sent: the task waits in its queue."""
        if (said := _said(headers, body)) is None:
            return
        told = _sending.get()
        if told is None or told.headers is not headers:
            told = _Sending()
        if (run := execution(said["id"])) is not None:
            # Another message of the task that runs here: its next try, or what takes its place.
            run.tries_again = bool(said.get("retries"))
            if not run.tries_again:
                run.replaced_by = run.replaced_by or ""
                run.queue = self._queue(said, exchange, routing_key, told)
            return
        if said.get("retries"):
            return
        args, kwargs = _arguments(body)
        recorder = self._observer.recorder
        waits = recorder.lingers and are_single(args) and are_single(kwargs)
        if waits:
            args, kwargs = [*args], {**kwargs}  # who sends may change these for the next task
        make = functools.partial(self._sent, sender, said, args, kwargs, exchange, routing_key, told, time.time())
        if waits:
            recorder.defer(Deferred(make, complete=True))
        else:
            recorder.report(make())

    def _sent(
        self,
        sender: Any,
        said: Mapping[str, Any],
        args: object,
        kwargs: object,
        exchange: Any,
        routing_key: Any,
        told: _Sending,
        now: float,
    ) -> Event:
        """The event that a message was sent."""
        created = message.header_time(said.get(CREATED)) or now
        return Event(
            id=str(said["id"]),
            at=created,
            state=State.PENDING,
            created_at=created,
            queue=self._queue(said, exchange, routing_key, told),
            exchange=message.plain_text(routes.exchange_name(exchange)),
            priority=message.whole_number(told.priority),
            eta=message.unix_time(said.get("eta")),
            expires=message.unix_time(said.get("expires")),
            **self._observer.description(sender, said, args, kwargs),
        )

    def _queue(self, said: Mapping[str, Any], exchange: Any, routing_key: Any, told: _Sending) -> str | None:
        if not exchange:  # the one without a name
            return message.plain_text(routing_key)
        app = self._observer.app_of(self._observer.task(said.get("task")))
        return message.plain_text(routes.queue_sent_to(app, exchange, routing_key, told.declared))

    def _report_retry(self, run: Execution, headers: Any) -> None:
        reason = sys.exc_info()[1]
        task = self._observer.task(headers.get("task"))
        short, long = retry_reason(reason, task, known=run.veil.known) if reason is not None else (None, None)
        run.settle()  # the task may go on (`throw=False`), and then ends as it does
        self._observer.report(
            Event(
                id=run.task_id,
                at=time.time(),
                run=run.token,
                attempt=run.attempt,
                state=State.RETRY,
                lease=self._observer.lease,  # this worker answers for it until the message is sent
                eta=message.unix_time(headers.get("eta")),
                error=short,
                long_error=long,
            )
        )
        self._observer.wait_for_record(run)


def _said(headers: Any, body: Any) -> Mapping[str, Any] | None:
    """What a message says of its task: in its headers, or by Celery's first protocol in its body."""
    if type(headers) is dict and "id" in headers:  # nearly always
        return headers
    return next((part for part in (headers, body) if isinstance(part, Mapping) and "id" in part), None)


def _arguments(body: Any) -> tuple[Any, Any]:
    """The arguments in the body of a message; None where they are not known."""
    if isinstance(body, _SEQUENCES):  # nearly always
        return (body[0], body[1]) if len(body) >= 2 else (None, None)
    return (body.get("args"), body.get("kwargs")) if isinstance(body, Mapping) else (None, None)
