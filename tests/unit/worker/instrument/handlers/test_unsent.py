"""Tasks of a canvas that are never sent, because one before them ended otherwise than well."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from celery import chain, chord, group, signals
from celery.exceptions import Ignore, Reject
from kombu.message import Message

from phloem.instrument import hooks
from phloem.instrument.handlers import unsent
from phloem.model.state import State
from tests.unit.worker.instrument.handlers.traced import Traced


def boom(self: Any, *args: Any) -> None:
    raise ValueError("no such row")


def fine(self: Any, *args: Any) -> int:
    return 1


def message_of(canvas: Any) -> dict[str, Any]:
    """What the message of the first task of a chain says of the others."""
    canvas.freeze()
    first, *others = canvas.tasks
    return {"id": first.id, "chain": [dict(each) for each in reversed(others)]}


def give_up(traced: Traced, body: Any) -> None:
    """What Celery does when a part of a chord has failed."""
    try:
        raise ValueError("a part failed")
    except ValueError as error:
        traced.app.backend.chord_error_from_stack(body, error)


def test_what_follows_a_task_that_failed_has_failed_with_its_error(traced: Traced) -> None:
    first, then = traced.task(boom), traced.task(fine)
    canvas = chain(first.s(), then.s(), then.s())
    said = message_of(canvas)
    traced.trace(first, **said)
    assert traced.ended(said["id"]) is State.FAILURE
    for step in said["chain"]:
        found = traced.found(step["options"]["task_id"])
        assert (found.state, found.name) == (State.FAILURE, "app.fine")
        assert found.error is not None
        assert (found.error.type, found.error.message) == ("ValueError", "no such row")
        assert found.message == "It was not sent: the task before it failed."
        assert traced.app.AsyncResult(found.id).state == found.state


def test_nothing_else_tells_of_what_follows_a_task_that_failed(traced: Traced) -> None:
    """The twin of the test before it."""
    hooks.result_stored.disconnect(dispatch_uid="phloem")
    first, then = traced.task(boom), traced.task(fine)
    said = message_of(chain(first.s(), then.s()))
    traced.trace(first, **said)
    assert traced.ended(said["id"]) is State.FAILURE
    assert traced.channel.task(said["chain"][0]["options"]["task_id"]) is None


def test_a_chord_that_follows_a_task_that_failed_ends_with_its_body(traced: Traced) -> None:
    first, then = traced.task(boom), traced.task(fine)
    said = message_of(chain(first.s(), chord([then.s(), then.s()], then.s())))
    traced.trace(first, **said)
    [step] = said["chain"]
    header, body = step["kwargs"]["header"], step["kwargs"]["body"]
    assert traced.ended(body["options"]["task_id"]) is State.FAILURE
    assert all(traced.channel.task(part["options"]["task_id"]) is None for part in header.tasks)


def test_the_body_of_a_chord_that_is_given_up_has_failed(traced: Traced) -> None:
    then = traced.task(fine)
    body, after = then.s(), then.s()
    body.freeze()
    after.freeze()
    body.options["chain"] = [dict(after)]
    give_up(traced, body)
    for each in (body, after):
        found = traced.found(each.id)
        assert (found.state, str(found.error and found.error.message)) == (State.FAILURE, "a part failed")


def test_a_group_that_is_the_body_of_a_chord_fails_as_a_whole(traced: Traced) -> None:
    then = traced.task(fine)
    body = group(then.s(), chord([then.s(), then.s()], then.s()))
    body.freeze()
    give_up(traced, body)
    first, inner = body.tasks
    assert [traced.ended(each.id) for each in (first, inner.body)] == [State.FAILURE, State.FAILURE]
    assert traced.channel.task(inner.id) is None  # Celery gives none to the chord itself, of which nobody has the id


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (Ignore(), State.REVOKED),
        (Reject("not now", requeue=True), State.REVOKED),
        (Reject("not mine", requeue=False), State.FAILURE),
        (SystemExit(3), State.FAILURE),
    ],
    ids=["ignores its result", "has no message to give back", "rejects its message", "leaves its worker"],
)
def test_what_follows_a_task_of_which_celery_sends_nothing_on_ends_with_it(
    traced: Traced, error: BaseException, ended: State
) -> None:
    def ends(self: Any) -> None:
        raise error

    first, then = traced.task(ends), traced.task(fine)
    said = message_of(chain(first.s(), then.s()))
    body = then.s()
    body.freeze()
    with contextlib.suppress(SystemExit):
        traced.trace(first, chord=dict(body), **said)
    ids = [said["id"], said["chain"][0]["options"]["task_id"], body.id]
    assert [traced.ended(each) for each in ids] == [ended] * 3


def test_what_follows_a_task_that_gave_its_message_back_is_sent_later(traced: Traced) -> None:
    def picky(self: Any) -> None:
        raise Reject("not now", requeue=True)

    first, then = traced.task(picky, acks_late=True), traced.task(fine)
    said = message_of(chain(first.s(), then.s()))
    traced.trace(first, **said)
    assert traced.found(said["id"]).state is State.PENDING
    assert traced.channel.task(said["chain"][0]["options"]["task_id"]) is None


def test_what_follows_a_task_that_was_revoked_is_revoked(traced: Traced) -> None:
    first, then = traced.task(fine), traced.task(fine)
    said = message_of(chain(first.s(), then.s()))
    request = first.request_stack.top or first.request
    request.update(said, chord=None)
    traced.app.backend.mark_as_revoked(said["id"], "revoked", request=request)
    assert traced.ended(said["chain"][0]["options"]["task_id"]) is State.REVOKED


def test_what_follows_a_task_that_no_worker_has_has_failed(traced: Traced) -> None:
    first, then = traced.task(fine), traced.task(fine)
    said = message_of(chain(first.s(), then.s()))
    body = json.dumps([[], {}, {"chain": said["chain"], "chord": None}])
    message = Message(body, headers={"id": "t1"}, content_type="application/json", content_encoding="utf-8")
    signals.task_unknown.send(None, message=message, exc=None, name="app.gone", id="t1")
    error = traced.found(said["chain"][0]["options"]["task_id"]).error
    assert error is not None
    assert (traced.ended(), error.type) == (State.FAILURE, "NotRegistered")


def test_a_step_that_is_sent_after_all_ends_as_it_does(traced: Traced) -> None:
    first, then = traced.task(boom), traced.task(fine)
    said = message_of(chain(first.s(), then.s()))
    traced.trace(first, **said)
    task_id = said["chain"][0]["options"]["task_id"]
    traced.trace(then, id=task_id)
    found = traced.found(task_id)
    assert (found.state, found.result, found.error) == (State.SUCCESS, "1", None)


@pytest.mark.parametrize(
    "found", [None, 3, "text", [None, 3], [{}], [{"options": 3}], [{"options": {"task_id": None}}]]
)
def test_a_message_may_hold_anything_where_its_chain_is(found: Any) -> None:
    class Request:
        chain = found
        chord = found

    steps = unsent.after(Request, with_chord=True)
    assert list(unsent.ends(steps, State.FAILURE, "why")) == []
