"""Handlers of a process that runs tasks: a child of a worker, or the worker itself in a pool without processes."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from phloem.instrument import message, output
from phloem.instrument.failures import failure, retry_reason, text_of
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.headers import CREATED, RECEIVED, RUN
from phloem.isolation import observing
from phloem.model.event import Event
from phloem.model.state import State
from phloem.progress import current
from phloem.progress.run import Run
from phloem.redaction import short_and_long


class ChildProcess:
    """Sees a task start and end."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    @observing
    def started(self, task_id: str, task: Any, args: Any, kwargs: Any, **_: object) -> None:
        """A run starts in this process."""
        request = task.request
        token, attempt = request.get(RUN) or secrets.token_hex(8), message.attempt(vars(request))
        current.enter(Run(str(task_id), token, self._observer.recorder, attempt))
        output.capture()
        now = time.time()
        self._observer.report(
            Event(
                id=str(task_id),
                at=now,
                run=token,
                state=State.STARTED,
                lease=self._observer.lease,
                attempt=attempt,
                started_at=now,
                received_at=message.header_time(request.get(RECEIVED)),
                created_at=message.header_time(request.get(CREATED)),
                retries=request.get("retries") or 0,
                worker=message.plain_text(request.get("hostname")),
                queue=message.plain_text((request.get("delivery_info") or {}).get("routing_key")),
                **message.identity(request.get("shadow") or task.name, vars(request)),
                **message.argument_texts(args, kwargs, vars(request), task),
            )
        )

    @observing
    def succeeded(self, sender: Any, result: Any, **_: object) -> None:
        """A run ended with a result."""
        short, long = short_and_long(result)
        self._observer.report_end(sender.request.id, State.SUCCESS, result=short, long_result=long)

    @observing
    def failed(self, sender: Any, task_id: str, exception: BaseException, einfo: Any = None, **_: object) -> None:
        """A run ended with an error. The main process reports it where the child was killed or died."""
        short, long = failure(exception, sender, _text_or_none(einfo))
        self._observer.report_end(task_id, State.FAILURE, error=short, long_error=long)

    @observing
    def retried(self, request: Any, sender: Any = None, reason: Any = None, einfo: Any = None, **_: object) -> None:
        """A run ended by asking for another try."""
        if reason is None:  # a worker that stops cold gives up its tasks; nothing tries again, its lease will end
            return
        short, long = retry_reason(getattr(reason, "exc", None) or reason, sender, _text_or_none(einfo))
        when = getattr(reason, "when", None)
        if isinstance(when, int | float):
            when = datetime.now(UTC) + timedelta(seconds=when)
        self._observer.report_end(request.id, State.RETRY, error=short, long_error=long, eta=message.unix_time(when))

    @observing
    def left(self, task_id: str, state: str | None = None, retval: Any = None, **_: object) -> None:
        """The task's code has ended, however it did."""
        # Celery has no signal for these two, which are ends like others.
        if state == "REJECTED":
            reason = text_of(getattr(retval, "reason", None) or retval)
            self._observer.report_end(task_id, State.REVOKED, message=f"It rejected its message: {reason}")
        elif state == "IGNORED":
            reason = text_of(retval) if retval is not None else ""
            why = f"It ended itself and asked for no result{reason and ': '}{reason or '.'}"
            self._observer.report_end(task_id, State.REVOKED, message=why)
        current.leave()
        output.release()


def _text_or_none(einfo: Any) -> str | None:
    return None if einfo is None else str(einfo)
