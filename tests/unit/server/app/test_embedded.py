"""Phloem as an application of somebody else's server, while it cannot be made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from celery import Celery
from werkzeug.test import Client

from phloem_server.app.embedded import FAILED_SECONDS, Embedded
from phloem_server.control.registry import Registry
from phloem_server.settings import Config
from tests.waiting import wait_until

DEADLINE_SECONDS = 10.0


class Server:
    """Phloem with a Redis that is silent until the test lets it fail, and a clock that stands still."""

    def __init__(self, redis_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.asked = 0
        self.is_silent = True
        self.fails = threading.Event()
        config = Config.embedded({"PHLOEM_REDIS_URL": redis_url, "PHLOEM_DATA_DIR": str(folder)})
        celery = Celery("shop", set_as_current=False)
        self.embedded = Embedded(config, lambda _: Registry(celery, "shop"), clock=lambda: self.now)
        info = redis.Redis.info

        def ask(client: redis.Redis, *sections: str) -> object:
            self.asked += 1
            if not self.is_silent:
                return info(client, *sections)
            assert self.fails.wait(DEADLINE_SECONDS)
            raise redis.TimeoutError("silent")

        monkeypatch.setattr(redis.Redis, "info", ask)

    def get(self) -> int:
        return Client(self.embedded).get("/healthz", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code


@pytest.fixture
def server(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server(redis_url, tmp_path, monkeypatch)
    yield made
    made.embedded.close()


def test_requests_that_come_together_or_soon_after_are_answered_by_one_failure(server: Server) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(server.get) for _ in range(4)]
        wait_until(lambda: server.asked, DEADLINE_SECONDS, "one request has asked")
        server.fails.set()
        assert [answer.result(DEADLINE_SECONDS) for answer in answers] == [503] * 4
    assert (server.get(), server.asked) == (503, 1)
    server.now += FAILED_SECONDS
    assert (server.get(), server.asked) == (503, 2)


def test_it_begins_once_redis_answers_again(server: Server) -> None:
    server.fails.set()
    assert server.get() == 503
    server.is_silent = False
    server.now += FAILED_SECONDS
    assert server.get() == 200


def test_while_one_request_tries_again_the_others_are_answered_at_once(server: Server) -> None:
    server.fails.set()
    assert server.get() == 503
    server.fails.clear()
    server.now += FAILED_SECONDS
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(server.get)
        wait_until(lambda: server.asked == 2, DEADLINE_SECONDS, "it tries again")
        second = threads.submit(server.get)
        try:
            assert second.result(DEADLINE_SECONDS / 2) == 503
            assert not first.done()
        finally:
            server.fails.set()
    assert server.asked == 2
