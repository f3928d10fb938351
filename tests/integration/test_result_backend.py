"""The result backend of an app as a source, without its worker."""

from __future__ import annotations

import gc
import threading

import redis
from celery import Celery

from phloem_server.sources.result_backend import ResultBackend, disconnect_backend
from phloem_server.sources.runs import Runs
from phloem_server.sources.stored_states import StoredStates
from tests.waiting import wait_until


def connections(server: redis.Redis) -> set[str]:
    return {each["id"] for each in server.client_list()}


def test_who_follows_it_no_longer_has_no_connection_left_until_garbage_is_collected(redis_url: str) -> None:
    runs = Runs(lambda _: None)
    gc.disable()
    try:
        with Celery("shop", backend=redis_url, set_as_current=False) as app, redis.Redis.from_url(redis_url) as server:
            before = connections(server)
            backend = ResultBackend(app, runs, print, StoredStates(runs, lambda _: None), is_own=False)

            def read() -> None:
                assert list(backend.read({"task": 0.0}, 0.0)) == []
                disconnect_backend(app)

            threads = [threading.Thread(target=run) for run in (backend.run, read)]
            for thread in threads:
                thread.start()
            # Its key is none of those that are stored, which is asked over a connection of its own.
            wait_until(lambda: server.publish("celery-task-meta-1", "{}"), 40, "it is followed")
            wait_until(lambda: any(each["cmd"] == "exists" for each in server.client_list()), 40, "it asked")
            backend.stop()
            for thread in threads:
                thread.join(40)
            assert connections(server) == before
    finally:
        gc.enable()
