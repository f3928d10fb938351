"""Celery's result backend as a source: what a Redis publishes as it is stored there, and what it holds.

Other backends tell nobody, and reading some of them takes the result away from whom it is meant for.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from celery import Celery

from phloem.model.event import Event
from phloem_server.sources.runs import Runs
from phloem_server.sources.stored_states import StoredStates

READ_AT_ONCE = 200
"""Tasks whose stored states are read in one call."""

_KEY = "celery-task-meta-"
_SPECIAL, _ESCAPED = re.compile(r"([*?\[\\])"), r"\\\1"
"""What means more than itself in a pattern of channels, and how it means itself."""
_IDLE_SECONDS = 1.0
_PING_SECONDS = 5.0
_SILENT_SECONDS = 15.0
"""After which a connection that does not even answer a ping is given up."""
_PAUSE_SECONDS = 1.0

logger = logging.getLogger(__name__)


def unheard(celery: Celery) -> str | None:
    """Why the app's result backend tells nothing, as a sentence; None if it does."""
    if celery.conf.result_backend is None or celery.conf.result_backend == "disabled://":
        return "No result backend is named, so results and progress by update_state are not known."
    try:
        backend = celery.backend
        tells = hasattr(backend, "client") and hasattr(backend.client, "pubsub")
    except Exception as error:  # noqa: BLE001  # of a library that is not installed here, or of an address that is none
        return f"The result backend cannot be used here, so results are known as Celery's events cut them: {error}"
    if not tells:
        kind = type(backend).__name__
        return f"{kind} does not tell what it stores, so results and progress by update_state are not known."
    return None


def disconnect_backend(celery: Celery) -> None:
    """Closes the connections of the calling thread to the result backend, where that is a Redis.

    Celery gives each thread a backend of its own, and leaves its connections open until garbage is collected, also
    where the app is closed.
    """
    with suppress(Exception):  # of whatever library; it has no connection then
        celery.backend.client.connection_pool.disconnect(inuse_connections=False)


class ResultBackend:
    """Follows the result backend of an app while `run` goes on. `on_gap` is called when states may have been missed.

    `is_own` says that the app itself is known, and with it which keys are its own.
    """

    def __init__(
        self,
        celery: Celery,
        runs: Runs,
        report: Callable[[Event], object],
        stored: StoredStates,
        *,
        is_own: bool,
        on_gap: Callable[[], object] = lambda: None,
    ) -> None:
        self._celery = celery
        self._runs = runs
        self._report = report
        self._stored = stored
        self._on_gap = on_gap
        self._stopped = threading.Event()
        self._unreadable = False
        prefix = _text(celery.backend.get_key_for_task("x")).removesuffix("x")
        self._prefix = prefix
        self._pattern = f"{_SPECIAL.sub(_ESCAPED, prefix)}*" if is_own else f"*{_KEY}*"

    def run(self) -> None:
        """Follows until `stop`, and connects again where the connection is lost."""
        lost = False
        while not self._stopped.is_set():
            try:
                self._listen()
                lost = False
            except Exception as error:  # noqa: BLE001  # a backend has errors of many libraries; it is tried again
                if not lost:
                    logger.warning("The result backend does not answer and will be tried again: %s", error)
                lost = True
                self._stopped.wait(_PAUSE_SECONDS)
        disconnect_backend(self._celery)

    def stop(self) -> None:
        """Ends `run` within a second."""
        self._stopped.set()

    def read(self, after: Mapping[str, float], now: float) -> Iterator[tuple[str, Event]]:
        """What is stored of tasks: the events of those that have a state which says anything. `after` has for each task
        when its present run began, in Unix seconds.
        """
        ids = list(after)
        for start in range(0, len(ids), READ_AT_ONCE):
            part = ids[start : start + READ_AT_ONCE]
            held = self._celery.backend.client.mget([f"{self._prefix}{task_id}" for task_id in part])
            for task_id, payload in zip(part, held, strict=True):
                meta = self._meta(payload)
                if meta is None:
                    continue
                event = self._stored.event(task_id, meta, now, is_news=False, after=after[task_id])
                if event is not None:
                    yield task_id, event

    def _listen(self) -> None:
        pubsub = self._celery.backend.client.pubsub()
        try:
            pubsub.psubscribe(self._pattern)
            heard_at = pinged_at = time.monotonic()
            while not self._stopped.is_set():
                message = pubsub.get_message(timeout=_IDLE_SECONDS)
                now = time.monotonic()
                if now - pinged_at > _PING_SECONDS:
                    pubsub.ping()
                    pinged_at = now
                if message is None:
                    if now - heard_at > _SILENT_SECONDS:
                        raise TimeoutError("it is silent")
                    continue
                heard_at = now
                if message["type"] == "psubscribe":  # at the beginning, and whenever it has connected again by itself
                    self._on_gap()
                elif message["type"] == "pmessage":
                    self._hear(_text(message["channel"]), message["data"])
        finally:
            pubsub.close()

    def _hear(self, key: str, payload: Any) -> None:
        prefix, _, task_id = key.partition(_KEY)
        # Without an app nobody says which keys are its own: another one may share the server.
        if not task_id or (not self._runs.knows(task_id) and not self._celery.backend.client.exists(key)):
            return
        self._prefix = f"{prefix}{_KEY}"
        meta = self._meta(payload)
        event = None if meta is None else self._stored.event(task_id, meta, time.time())
        if event is not None:
            self._report(event)

    def _meta(self, payload: Any) -> Mapping[str, Any] | None:
        if payload is None:
            return None
        try:
            meta = self._celery.backend.decode(payload)
        except Exception as error:  # noqa: BLE001  # of any serializer
            if not self._unreadable:
                logger.warning("Results of this app cannot be read: %s", error)
            self._unreadable = True
            return None
        return meta if isinstance(meta, Mapping) else None


def _text(key: Any) -> str:
    return key.decode(errors="replace") if isinstance(key, bytes) else str(key)
