"""Tasks that a real worker runs again, as the page asks for it: what the second run gets is what the first one got."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import redis
from celery import Celery
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings

from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem_server.app.create import create_app
from phloem_server.control.registry import Registry
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from tests.integration.worker import APP, Worker
from tests.processes import Redis
from tests.values import SERIALIZERS, alike, arguments, register_msgpack

NAME = f"{APP}.got"
OWN = {"root_id", "correlation_id", "delivery_tag"}
"""What `self.request` and the message's properties say of one run alone, beside its id."""

ARGUMENTS = {"args", "kwargs"}


class Page:
    """A producer without Phloem, and a web process that is asked to run its tasks again."""

    def __init__(self, client: FlaskClient, celery: Celery, worker: Worker, folder: Path) -> None:
        self._client = client
        self._celery = celery
        self._worker = worker
        self._folder = folder

    def first(self, args: list[Any], kwargs: dict[str, Any], **options: Any) -> str:
        """Sends a task. Its id."""
        return str(self._celery.send_task(NAME, args, kwargs, **options).id)

    def again(self, task_id: str) -> str:
        """Runs it again once it has ended. The id of the other run."""
        self._worker.reaches(task_id, State.SUCCESS)
        answer = self._client.post(f"/api/v1/tasks/{task_id}/retry")
        assert answer.status_code == 202, answer.text
        return str(answer.get_json()["id"])

    def got(self, task_id: str) -> tuple[Any, Any, dict[str, Any]]:
        """Arguments, keyword arguments and `self.request` of a run, as it wrote them down itself."""
        self._worker.reaches(task_id, State.SUCCESS)
        args, kwargs, told = pickle.loads((self._folder / f"got-{task_id}").read_bytes())  # of our own
        told["properties"] = {name: value for name, value in told["properties"].items() if name not in OWN}
        return args, kwargs, {name: value for name, value in told.items() if name not in OWN | ARGUMENTS}


@pytest.fixture(scope="module")
def page(redis_server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    register_msgpack()
    folder = tmp_path_factory.mktemp("worker")
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    with (
        Worker(redis_server.url, folder) as worker,
        Celery("page", broker=redis_server.url, set_as_current=False) as celery,
    ):
        celery.task(name=NAME, shared=False)(got)
        config = Config(async_mode="threading", data_dir=folder, redis_url=redis_server.url)
        channel = RedisChannel(config)
        app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry(celery, "page"))
        yield Page(app.test_client(), celery, worker, folder)
        app.extensions["phloem"].close()
        channel.close()


def got(*args: Any, **kwargs: Any) -> None: ...


def test_random_values_of_every_serializer_come_back_as_what_they_were(page: Page) -> None:
    @settings(
        max_examples=3,
        phases=[Phase.generate],  # an example is several tasks; tests/unit has the smaller ones
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.tuples(*map(arguments, SERIALIZERS)))
    def come_back(given: tuple[tuple[list[Any], dict[str, Any]], ...]) -> None:
        firsts = [page.first(*each, serializer=name) for name, each in zip(SERIALIZERS, given, strict=True)]
        seconds = [page.again(task_id) for task_id in firsts]
        for first, second in zip(firsts, seconds, strict=True):
            (args, kwargs, request), (*arguments_before, request_before) = page.got(second), page.got(first)
            assert alike([args, kwargs], arguments_before)
            assert request == request_before

    come_back()


def test_the_second_request_is_the_first_one_under_another_id(page: Page) -> None:
    first = page.first(
        [b"\x89"],
        {"price": Decimal("19.90")},
        compression="gzip",
        priority=6,
        time_limit=50,
        shadow="a photo",
        headers={"tenant": "acme"},
        group_id="the-group",
        parent_id="the-parent",
        ignore_result=True,
        eta=datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert page.got(page.again(first)) == page.got(first)
