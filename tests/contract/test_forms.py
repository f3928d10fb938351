"""What workers can run, as the record keeps it: in Redis and in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.forms import AppFacts, Argument, Catalogue, QueueFacts, TaskForm
from phloem.record.stores.workers import GONE_KEPT_SECONDS, WorkerFacts
from phloem.settings import Settings
from tests.contract.test_workers import ANN, FOREVER

BOB = WorkerFacts(name="bob@here", pid=8, since=6.0, queues=("default",))
SEND = TaskForm(
    name="mail.send",
    doc="Sends it.",
    schema={"type": "object", "properties": {"to": {"type": "string"}}},
    arguments=(Argument(name="to", required=True),),
    queue="mail",
    options={"priority": 3},
)
COUNT = TaskForm(name="count")
FACTS = AppFacts(broker="amqp://here:5672/", queues=(QueueFacts(name="mail", queue_arguments={"x-max-priority": 9}),))
BOTH = Catalogue(app=FACTS, tasks=(SEND, COUNT))
KEYS = ("offers", "catalogues", "forms")


def begin(channel: Channel, lease: str, facts: WorkerFacts, catalogue: Catalogue) -> None:
    channel.heartbeat(lease, FOREVER)
    channel.workers.introduce(lease, facts)
    channel.forms.offer(lease, catalogue)


def test_what_a_worker_can_run_is_known_for_as_long_as_the_worker(channel: Channel) -> None:
    assert channel.forms.all() == ()
    begin(channel, "a", ANN, BOTH)
    [offer] = channel.forms.all()
    assert (offer.worker, offer.ended_at, offer.catalogue) == (ANN, None, BOTH)
    channel.heartbeat("a", 0)
    [offer] = channel.forms.all()
    assert offer.ended_at is not None
    assert offer.catalogue == BOTH


def test_a_worker_that_tells_again_is_taken_at_its_last_word(channel: Channel) -> None:
    begin(channel, "a", ANN, BOTH)
    channel.forms.offer("a", Catalogue(tasks=(COUNT,)))
    [offer] = channel.forms.all()
    assert offer.catalogue == Catalogue(tasks=(COUNT,))


def test_an_app_without_tasks_can_tell_that(channel: Channel) -> None:
    begin(channel, "a", ANN, Catalogue())
    assert [offer.catalogue for offer in channel.forms.all()] == [Catalogue()]


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def kept(client: redis.Redis) -> list[int]:
    return [int(client.hlen(f"phloem:{{phloem}}:{key}")) for key in KEYS]


def test_what_several_workers_have_is_kept_and_sent_once(redis_url: str, client: redis.Redis) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    begin(channel, "a", ANN, BOTH)
    assert kept(client) == [1, 1, 2]
    with client.monitor() as monitor:  # type: ignore[no-untyped-call]
        begin(channel, "b", BOB, Catalogue(app=FACTS, tasks=(SEND, TaskForm(name="count", doc="Counts."))))
        client.echo("done")
        said = ""
        while "ECHO" not in said:
            said += monitor.next_command()["command"] + "\n"
    assert "Counts." in said
    assert "Sends it." not in said
    assert kept(client) == [2, 2, 3]
    assert {offer.worker.name: len(offer.catalogue.tasks) for offer in channel.forms.all()} == {
        ANN.name: 2,
        BOB.name: 2,
    }


def test_what_only_forgotten_workers_had_is_forgotten(redis_url: str, client: redis.Redis) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    begin(channel, "a", ANN, BOTH)
    channel.heartbeat("a", 0)
    long_ago = channel.workers.all()[0].ended_at or 0.0
    client.hset("phloem:{phloem}:departed", "a", f"{long_ago - GONE_KEPT_SECONDS - 1} goodbye")
    assert channel.forms.all() == ()
    begin(channel, "b", BOB, Catalogue(tasks=(COUNT,)))
    assert kept(client) == [1, 1, 1]
    assert [offer.worker for offer in channel.forms.all()] == [BOB]


def test_what_a_reader_has_read_it_does_not_read_again(redis_url: str, client: redis.Redis) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    begin(channel, "a", ANN, BOTH)
    first = channel.forms.all()
    client.delete("phloem:{phloem}:catalogues", "phloem:{phloem}:forms")
    assert channel.forms.all() == first


def test_what_somebody_wrote_in_its_place_is_no_form(redis_url: str, client: redis.Redis) -> None:
    channel = RedisChannel(Settings(redis_url=redis_url))
    begin(channel, "a", ANN, BOTH)
    forms = client.hkeys("phloem:{phloem}:forms")
    client.hset("phloem:{phloem}:forms", forms[0], "{")
    [offer] = RedisChannel(Settings(redis_url=redis_url)).forms.all()
    assert len(offer.catalogue.tasks) == 1
    client.hset("phloem:{phloem}:catalogues", client.hget("phloem:{phloem}:offers", "a"), "[]")
    assert RedisChannel(Settings(redis_url=redis_url)).forms.all() == ()
    begin(channel, "b", BOB, Catalogue(tasks=(COUNT,)))
    assert [offer.worker for offer in RedisChannel(Settings(redis_url=redis_url)).forms.all()] == [BOB]
