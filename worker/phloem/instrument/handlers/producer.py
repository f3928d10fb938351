"""Handlers of a process that sends tasks: a producer, beat, and a task that sends others or its own next try."""

from __future__ import annotations

import sys
import time
from typing import Any

from phloem.instrument import beat, message
from phloem.instrument.failures import retry_reason
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.headers import CHOSEN_TEXTS, CREATED, RECEIVED, RUN, SCHEDULE
from phloem.isolation import observing
from phloem.model.event import Event
from phloem.model.state import State
from phloem.progress.current import current


class Producer:
    """Sees a message sent."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    @observing
    def beat_starts(self, sender: Any, **_: object) -> None:
        """Beat starts: what it sends is to name its entry of the schedule."""
        beat.follow(sender.scheduler)

    @observing
    def sending(self, headers: Any = None, body: Any = None, **_: object) -> None:
        """A message is about to be sent: it gets its headers.

        If it is the next try of the task that runs here, that is reported first, so that the record has it before the
        message can be received.
        """
        if not headers:
            return
        for header in (RUN, RECEIVED):
            headers.pop(header, None)  # Celery sends the headers of a task with its next try
        if not headers.get("retries"):
            # Whichever process reports the task first can tell since when it waits.
            headers.setdefault(CREATED, time.time())
            if (entry := beat.entry()) is not None:
                headers[SCHEDULE] = entry
            for header in CHOSEN_TEXTS.values():
                headers.pop(header, None)
        headers.update(self._observer.chosen_texts(headers, *_arguments(body)))
        if headers.get("retries"):
            self._report_retry(headers)

    @observing
    def sent(
        self, sender: Any = None, headers: Any = None, body: Any = None, routing_key: Any = None, **_: object
    ) -> None:
        """A message was sent: the task waits in its queue."""
        if not headers or "id" not in headers or headers.get("retries"):
            return
        args, kwargs = _arguments(body)
        created = message.header_time(headers.get(CREATED)) or time.time()
        self._observer.report(
            Event(
                id=str(headers["id"]),
                at=created,
                state=State.PENDING,
                created_at=created,
                queue=message.plain_text(routing_key),
                call=self._observer.original_call(args, kwargs, headers),
                eta=message.unix_time(headers.get("eta")),
                expires=message.unix_time(headers.get("expires")),
                **message.identity(headers.get("shadow") or sender, headers),
                **message.argument_texts(args, kwargs, headers, self._observer.task(sender)),
            )
        )

    def _report_retry(self, headers: Any) -> None:
        run = current()
        if run is None or str(headers.get("id")) != run.task_id:
            return
        reason = sys.exc_info()[1]
        task = self._observer.task(headers.get("task"))
        short, long = retry_reason(reason, task) if reason is not None else (None, None)
        run.end()
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


def _arguments(body: Any) -> tuple[Any, Any]:
    """The arguments in the body of a message; None where they are not known."""
    return (body[0], body[1]) if isinstance(body, list | tuple) and len(body) >= 2 else (None, None)
