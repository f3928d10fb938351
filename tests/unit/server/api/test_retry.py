"""Running tasks again with the messages that were kept of them."""

from __future__ import annotations

import pickle
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from celery import chain, chord, signature
from kombu.entity import Exchange, Queue

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import CALL_LIMIT_BYTES
from tests.unit.server.api.served import refused
from tests.unit.server.api.taken import Taken, payload

OWN = ("id", "root_id", "correlation_id")
OURS = ("phloem_run", "phloem_received_at", "phloem_call", "phloem_created_at", "phloem_retry_of")


class Loaded:
    """An object that notices that a pickle of it is loaded."""

    times = 0

    def __reduce__(self) -> Any:
        return _load, ()


def _load() -> Loaded:
    Loaded.times += 1
    return Loaded()


def facts(request: Any) -> dict[str, Any]:
    """What a task sees as `self.request`, without what one delivery adds."""
    told = {name: value for name, value in request.request_dict.items() if name not in (*OWN, *OURS)}
    told["properties"] = {
        name: value for name, value in told["properties"].items() if name not in ("delivery_tag", *OWN)
    }
    return told


# --- the same again ----------------------------------------------------------------------------


def test_the_second_run_differs_from_the_first_in_its_id(taken: Taken) -> None:
    taken.celery.send_task(
        "any",
        ["a.jpg"],
        {"when": datetime(2030, 1, 31, tzinfo=UTC), "price": Decimal("19.90"), "of": UUID(int=5), "raw": b"\x89"},
        queue="media",
        priority=7,
        shadow="a photo",
        time_limit=50,
        soft_time_limit=40,
        headers={"tenant": "acme"},
        ignore_result=True,
        root_id="the-root",
        parent_id="the-parent",
        group_id="the-group",
        group_index=3,
        stamped_headers=["stamp"],
        stamp="s1",
    )
    first = taken.ended("media")
    second = taken.again(first.id, queue="media")
    assert facts(second) == facts(first)
    assert second.body == first.body
    assert second.request_dict["root_id"] == "the-root"
    assert second.request_dict["correlation_id"] == second.id != first.id


def test_another_run_has_the_owner_of_the_first_whoever_asks_for_it(taken: Taken) -> None:
    taken.celery.send_task("any", headers={"phloem_owner": "acme"})
    first = taken.ended()
    second = taken.again(first.id)
    found = taken.client.get(f"/api/v1/tasks/{second.id}").get_json()
    assert (second.request_dict["phloem_owner"], found["owner"]) == ("acme", "acme")


@pytest.mark.parametrize(
    ("edits", "label"), [({}, "ACME"), ({"args": [2]}, None)], ids=["the same arguments", "others"]
)
def test_another_run_has_the_label_of_the_first_unless_its_arguments_are_others(
    taken: Taken, edits: dict[str, Any], label: str | None
) -> None:
    taken.celery.send_task("any", [1], headers={"phloem_label": "ACME"})
    first = taken.ended()
    second = taken.again(first.id, **edits)
    found = taken.client.get(f"/api/v1/tasks/{second.id}").get_json()
    assert (second.request_dict.get("phloem_label"), found["label"]) == (label, label)


def test_a_task_that_began_its_workflow_begins_another_one(taken: Taken) -> None:
    taken.celery.send_task("any")
    first = taken.ended()
    second = taken.again(first.id)
    assert (first.root_id, second.root_id) == (first.id, second.id)


def test_a_message_goes_by_the_exchange_and_the_key_that_it_had(taken: Taken) -> None:
    feeds = Queue("feed_tasks", Exchange("feeds", type="topic"), routing_key="feed.#")
    taken.celery.conf.task_queues = [feeds]
    taken.celery.amqp.queues = taken.celery.amqp.Queues([feeds])
    taken.celery.send_task("any", exchange="feeds", routing_key="feed.import", declare=[feeds])
    first = taken.ended("feed_tasks")
    second = taken.again(first.id, queue="feed_tasks")
    assert second.delivery_info == first.delivery_info
    assert second.delivery_info["routing_key"] == "feed.import"


@pytest.mark.parametrize("compression", ["gzip", "bzip2"])
def test_a_message_is_compressed_as_it_was(taken: Taken, compression: str) -> None:
    taken.celery.send_task("any", ["x" * 1000], compression=compression)
    first = taken.ended()
    assert facts(taken.again(first.id)) == facts(first)


