"""What the doctor finds in workers and queues: a farm with many mistakes, and one without any."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest
import redis

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.record.redis_stores.workers import RedisWorkers
from phloem.record.stores.workers import WorkerFacts
from phloem.settings import Settings
from phloem_server.commands.doctor.examination import Result
from tests.child import Child
from tests.doctor.examined import results
from tests.doctor.farm import Farm
from tests.processes import Redis, running_redis
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[Redis]:
    """A Redis of its own, whose broker nobody flushes."""
    with running_redis() as running:
        yield running


def is_known(channel: RedisChannel, name: str) -> bool:
    """Whether a worker is on record."""
    return f"{name}@farm" in {known.facts.name for known in channel.workers.all()}


def introduce(channel: RedisChannel, facts: WorkerFacts) -> None:
    """Puts a worker on record that does not run."""
    channel.heartbeat(facts.name, 3600)
    channel.workers.introduce(facts.name, facts)


@pytest.fixture(scope="module")
def found(server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Result]]:
    """What the doctor finds in a farm that was planted with mistakes."""
    with (
        Farm(server.url, tmp_path_factory.mktemp("farm")) as farm,
        closing(RedisChannel(Settings(redis_url=server.url))) as channel,
    ):
        hoarder = farm.start("hoarder")
        others = [
            farm.start("plain", queues="plain", attached=False),
            farm.start("other", queues="other", PHLOEM_NAMESPACE="elsewhere"),
        ]
        farm.ready(hoarder)
        farm.send("farm.busy", 100)
        for _ in range(4):
            farm.send("farm.busy", 0)
        farm.send("farm.busy", 0, countdown=3 * 3600)
        wait_until(partial(holds, hoarder, 6), 60, hoarder.log)
        idle = farm.start("idle")
        farm.send("farm.late", queue="nobody")
        now = time.time()
        channel.record(
            [
                Event(id="t1", at=now, source="test", seq=1, state=State.PENDING, name="farm.unknown", queue="celery"),
                Event(id="t2", at=now, source="test", seq=2, state=State.PENDING, name="farm.late", queue="nobody"),
            ]
        )
        introduce(channel, WorkerFacts(name="old@farm", pid=1, since=now, version="0.0.1", pool="solo"))
        introduce(channel, WorkerFacts(name="silent@farm", pid=2, since=now, pool="prefork"))
        with redis.Redis.from_url(server.url) as client:
            channel.workers = RedisWorkers(client, "", "phloem:{phloem}:", lambda: time.time() + 30)
            introduce(channel, WorkerFacts(name="early@farm", pid=3, since=now, pool="solo"))
        farm.ready(idle, *others)
        for name in ("hoarder", "idle"):
            wait_until(partial(is_known, channel, name), 60, f"{name} is on record")
        yield results(farm.installation())


def holds(worker: Child, count: int) -> bool:
    """Whether a worker has received so many tasks."""
    return worker.log().count("received") >= count


@pytest.mark.parametrize(
    ("check", "evidence", "cure"),
    [
        ("workers-attached", "plain@farm answers", "phloem.attach(app)"),
        ("workers-namespace", "It reports to elsewhere, this process reads phloem.", "PHLOEM_NAMESPACE"),
        ("workers-version", "old@farm: 0.0.1", "same version"),
        ("workers-clock", "30 s ahead of that of Redis", "chrony"),
        ("workers-silent", "silent@farm did not answer", "CELERY_BROKER_URL"),
        ("workers-prefetch", "It holds 4 and runs 1, with 1 slots and a prefetch of", "worker_prefetch_multiplier = 1"),
        ("visibility-timeout", "hoarder@farm holds farm.busy for another 3.0 h; visibility_timeout is", "21"),
        ("queue-consumers", "nobody: 1.", "-Q nobody"),
        ("tasks-registered", "farm.unknown: no worker has that registered", "include"),
    ],
)
def test_each_mistake_is_found_and_its_cure_is_named(
    found: dict[str, Result], check: str, evidence: str, cure: str
) -> None:
    [trouble] = found[check].troubles
    assert evidence in trouble.evidence
    assert cure in trouble.cure


def test_what_is_right_is_not_called_wrong_beside_the_mistakes(found: dict[str, Result]) -> None:
    wrong = {name for name, result in found.items() if result.verdict == "wrong"}
    assert not wrong & {"redis-reach", "redis-clock", "broker-reach", "result-backend", "workers-there", "app"}


def test_workers_of_an_app_that_is_observed_need_not_be_attached(
    found: dict[str, Result], server: Redis, tmp_path: Path
) -> None:
    with Farm(server.url, tmp_path) as farm:
        seen = farm.installation(PHLOEM_BROKER=server.url)
        assert results(seen, "workers-attached")["workers-attached"].verdict == "skipped"


def test_that_no_worker_runs_is_found(redis_url: str, tmp_path: Path) -> None:
    with Farm(redis_url, tmp_path) as farm:
        assert results(farm.installation(), "workers-there")["workers-there"].verdict == "wrong"


def test_a_task_that_runs_for_longer_than_the_visibility_timeout_is_found(redis_url: str, tmp_path: Path) -> None:
    with Farm(redis_url, tmp_path) as farm, closing(RedisChannel(Settings(redis_url=redis_url))) as channel:
        worker = farm.start("late")
        begun = time.time() - 7300
        channel.record(
            [
                Event(id="t", at=begun, source="test", seq=1, state=State.STARTED, name="farm.late", started_at=begun),
                Event(id="t", at=begun + 7200, source="test", seq=2, state=State.SUCCESS, finished_at=begun + 7200),
            ]
        )
        farm.ready(worker)
        [trouble] = results(farm.installation(), "visibility-timeout")["visibility-timeout"].troubles
        assert "farm.late has acks_late, and ran for 2.0 h" in trouble.evidence


def test_in_a_farm_without_mistakes_nothing_is_wrong(redis_url: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with Farm(redis_url, tmp_path) as farm, closing(RedisChannel(Settings(redis_url=redis_url))) as channel:
        workers = [farm.start(name) for name in ("one", "two")]
        farm.ready(*workers)
        for name in ("one", "two"):
            wait_until(partial(is_known, channel, name), 60, f"{name} is on record")
        farm.send("farm.busy", 0)
        farm.send("farm.busy", 0, countdown=600)
        assert {
            name: msgspec.to_builtins(result)
            for name, result in results(farm.installation()).items()
            if result.verdict == "wrong"
        } == {}
