"""Handlers of a worker's main process: it receives messages, and sees what its children cannot report themselves."""

from __future__ import annotations

import time
from typing import Any

from phloem.instrument import message
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.headers import CREATED, RECEIVED, RUN
from phloem.isolation import observing
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error

CLOSING_SECONDS = 2.0
"""How long a process that ends tries to send what is left."""


class MainProcess:
    """Sees a message received, and a task revoked or not known. Keeps the lease of the worker."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    @observing
    def worker_starts(self, **_: object) -> None:
        """A worker starts. Its children, which are forked later, answer under the same lease."""
        self._observer.start_lease()

    @observing
    def worker_is_ready(self, **_: object) -> None:
        """A worker takes messages from now on."""
        self._observer.hold_lease()

    @observing
    def received(self, request: Any, **_: object) -> None:
        """The worker received a message: a run begins.

        Its token travels to the child with the request, so that all processes report the same run.
        """
        observer, headers = self._observer, request.request_dict
        if observer.lease is None:  # Phloem was attached after the worker was ready
            observer.hold_lease()
        attempt = message.attempt(headers)
        token = observer.receive(str(request.id), attempt)
        now = time.time()
        # They reach the child as attributes of `task.request`; Celery has no public way to tell a child anything.
        headers.update({RUN: token, RECEIVED: now})
        if CREATED not in headers:  # else the sender has added them, and knew better what it chose
            headers.update(observer.chosen_texts(headers, request.args, request.kwargs))
        retries = headers.get("retries") or 0
        eta = message.unix_time(request.eta)
        waits = retries > 0 and eta is not None and eta > now
        observer.report(
            Event(
                id=str(request.id),
                at=now,
                run=token,
                state=State.RETRY if waits else State.RECEIVED,
                begins=True,
                lease=observer.lease,
                attempt=attempt,
                call=observer.original_call(request.args, request.kwargs, headers),
                received_at=now,
                created_at=message.header_time(headers.get(CREATED)),
                retries=retries,
                eta=eta,
                expires=message.unix_time(request.expires),
                worker=message.plain_text(request.hostname),
                queue=message.plain_text(request.delivery_info.get("routing_key")),
                **message.identity(request.name, headers),
                **message.argument_texts(request.args, request.kwargs, headers, observer.task(request.name)),
            )
        )

    @observing
    def revoked(
        self, request: Any, terminated: bool = False, signum: Any = None, expired: bool = False, **_: object
    ) -> None:
        """A task was revoked before it started or while it ran, or it expired."""
        if expired:
            why = "It expired before it could start."
        elif terminated:
            why = f"It was stopped while it ran ({getattr(signum, 'name', signum) or 'terminated'})."
        else:
            why = "It was revoked before it started."
        self._observer.report_end(request.id, State.REVOKED, message=why)

    @observing
    def unknown(self, name: str = "", id: str = "", **_: object) -> None:  # the parameter is Celery's
        """A worker received a task that it does not have."""
        if id:
            error = Error(type="NotRegistered", message=f"The worker that received it has no task {name!r}.")
            now = time.time()
            self._observer.report(
                Event(id=str(id), at=now, state=State.FAILURE, name=name, finished_at=now, error=error)
            )

    @observing
    def closing(self, **_: object) -> None:
        """The worker, or one of its children, ends: what is not recorded yet is sent."""
        self._observer.end_lease()
        self._observer.recorder.close(CLOSING_SECONDS)