def test_tries_are_counted_anew(taken: Taken) -> None:
    taken.celery.send_task("any", retries=2)
    first = taken.ended()
    assert taken.again(first.id).request_dict["retries"] == 0


def test_a_time_of_expiry_that_is_ahead_stays(taken: Taken) -> None:
    taken.celery.send_task("any", expires=datetime.now(UTC) + timedelta(hours=1))
    first = taken.ended()
    assert taken.again(first.id).expires == first.expires


def test_a_time_of_expiry_that_has_passed_is_as_far_away_as_it_was(taken: Taken) -> None:
    sent = datetime.now(UTC) - timedelta(hours=2)
    taken.celery.send_task("any", task_id="t1", expires=sent + timedelta(hours=1))
    waits = Event(id="t1", at=sent.timestamp(), source="sender", state=State.PENDING, created_at=sent.timestamp())
    taken.channel.record([waits])
    assert taken.take().id == "t1"
    left = taken.again("t1").expires - datetime.now(UTC)
    assert timedelta(minutes=59) < left < timedelta(minutes=61)


def test_a_time_of_expiry_of_which_nobody_knows_how_far_it_was_is_left_out(taken: Taken) -> None:
    taken.celery.send_task("any", task_id="t1", expires=datetime.now(UTC) - timedelta(hours=1))
    taken.take()
    assert taken.again("t1").expires is None


def test_a_pickle_is_sent_again_without_being_loaded(taken: Taken) -> None:
    taken.celery.conf.accept_content = ["pickle", "json"]
    taken.celery.send_task("any", [Loaded()], serializer="pickle")
    first = taken.ended()
    before = Loaded.times
    answer = taken.retry(first.id)
    assert (answer.status_code, Loaded.times) == (202, before)
    assert taken.take().body == first.body


@pytest.mark.parametrize("own", [{"id": "p1"}, {"id": "p1", "retries": 3, "expires": None, "callbacks": None}])
def test_protocol_1_runs_again_under_the_new_id(taken: Taken, own: dict[str, Any]) -> None:
    with taken.celery.producer_or_acquire() as producer:
        body = {"task": "any", "args": ["ann", 1.5], "kwargs": {"flag": False}, "extra": [1], **own}
        producer.publish(body, routing_key="celery", exchange="", serializer="json", correlation_id="p1")
    first = taken.ended()
    second = taken.again("p1")
    assert payload(second)[:2] == (["ann", 1.5], {"flag": False})
    assert second.message.payload == first.message.payload | {"id": second.id} | (
        {"retries": 0} if len(own) > 1 else {}
    )


def test_a_number_as_id_is_text_from_its_receipt_on(taken: Taken) -> None:
    with taken.celery.producer_or_acquire() as producer:
        headers = {"lang": "rb", "task": "any", "id": 4711}
        producer.publish([[1], {}, {}], routing_key="celery", serializer="json", headers=headers)
    assert taken.ended().id == "4711"
    assert payload(taken.again("4711"))[0] == [1]


def test_a_message_that_is_recorded_soon_after_the_end_is_waited_for(taken: Taken) -> None:
    taken.celery.send_task("any", [1])
    first = taken.ended()
    held = taken.channel._tasks[first.id]
    held.facts["finished_at"] = time.time()
    call, held.call = held.call, None
    late = threading.Timer(0.03, setattr, (held, "call", call))
    late.start()
    assert payload(taken.again(first.id))[0] == [1]
    late.join()


def test_a_run_of_another_version_is_still_known(taken: Taken) -> None:
    taken.celery.send_task("any", [1])
    first = taken.ended()
    taken.channel._tasks[first.id].call = b'[["old"],{"b":2}]'
    assert payload(taken.again(first.id))[:2] == (["old"], {"b": 2})
    assert taken.kept(first.id)["kwargs"] == {"b": 2}


# --- what cannot be ----------------------------------------------------------------------------


def test_a_message_that_is_too_large_to_be_kept_says_so(taken: Taken) -> None:
    taken.celery.send_task("any", ["x" * CALL_LIMIT_BYTES])
    first = taken.ended()
    refused(taken.retry(first.id), 409, "up to 65,536 are kept", "Send args and kwargs", code="call_not_kept")
    assert "up to 65,536" in taken.kept(first.id)["refusal"]
    assert payload(taken.again(first.id, args=["short"]))[0] == ["short"]


