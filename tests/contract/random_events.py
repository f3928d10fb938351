"""Events about a few tasks, drawn at random by Hypothesis."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import msgspec

from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Error, Line, Step
from phloem.redaction import WITHHELD

TASKS = ("t1", "t2", "t3", "t4", "t5")


SOURCES = ("producer", "main", "child")


LEASES = ("w1", "w2")


RUNS = ("r1", "r2", "r3", "waits1", "waits2")


_texts = st.sampled_from(("", "a", WITHHELD, 'b"\\\n<i>', "ü" * 20))


_calls = st.sampled_from((b"[[],{}]", bytes(range(256))))


moments = st.floats(0, 2e9).map(lambda moment: round(moment, 6))


_fields = st.none() | st.dictionaries(_texts, _texts | st.integers(-9, 9) | st.booleans() | st.none(), max_size=2)


_lines = st.lists(
    st.builds(
        Line,
        at=moments,
        level=st.just("info"),
        message=_texts,
        step=st.none() | st.just("1.2"),
        fields=_fields,
    ),
    max_size=2,
).map(tuple)


_errors = st.builds(Error, type=st.just("ValueError"), message=_texts)


_steps = st.lists(
    st.builds(
        Step,
        key=st.just("1"),
        name=st.just(msgspec.UNSET) | _texts,
        current=st.floats(0, 1e6),
        total=st.none() | st.just(9.0),
        started_at=moments,
    ),
    max_size=2,
)


def _kind(needs: dict[str, Any], may: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(needs, optional=may)


_run = st.sampled_from(RUNS)


_attempt = st.integers(0, 2)


_description = {
    "name": _texts,
    "queue": _texts,
    "created_at": moments,
    "call": _calls,
    "retry_of": _texts,
    "launched_by": _texts,
    "owner": _texts,
    "label": _texts,
}


_sent = _kind({"state": st.just(State.PENDING)}, {**_description, "eta": moments})


_revoked = _kind({}, {"revoked_at": moments, "log": _lines})


_described = _kind({}, {"run": _run, **_description, "own_label": _texts, "message": _texts, "log": _lines})


_received = _kind(
    {"begins": st.just(True), "run": _run, "attempt": _attempt, "lease": st.sampled_from(LEASES)},
    {
        "worker": _texts,
        "release": _texts,
        "retries": st.integers(0, 3),
        "received_at": moments,
        "eta": moments,
        **_description,
    },
)


_started = _kind(
    {"state": st.just(State.STARTED), "run": _run, "attempt": _attempt},
    {"lease": st.sampled_from(LEASES), "started_at": moments, "worker": _texts},
)


_reported = _kind(
    {"state": st.sampled_from((State.STARTED, State.PROGRESS)), "run": _run},
    {"percent": st.floats(0, 100), "steps": _steps.map(tuple), "message": _texts, "own_label": _texts, "log": _lines},
)


_ended = _kind(
    {
        "state": st.sampled_from((State.SUCCESS, State.FAILURE, State.REVOKED, State.RETRY, State.LOST)),
        "run": st.none() | _run,
        "finished_at": moments,
    },
    {"attempt": _attempt, "message": _texts, "lease": st.sampled_from(LEASES)},
)


_given_back = _kind({"state": st.just(State.PENDING), "run": _run}, {"queue": _texts, "message": _texts, "log": _lines})


_never_sent = _kind(
    {"state": st.sampled_from((State.FAILURE, State.REVOKED)), "unsent": st.just(True), "finished_at": moments},
    {"name": _texts, "message": _texts, "error": _errors},
)


_revoked_by_name = _kind(
    {"state": st.just(State.REVOKED), "if_waits": st.just(True), "finished_at": moments}, {"message": _texts}
)


_outcome: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"result": _texts, "long_result": _texts}),
    st.fixed_dictionaries({"error": _errors, "long_error": _errors}),
)


_arguments: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {"args": _texts, "long_args": _texts}
)


_attached = st.one_of(
    *(st.builds(lambda one, more: {**one, **more}, kind, _arguments) for kind in (_sent, _described, _received)),
    _started,
    _reported,
    _given_back,
    _never_sent,
    _revoked,
    _revoked_by_name,
    st.builds(lambda one, more: {**one, **more}, _ended, _outcome),
)


_told = st.builds(
    lambda one, known_by, run: {**one, "known_by": known_by, **({"run": run} if one.get("run") else {})},
    _attached.filter(lambda one: not one.keys() & {"call", "own_label", "revoked_at", "unsent", "if_waits"}),
    st.sampled_from((KnownBy.BACKEND, KnownBy.EVENTS, KnownBy.INSPECT)),
    st.sampled_from(("s1", "s2", "waits3")),
)
"""What others than `attach` tell of the same tasks, under names of their own for the runs."""


facts = st.one_of(_attached, _attached, _told)
