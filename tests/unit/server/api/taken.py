"""Tasks that a worker took from the broker in memory, and that have ended: the record has kept their messages."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from celery import signals
from celery.worker.strategy import default
from kombu.serialization import loads
from werkzeug.test import TestResponse

from phloem.instrument.calls import revocation
from phloem.instrument.handlers.main_process import MainProcess
from phloem.instrument.handlers.observer import Observer
from phloem.model.event import Event
from phloem.model.state import State
from phloem.reporting.recorder import Recorder
from tests.unit.server.api.served import Served


class _Consumer(SimpleNamespace):
    __hash__ = object.__hash__  # type: ignore[assignment]  # as Celery's own


class Taken(Served):
    """A server, and a worker that takes messages as Celery's does, and runs nothing."""

    def __init__(self, folder: Path, **conf: Any) -> None:
        super().__init__(folder)
        self.celery.conf.update(accept_content=["json"], **conf)
        self.celery.task(name="any", shared=False)(any_arguments)
        self.celery.task(name="sign_in", shared=False)(sign_in)
        self.recorder = Recorder(lambda: self.channel)
        self.main = MainProcess(Observer(self.celery, self.recorder))
        revocation.follow()
        self.requests: deque[Any] = deque()
        self._ends = 0

    def take(self, queue: str = "celery") -> Any:
        """Takes the message that waits in a queue, as a worker that accepts everything. The request that it makes."""
        with self.celery.connection_for_read() as connection:
            message = connection.SimpleQueue(queue).get(block=False)
            message.ack()
            message.accept = None
            _force(message)
            named = message.headers.get("task")
            strategy = default(self.celery.tasks[named or message.payload["task"]], self.celery, self._consumer())
            signals.task_received.connect(self._received)
            signals.task_revoked.connect(self._revoked)
            try:
                strategy(message, None if named else message.payload, lambda *_: None, lambda *_: None, ())
            finally:
                signals.task_received.disconnect(self._received)
                signals.task_revoked.disconnect(self._revoked)
        request = self.requests.pop()
        assert self.recorder.flush(5)
        return request

    def ended(self, queue: str = "celery") -> Any:
        """Takes the message, after which its task has failed. The request."""
        request = self.take(queue)
        self.end(str(request.id))
        return request

    def end(self, task_id: str) -> None:
        """The task has failed."""
        self._ends += 1
        self.channel.record(
            [Event(id=task_id, at=time.time(), source="end", seq=self._ends, state=State.FAILURE, name="any")]
        )

    def retry(self, task_id: str, **body: Any) -> TestResponse:
        """Asks for another run."""
        return self.client.post(f"/api/v1/tasks/{task_id}/retry", **({"json": body} if body else {}))

    def again(self, task_id: str, *, queue: str = "celery", to: str | None = None, **body: Any) -> Any:
        """Another run, as the worker takes it from `queue`. It is told to go `to` a queue, if any. The request."""
        answer = self.retry(task_id, **body, **({"queue": to} if to else {}))
        assert answer.status_code == 202, answer.text
        request = self.take(queue)
        assert request.id == answer.get_json()["id"]
        return request

    def kept(self, task_id: str) -> Any:
        """What is kept, for a person."""
        answer = self.client.get(f"/api/v1/tasks/{task_id}/call")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def close(self) -> None:
        """Ends it."""
        self.recorder.close(2)
        self.celery.close()

    def _received(self, request: Any, **_: Any) -> None:
        self.main.received(request)

    def _revoked(self, request: Any, **how: Any) -> None:
        self.main.revoked(request, **how)
        self.requests.append(request)

    def _consumer(self) -> Any:
        return _Consumer(
            hostname="w@here",
            connection_errors=(),
            event_dispatcher=None,
            timer=SimpleNamespace(call_at=lambda _, __, args, **___: self.requests.append(args[0])),
            apply_eta_task=None,
            disable_rate_limits=True,
            task_buckets={},
            on_task_request=self.requests.append,
            _limit_task=None,
            _limit_post_eta=None,
            pool=SimpleNamespace(apply_async=None),
            controller=SimpleNamespace(state=SimpleNamespace(revoked=set())),
            qos=SimpleNamespace(increment_eventually=lambda: None),
        )


def _force(message: Any) -> None:
    """Reads it, whatever its serializer is: kombu's own switch for that is global."""
    message._decoded_cache = loads(message.body, message.content_type, message.content_encoding, force=True)


def any_arguments(*args: Any, **kwargs: Any) -> None: ...


def sign_in(user: str, password: str, **more: Any) -> None: ...


def payload(request: Any) -> tuple[Any, Any, Any]:
    """Arguments, keyword arguments and what follows, as the worker has read them."""
    args, kwargs, follows = request._Request__payload
    return args, kwargs, follows