def test_what_the_sender_hid_is_not_kept(taken: Taken) -> None:
    taken.celery.send_task("any", ["hunter2"], argsrepr="('***',)")
    first = taken.ended()
    assert b"hunter2" not in (taken.channel.call(first.id) or b"")
    refused(taken.retry(first.id), 409, "hide something", code="call_not_kept")


def elsewhere(taken: Taken) -> str:
    """The id of a task that went to a queue which the app does not name."""
    with taken.celery.producer_or_acquire() as producer:
        headers, _, body, _ = taken.celery.amqp.as_task_v2("t9", "any")
        producer.publish(body, routing_key="elsewhere", exchange="", serializer="json", headers=headers)
    return str(taken.ended("elsewhere").id)


def test_a_queue_that_neither_the_app_nor_a_worker_has_is_no_place_for_a_message(taken: Taken) -> None:
    task_id = elsewhere(taken)
    refused(taken.retry(task_id), 409, "'elsewhere'", "There is celery, media", code="queue_gone")
    refused(taken.retry(task_id, queue="nowhere"), 422, "'nowhere'", "There is celery", code="queue_unknown")
    assert taken.again(task_id, queue="media", to="media").delivery_info["routing_key"] == "media"


def test_a_queue_that_a_worker_takes_from_is_one(taken: Taken) -> None:
    task_id = elsewhere(taken)
    taken.control.consume = ["elsewhere"]
    assert taken.again(task_id, queue="elsewhere").delivery_info["routing_key"] == "elsewhere"


def test_a_message_in_a_format_that_the_app_does_not_accept_is_sent_unseen_and_not_changed(taken: Taken) -> None:
    taken.celery.send_task("any", [1], serializer="pickle")
    first = taken.ended()
    assert "pickle, which the app of this server does not accept" in taken.kept(first.id)["fixed"]
    refused(taken.retry(first.id, args=[2]), 409, "nothing in it can be changed", code="call_fixed")
    assert pickle.loads(taken.again(first.id).body) == pickle.loads(first.body)  # of our own


# --- what follows ------------------------------------------------------------------------------


def member(taken: Taken) -> Any:
    """The first of a chain of three, with one that is called and one for its failure."""
    s = [signature("any", args=(number,), app=taken.celery, immutable=True) for number in range(3)]
    s[0].link_error(signature("sign_in", app=taken.celery))
    chain(*s, app=taken.celery).apply_async(link=signature("quiet", app=taken.celery))
    return taken.ended()


def test_by_itself_a_member_of_a_chain_runs_alone(taken: Taken) -> None:
    first = member(taken)
    answer = taken.retry(first.id)
    assert "by itself, without what followed it: any (twice)" in answer.get_json()["effect"]
    args, kwargs, follows = payload(taken.take())
    assert (args, kwargs) == payload(first)[:2]
    assert not any(follows.values())
    assert payload(first)[2]["chain"]


def test_with_what_follows_the_message_is_as_it_was(taken: Taken) -> None:
    first = member(taken)
    told = taken.kept(first.id)
    assert told["follows"]["chain"] == ["any", "any"]
    assert "followed by any (twice)" in told["effect_follow"]
    second = taken.again(first.id, follow=True)
    assert (second.body, second.root_id) == (first.body, first.root_id if first.root_id != first.id else second.id)


@pytest.mark.parametrize("follow", [False, True])
def test_a_member_of_a_chord_counts_there_once(taken: Taken, follow: bool) -> None:
    header = [
        chain(signature("any", app=taken.celery), signature("quiet", app=taken.celery)),
        signature("any", app=taken.celery),
    ]
    taken.celery.conf.result_backend = "cache+memory://"
    body = signature("sign_in", app=taken.celery)
    chord(header, body, app=taken.celery).apply_async()
    for first in [taken.ended(), taken.ended()]:
        answer = taken.retry(first.id, follow=follow)
        assert "counts once in its chord, so this run does not bring about sign_in" in answer.get_json()["effect"]
        follows = payload(taken.take())[2]
        assert follows["chord"] is None
        assert bool(follows["chain"]) is (follow and bool(payload(first)[2]["chain"]))
        assert not any(each["options"].get("chord") for each in follows["chain"] or ())
