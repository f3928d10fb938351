"""A web server, and a store for what is downloaded from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from phloem.files import FileStore
from phloem.jobs import fetch_url as module
from phloem.jobs import results
from phloem.jobs.settings import JobSettings
from tests import web_server as answers
from tests.unit.worker.jobs.download.fetching import LIMIT
from tests.web_server import WebServer


@pytest.fixture(scope="module")
def running() -> Iterator[WebServer]:
    with answers.web_server() as server:
        yield server


@pytest.fixture
def server(running: WebServer) -> WebServer:
    running.answers.clear()
    running.asked.clear()
    return running


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    store = FileStore(tmp_path)
    monkeypatch.setattr(results, "files", store)
    monkeypatch.setattr(module, "settings", JobSettings(fetch_private=True, upload_limit=LIMIT))
    return store


@pytest.fixture
def careful(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is unless somebody allows more."""
    monkeypatch.setattr(module, "settings", JobSettings(upload_limit=LIMIT))
