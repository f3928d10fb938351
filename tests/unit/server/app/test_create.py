"""The application as a whole: that it does nothing before it is started, and nothing after it was closed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.beat import ScheduleEntry
from flask import Flask
from werkzeug.test import Client

from phloem.record.stores.views import SharedView
from phloem.testing import MemoryChannel
from phloem_server.app import create
from phloem_server.app.create import create_app
from phloem_server.app.runtime import Runtime
from phloem_server.boards.entries import choice
from phloem_server.boards.entries.source import Found, Planned
from phloem_server.control.registry import Registry
from phloem_server.live.board_hub import Board
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from tests.unit.conftest import Threads
from tests.waiting import wait_until

THREADS = {
    f"phloem-{name}"
    for name in (
        "admissions",
        "follower",
        "views",
        "announcements",
        "delivery",
        "boards",
        "fleet",
        "schedule",
        "shared-views",
        "handshakes",
        "audit",
    )
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    config = Config(async_mode="threading", data_dir=tmp_path)
    channel = MemoryChannel()
    app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry.load(None, config))
    yield app
    app.extensions["phloem"].close()


def test_threads_run_from_the_start_to_the_end_of_an_application_and_no_longer(
    app: Flask, new_threads: Threads
) -> None:
    runtime: Runtime = app.extensions["phloem"]
    assert new_threads() == []
    runtime.start()
    assert {thread.name for thread in new_threads()} == THREADS
    client = Client(app.wsgi_app)
    wait_until(lambda: client.get("/readyz", headers={"Host": "127.0.0.1"}).status_code == 200, 60, "it is ready")
    runtime.close()
    assert new_threads() == []


def test_who_looks_at_the_schedule_gets_what_its_thread_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Kept:
        place, changes, lag = "The shelf", True, 0.0

        def read(self) -> Found:
            entry = ScheduleEntry(name="it", task="a.b", schedule=60)
            return Found(entries=(Planned(name="it", entry=entry),))

    monkeypatch.setattr(choice, "source", lambda _: Kept())
    config, channel = Config(async_mode="threading", data_dir=tmp_path), MemoryChannel()
    app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry.load(None, config))
    runtime: Runtime = app.extensions["phloem"]
    runtime.start()
    shown = Client(app.wsgi_app).get("/api/v1/schedule", headers={"Host": "127.0.0.1"}).get_json()
    runtime.close()
    assert [entry["name"] for entry in shown["entries"]] == ["it"]


def test_shared_views_are_read_by_their_own_thread_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, channel = Config(async_mode="threading", data_dir=tmp_path), MemoryChannel()
    readers: list[str] = []
    boards: dict[str, Board] = {}
    make = create._boards

    def read() -> tuple[SharedView, ...]:
        readers.append(threading.current_thread().name)
        return ()

    def keep(*parts: Any) -> dict[str, Board]:
        boards.update(make(*parts))
        return boards

    monkeypatch.setattr(channel.views, "all", read)
    monkeypatch.setattr(create, "_boards", keep)
    app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry.load(None, config))
    runtime: Runtime = app.extensions["phloem"]
    runtime.start()
    shown = Client(app.wsgi_app).get("/api/v1/views", headers={"Host": "127.0.0.1"}).get_json()
    boards["views"].keep()
    runtime.close()
    assert (shown, {*readers}) == ({"views": []}, {"phloem-shared-views"})


def test_a_process_that_stops_does_not_wait_for_threads(app: Flask, new_threads: Threads) -> None:
    runtime: Runtime = app.extensions["phloem"]
    runtime.start()
    runtime.stop(dismissal=0.0)
    wait_until(lambda: not new_threads(), 10, "the threads end")


def test_requests_are_answered_though_nothing_was_started(app: Flask) -> None:
    client = Client(app.wsgi_app)
    local = {"Host": "127.0.0.1"}
    assert client.get("/healthz", headers=local).status_code == 200
    assert client.get("/readyz", headers=local).status_code == 503
    assert "phloem_viewers 0.0" in client.get("/metrics", headers=local).get_data(as_text=True)


def test_the_answer_that_a_client_is_connected_comes_before_any_event(app: Flask) -> None:
    client, local = Client(app.wsgi_app), {"Host": "127.0.0.1"}
    polling = "/socket.io/?EIO=4&transport=polling"
    session = json.loads(client.get(polling, headers=local).text[1:])["sid"]
    client.post(f"{polling}&sid={session}", headers=local, data="40")
    connected, status, *_ = client.get(f"{polling}&sid={session}", headers=local).text.split("\x1e")
    assert connected.startswith('40{"sid":')
    assert status.startswith('42["status",')


def test_after_signing_in_one_lands_on_the_task_that_was_asked_for_whatever_its_id(tmp_path: Path) -> None:
    config = Config(async_mode="threading", data_dir=tmp_path, password="open sesame", secret_key="k" * 32)
    channel = MemoryChannel()
    app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry.load(None, config))
    asked = {"Host": "127.0.0.1", "Accept": "text/html"}
    answer = Client(app.wsgi_app).get("/tasks/nightly%2Flog%25%0A", headers=asked)
    assert 'name="next" value="/tasks/nightly%2Flog%25%0A"' in answer.text
    app.extensions["phloem"].close()


def test_who_signs_in_at_one_web_host_is_known_to_another_that_shares_the_record_and_no_file(tmp_path: Path) -> None:
    channel, local = MemoryChannel(), {"Host": "127.0.0.1"}
    apps = []
    for name in ("one", "two"):
        config = Config(async_mode="threading", data_dir=tmp_path / name, password="open sesame")
        registry = Registry.load(None, config)
        apps.append(create_app(config, follower=Follower(channel), channel=channel, registry=registry))
    one, two = (Client(app.wsgi_app, use_cookies=False) for app in apps)
    cookie = one.post("/sign-in", headers=local, data={"password": "open sesame"}).headers["Set-Cookie"]
    assert two.get("/api/v1/session", headers=local).status_code == 401
    assert two.get("/api/v1/session", headers={**local, "Cookie": cookie.partition(";")[0]}).status_code == 200
    for app in apps:
        app.extensions["phloem"].close()


def test_what_people_do_and_what_is_refused_to_them_is_audited(tmp_path: Path) -> None:
    config = Config(async_mode="threading", data_dir=tmp_path, password="open sesame")
    channel = MemoryChannel()
    app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry.load(None, config))
    runtime: Runtime = app.extensions["phloem"]
    runtime.start()
    local = {"Host": "127.0.0.1", "Origin": "http://127.0.0.1"}
    client = Client(app.wsgi_app)
    form = {"password": "wrong"}
    for _ in range(3):
        client.post("/sign-in", headers=local, data=form)
    client.post("/sign-in", headers=local, data={"password": "open sesame"})
    client.post("/api/v1/tasks/unknown/revoke", headers=local)
    client.post("/api/v1/tasks/t/revoke", headers={**local, "Origin": "https://elsewhere.example"})
    client.post("/sign-out", headers=local)
    client.get("/", headers={**local, "Accept": "text/html"})
    bearer = {**local, "Authorization": "Bearer open sesame"}
    wait_until(lambda: channel.audit.ends()[1].number == 5, 60, "what is due at once is there")
    shown = client.get("/api/v1/audit", headers=bearer).get_json()["entries"]
    runtime.close()
    told = [(entry["action"], entry["outcome"], entry["code"]) for entry in reversed(shown)]
    assert told == [
        ("sign_in", "refused", "password_wrong"),
        ("sign_in", "done", ""),
        ("revoke", "refused", "task_unknown"),
        ("request", "refused", "origin_refused"),
        ("sign_out", "done", ""),
    ]
    assert shown[2]["target"] == "unknown"
    assert {entry["kind"] for entry in shown} == {"none", "session"}
    assert channel.audit.newest("", 1)[0].number == 6
    assert '"count":2' in channel.audit.newest("", 1)[0].text
