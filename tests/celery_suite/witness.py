"""What happens to each task, heard from Celery itself: messages sent, runs of its tracer, states stored.

Nothing here knows Phloem. Lines of JSON go to one file, from whichever process sees something: children of a worker
inherit the open file when they are forked.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from celery import signals
from celery.app import trace
from celery.backends.base import Backend
from celery.concurrency import prefork
from celery.worker.consumer import consumer
from kombu.transport.redis import Channel


class Witness:
    """Writes what it hears to a file, from `begin` on."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._tracing = threading.local()
        self._main = os.getpid()

    def begin(self) -> None:
        """Hear everything from now on. Lasts as long as the process."""
        signals.after_task_publish.connect(self._sent, weak=False)
        signals.task_received.connect(self._received, weak=False)
        signals.task_revoked.connect(self._revoked, weak=False)
        signals.task_failure.connect(self._failed, weak=False)
        Backend.store_result = self._storing(Backend.store_result)
        Channel._purge = self._purging(Channel._purge)  # type: ignore[method-assign]  # kombu has no signals
        traced = self._traced(trace.build_tracer)
        for module in (trace, consumer):
            module.build_tracer = traced
        assert not hasattr(prefork, "build_tracer"), "it imports the tracer when a child starts"

    def tell(self, what: str, task_id: object, **more: object) -> None:
        """Write one line. Short ones are written in one piece, whoever else writes."""
        line = {"what": what, "id": str(task_id), "at": time.time(), "pid": os.getpid(), **more}
        os.write(self._file, json.dumps(line, default=repr).encode() + b"\n")

    def _test(self) -> str:
        """The test that runs; a child of the worker knows only the one in which it was forked."""
        return os.environ.get("PYTEST_CURRENT_TEST", "") if os.getpid() == self._main else ""

    def _sent(self, sender: Any = None, headers: Any = None, body: Any = None, **_: object) -> None:
        about = body if isinstance(body, Mapping) else headers  # of Celery's protocol 1, and of the present one
        self.tell("sent", about["id"], name=str(sender), retries=about.get("retries") or 0, test=self._test())
        for task_id, name in _named(body):
            self.tell("named", task_id, name=name)

    def _received(self, request: Any, **_: object) -> None:
        self.tell("received", request.id, name=request.name)

    def _revoked(self, request: Any, **_: object) -> None:
        self.tell("revoked", request.id)

    def _failed(self, task_id: str, exception: object, **_: object) -> None:
        if not getattr(self._tracing, "depth", 0):  # else its tracer tells
            self.tell("failed", task_id, error=type(exception).__name__)

    def _storing(self, store: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(store)
        def store_result(backend: Any, task_id: str, result: Any, state: str, *args: Any, **kwargs: Any) -> Any:
            answer = store(backend, task_id, result, state, *args, **kwargs)
            # Its caller, or the one before, where other code has its own around this.
            callers = islice(traceback.walk_stack(sys._getframe(1)), 3)
            by_test = any("/test_" in frame.f_code.co_filename for frame, _ in callers)
            self.tell("stored", task_id, state=str(state), backend=type(backend).__name__, by_test=by_test)
            return answer

        return store_result

    def _purging(self, purge: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(purge)
        def purge_queue(channel: Any, queue: str) -> Any:
            with channel.conn_or_acquire() as client:
                queues = {channel._q_for_pri(queue, step) for step in channel.priority_steps}
                held = [message for each in sorted(queues) for message in client.lrange(each, 0, -1)]
            answer = purge(channel, queue)
            for message in held:
                self.tell("purged", json.loads(message)["properties"]["correlation_id"])
            return answer

        return purge_queue

    def _traced(self, build: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(build)
        def build_tracer(name: str, task: Any, *args: Any, **kwargs: Any) -> Callable[..., Any]:
            run = build(name, task, *args, **kwargs)
            eager = bool(kwargs.get("eager"))

            @functools.wraps(run)
            def run_task(task_id: str, *given: Any, **named: Any) -> Any:
                self.tell("began", task_id, name=name, eager=eager, test=self._test())
                self._tracing.depth = getattr(self._tracing, "depth", 0) + 1
                try:
                    outcome = run(task_id, *given, **named)
                except BaseException as raised:
                    self.tell("raised", task_id, error=type(raised).__name__)
                    raise
                finally:
                    self._tracing.depth -= 1
                info = outcome.info
                state = "SUCCESS" if info is None else info.state
                self.tell("ended", task_id, state=state, value=repr(info and info.retval)[:200])
                return outcome

            return run_task

        return build_tracer


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """The ids and names of all tasks that a message says are to follow its own, however deep within others."""
    if isinstance(value, Mapping):
        options = value.get("options")
        if "task" in value and isinstance(options, Mapping) and options.get("task_id"):
            yield options["task_id"], str(value["task"])
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for each in value:
            yield from _named(each)
