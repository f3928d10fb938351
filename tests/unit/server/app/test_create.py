"""The application as a whole: that it does nothing before it is started, and nothing after it was closed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from phloem.testing import MemoryChannel
from phloem_server.app.create import create_app
from phloem_server.app.runtime import Runtime
from phloem_server.control.registry import Registry
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from tests.waiting import wait_until

THREADS = {"follower", "views", "announcements", "delivery", "boards", "fleet"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    config = Config(async_mode="threading", data_dir=tmp_path)
    channel = MemoryChannel()
    app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry.load(None, config))
    yield app
    app.extensions["phloem"].close()


def threads() -> set[str]:
    """What our threads are called."""
    return {name.removeprefix("phloem-") for thread in threading.enumerate() if (name := thread.name)} & THREADS


def test_threads_run_from_the_start_to_the_end_of_an_application_and_no_longer(app: Flask) -> None:
    runtime: Runtime = app.extensions["phloem"]
    assert threads() == set()
    runtime.start()
    assert threads() == THREADS
    client = Client(app.wsgi_app)
    wait_until(lambda: client.get("/readyz", headers={"Host": "127.0.0.1"}).status_code == 200, 5, "it is ready")
    runtime.close()
    assert threads() == set()


def test_a_process_that_stops_does_not_wait_for_threads(app: Flask) -> None:
    runtime: Runtime = app.extensions["phloem"]
    runtime.start()
    runtime.stop(dismissal=0.0)
    wait_until(lambda: not threads(), 5, "the threads end")


def test_requests_are_answered_though_nothing_was_started(app: Flask) -> None:
    client = Client(app.wsgi_app)
    local = {"Host": "127.0.0.1"}
    assert client.get("/healthz", headers=local).status_code == 200
    assert client.get("/readyz", headers=local).status_code == 503
    assert "phloem_viewers 0.0" in client.get("/metrics", headers=local).get_data(as_text=True)
