"""What Celery's result backend stores as events of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from celery import states

from phloem.instrument.failures import stored_failure
from phloem.instrument.messages.message import id_text, plain_text, time_told
from phloem.instrument.update_state import figures, told
from phloem.model.event import Event
from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Error, Step
from phloem.redaction import TASK_LIMIT, clip, plain, scrub, short_and_long
from phloem_server.sources.runs import Runs
from phloem_server.sources.texts import TaskOf, arguments

Meta = Mapping[str, Any]
"""What is stored of a task, as Celery's backends decode it."""

_STATES = {
    states.STARTED: State.STARTED,
    states.RETRY: State.RETRY,
    states.SUCCESS: State.SUCCESS,
    states.FAILURE: State.FAILURE,
    states.REVOKED: State.REVOKED,
}
"""States of Celery's own. Any other is one that the task gave itself with `update_state`."""

_CLOCKS_DIFFER_SECONDS = 60.0
"""Beyond which the time that was stored with an end is none: an app without UTC stores its local time."""


class StoredStates:
    """Makes an event of ours of a stored state; None where it says nothing, or `attach` tells of the same run."""

    def __init__(self, runs: Runs, task_of: TaskOf = lambda _: None) -> None:
        self._runs = runs
        self._task_of = task_of

    def event(self, task_id: str, meta: Meta, now: float, *, is_news: bool = True, after: float = 0.0) -> Event | None:
        """The event. `is_news`: it was stored at this moment, `now` in Unix seconds, and not read later. An end from
        before `after` is that of an earlier run.
        """
        stored = meta.get("status")
        if not isinstance(stored, str) or stored == states.PENDING:
            return None
        state = _STATES.get(stored, State.PROGRESS)
        stored_at = _stored_at(meta, now, is_news=is_news)
        at = now if stored_at is None else stored_at
        if (state.ended and at < after) or (state is State.RETRY and not is_news):
            return None
        with self._runs.lock:
            if self._runs.is_attached(task_id):
                return None
            if state is State.RETRY:
                run = self._runs.tried(task_id, None, at, KnownBy.BACKEND)
                at = run.ended_at
            else:
                run = self._runs.present(task_id, None, at, KnownBy.BACKEND)
            if state.ended:
                ended_at = run.ended_at if run.is_over and stored_at is None else run.end(at)
            elif run.is_over and state is not State.RETRY:
                return None  # what was stored of a run that has ended meanwhile
            fields: dict[str, Any] = self._description(task_id, meta)
            if state is State.PROGRESS:
                fields |= _progress(stored, meta.get("result"))
            elif state is State.STARTED:
                # When that was is not stored: it is when this was heard, unless a worker tells of the run.
                is_told = not is_news or run.is_started or run.is_received
                fields |= _start(meta.get("result"), None if is_told else run.start(at))
            elif state is State.SUCCESS:
                fields["result"], fields["long_result"] = short_and_long(meta.get("result"))
            elif meta.get("traceback") or not run.is_traced:
                fields["error"], fields["long_error"] = _failure(meta)
                run.is_traced = bool(meta.get("traceback"))
            if state.ended:
                fields["finished_at"] = ended_at
            return Event(
                id=task_id, at=at, known_by=KnownBy.BACKEND, run=run.token, attempt=run.attempt, state=state, **fields
            )

    def _description(self, task_id: str, meta: Meta) -> dict[str, Any]:
        """What an app with `result_extended` stores beside the state."""
        name, parent_id = meta.get("name"), meta.get("parent_id")
        family = {
            "parent_id": None if parent_id == task_id else id_text(parent_id),  # that of a retry
            "group_id": id_text(meta.get("group_id")),
        }
        if not name:
            return family
        task = self._task_of(name)
        args, kwargs = (None if meta.get(key) is None else str(meta[key]) for key in ("args", "kwargs"))
        texts = arguments(args, kwargs, task)
        return {
            "name": plain_text(name),
            "worker": plain_text(meta.get("worker")),
            "queue": plain_text(meta.get("queue")),
            **family,
            **texts,
        }


def _stored_at(meta: Meta, now: float, *, is_news: bool) -> float | None:
    """When it was stored, where that is known: with ends alone."""
    at = time_told(meta.get("date_done"))
    if at is None or (is_news and abs(now - at) > _CLOCKS_DIFFER_SECONDS):
        return None
    return min(at, now)


def _progress(stored: str, meta: Any) -> dict[str, Any]:
    words, counted = plain(told(stored, meta)), figures(meta)
    fields: dict[str, Any] = {"message": words or None}
    if counted is not None:
        count, total, unit = counted
        whole = total is not None and total > 0
        fields["percent"] = min(100.0, max(0.0, 100.0 * count / total)) if whole and total else None
        done = total is not None and count >= total
        fields["steps"] = (Step(key="1", description=words, current=count, total=total, unit=unit, done=done),)
    return fields


def _start(meta: Any, at: float | None) -> dict[str, Any]:
    worker = meta.get("hostname") if isinstance(meta, Mapping) else None
    return {"started_at": at, "worker": plain_text(worker)}


def _failure(meta: Meta) -> tuple[Error | None, Error | None]:
    if meta.get("status") == states.REVOKED:
        return None, None
    short, long = stored_failure(meta.get("result"))
    if not (frames := meta.get("traceback")):
        return short, long
    shown = clip(scrub(plain(str(frames)[-2 * TASK_LIMIT :])), TASK_LIMIT)
    return short, msgspec.structs.replace(long, traceback=shown)
