from __future__ import annotations

from typing import Any

from phloem.instrument.headers import CREATED, RECEIVED, RUN
from phloem.model.state import State
from tests.unit.worker.instrument.handlers.process import Process, message, task


def test_what_is_of_this_worker_is_not_sent_with_the_next_try(process: Process) -> None:
    headers = {"id": "t2", RUN: "r1", RECEIVED: 1.0, "phloem_args": "of another task"}
    process.producer.sending(headers=headers, body=((), {}, {}))
    assert set(headers) == {"id", CREATED}


def test_a_task_that_is_sent_waits_in_its_queue_with_its_arguments(process: Process) -> None:
    headers: dict[str, Any] = {"id": "t1", "eta": "2100-01-01T00:00:00+00:00"}
    process.producer.sending(headers=headers, body=((1,), {"b": 2}, {}))
    process.producer.sent(sender="app.add", headers=headers, body=((1,), {"b": 2}, {}), routing_key="mail")
    found = process.task()
    assert (found.state, found.name, found.queue, found.args, found.kwargs) == (
        State.PENDING,
        "app.add",
        "mail",
        "[1]",
        '{"b":2}',
    )
    assert (found.eta, found.created_at) == (4102444800.0, headers[CREATED])
    assert process.channel.call("t1") == '[[1],{"b":2}]'


def test_a_message_of_another_protocol_is_passed_over(process: Process) -> None:
    for headers in (None, {}, {"no": "id"}):
        process.producer.sending(headers=headers)
        process.producer.sent(sender="app.add", headers=headers)
    assert process.recorder.flush(2)
    assert process.channel.offset == 0


def test_the_next_try_of_a_task_is_reported_before_it_is_sent(process: Process) -> None:
    process.main.worker_starts()
    request = message()
    process.main.received(request)
    process.child.started("t1", task(request.request_dict), [1], {})
    headers = {"id": "t1", "task": "app.add", "retries": 1, "eta": "2100-01-01T00:00:00+00:00"}
    try:
        raise ConnectionError("away")
    except ConnectionError:
        process.producer.sending(headers=headers, body=((1,), {}, {}))
    found = process.task()
    assert found.error is not None
    assert (found.state, found.error.message, found.eta) == (State.RETRY, "away", 4102444800.0)
    assert process.channel.lease("t1") == process.observer.lease is not None
