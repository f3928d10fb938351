from __future__ import annotations

from typing import Any

from phloem.instrument.messages.headers import CREATED, RECEIVED, RUN
from phloem.model.event import Event
from phloem.model.state import State
from phloem.redaction import WITHHELD
from tests.queues import Exchange, Queue
from tests.unit.worker.instrument.handlers.process import Process, message, task
from tests.waiting import wait_until


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


def test_arguments_that_no_signature_names_wait_for_the_worker_that_knows_it(process: Process) -> None:
    body: Any = (("ann", "hunter2"), {"pin": 1234}, {})
    headers: dict[str, Any] = {"id": "t1", "task": "app.sign_in"}
    process.producer.sending(headers=headers, body=body)
    process.producer.sent(sender="app.sign_in", headers=headers, body=body, routing_key="mail")
    assert (process.task().args, process.task().kwargs) == (WITHHELD, '{"pin":"[redacted]"}')
    process.observer.app.task(_sign_in, name="app.sign_in", shared=False)
    received = message(headers=headers)
    received.args, received.kwargs = body[:2]
    process.main.received(received)
    assert process.task().args == '["ann","[redacted]"]'
    process.producer.sent(sender="app.other", headers=headers, body=body, routing_key="mail")
    assert process.task().args == '["ann","[redacted]"]'


def _sign_in(user: str, password: str) -> None: ...


def test_a_task_that_is_sent_by_celerys_first_protocol_waits_as_well(process: Process) -> None:
    headers: dict[str, Any] = {}
    body = {"task": "app.add", "id": "t1", "args": (1,), "kwargs": {"b": 2}, "retries": 0, "group": "g1"}
    process.producer.sending(headers=headers, body=body)
    process.producer.sent(sender="app.add", headers=headers, body=body, routing_key="mail")
    found = process.task()
    assert (found.state, found.name, found.queue, found.args, found.kwargs, found.group_id) == (
        State.PENDING,
        "app.add",
        "mail",
        "[1]",
        '{"b":2}',
        "g1",
    )
    assert headers == {}


def test_a_message_of_another_protocol_is_passed_over(process: Process) -> None:
    for headers in (None, {}, {"no": "id"}):
        process.producer.sending(headers=headers)
        process.producer.sent(sender="app.add", headers=headers)
    assert process.recorder.flush(40)
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


def test_a_label_does_not_take_the_place_of_the_name(process: Process) -> None:
    headers: dict[str, Any] = {"id": "t1", "task": "app.add", "shadow": "add one"}
    process.producer.sending(headers=headers, body=((1,), {}, {}))
    process.producer.sent(sender="app.add", headers=headers, body=((1,), {}, {}))
    assert (process.task().name, process.task().label) == ("app.add", "add one")


def test_a_label_is_shown_without_what_steers_a_terminal(process: Process) -> None:
    headers: dict[str, Any] = {"id": "t1", "task": "app.add", "shadow": "\x1b[31mred\x1b[0m"}
    process.producer.sending(headers=headers, body=((1,), {}, {}))
    process.producer.sent(sender="app.add", headers=headers, body=((1,), {}, {}))
    assert process.task().label == "red"


def test_what_celery_tells_before_it_sends_is_known(process: Process) -> None:
    headers: dict[str, Any] = {"id": "t1"}
    queue = Queue("pictures", Exchange("media"), routing_key="x.y")
    process.producer.sending(headers=headers, body=((), {}, {}), declare=[queue], properties={"priority": 7})
    process.producer.sent(sender="a", headers=headers, body=((), {}, {}), exchange="media", routing_key="x.y")
    found = process.task()
    assert (found.queue, found.exchange, found.priority) == ("pictures", "media", 7)


def test_what_was_told_of_another_message_is_not_taken_for_this_one(process: Process) -> None:
    process.producer.sending(headers={"id": "t0"}, declare=[Queue("other")], properties={"priority": 7})
    process.producer.sent(sender="a", headers={"id": "t1"}, body=((), {}, {}), exchange="", routing_key="mail")
    found = process.task()
    assert (found.queue, found.exchange, found.priority) == ("mail", "", None)


def test_of_many_tasks_each_is_told_with_its_own_arguments(process: Process) -> None:
    """Also where whoever sends them changes what they sent the last one with."""
    process.recorder.report(Event(id="t0", at=1.0, state=State.PENDING))
    wait_until(lambda: process.channel.task("t0") and process.recorder.lingers, 60, "it looks by itself")
    args, kwargs = [1], {"b": 1}
    headers = {"id": "t1"}
    process.producer.sent(sender="app.add", headers=headers, body=(args, kwargs, {}), routing_key="mail")
    args.append(2)
    kwargs["b"] = 2
    assert (process.task().args, process.task().kwargs) == ("[1]", '{"b":1}')
