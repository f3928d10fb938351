"""Phloem served by servers of others: inside a Flask application of somebody's, and by gunicorn."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
import socketio

from tests.api import Api
from tests.browser.beside import Web
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

PYTHON = shlex.quote(sys.executable)
GUNICORN = (
    f'exec {PYTHON} -m gunicorn --bind "127.0.0.1:$PORT" --graceful-timeout 1 --no-control-socket --log-level warning'
)

PASSWORD = {"Authorization": "Bearer open sesame"}


@contextmanager
def served(stack: Stack, served_by: str, command: str, prefix: str = "") -> Iterator[Web]:
    """It, running beside the stack."""
    with Web(stack, {"SERVED_BY": served_by, "PHLOEM_PASSWORD": "open sesame"}, command, prefix) as web:
        yield web


def watch_a_task(stack: Stack, web: Web) -> None:
    """A client sees a task begin, go on and end, over a WebSocket, and finds it by the API."""
    task_id = Api(stack.url).submit("countdown", duration=1)
    with Viewer(web.url, PASSWORD, task=task_id) as viewer:
        wait_until(lambda: viewer.rows.get(task_id, {}).get("state") == "SUCCESS", 60, "it ends")
        assert viewer.misfits == []
    found = requests.get(f"{web.url}/api/v1/tasks/{task_id}", headers=PASSWORD, timeout=40)
    assert found.json()["result"] == '"1 s have passed"'


@pytest.mark.parametrize(
    ("served_by", "command"),
    [
        ("threading", f"exec {PYTHON} -m tests.acceptance.own_app"),
        ("eventlet", f"exec {PYTHON} -m tests.acceptance.own_app"),
        ("threading", f"{GUNICORN} --worker-class gthread --threads 20 tests.acceptance.own_app:app"),
        ("gevent", f"{GUNICORN} --worker-class gevent tests.acceptance.own_app:app"),
    ],
    ids=["own server with threads", "own server with eventlet", "gunicorn with threads", "gunicorn with gevent"],
)
def test_it_lives_beside_the_flask_socketio_and_the_sign_in_of_an_application_on_one_port(
    stack: Stack, served_by: str, command: str
) -> None:
    with served(stack, served_by, command, "/jobs") as web, requests.Session() as browser:
        browser.post(f"{web.origin}/sign-in", data={"user": "ann"}, timeout=40)
        assert browser.get(f"{web.url}/api/v1/tasks", timeout=40).status_code == 401
        browser.post(f"{web.url}/sign-in", data={"password": "open sesame"}, timeout=40)
        assert browser.get(f"{web.url}/api/v1/tasks", timeout=40).status_code == 200
        assert browser.get(web.origin, timeout=40).text == "Hello ann"
        assert '="/jobs/assets/' in browser.get(f"{web.url}/", timeout=40).text
        watch_a_task(stack, web)
        with socketio.SimpleClient() as own:
            own.connect(web.origin, transports=["websocket"])
            assert own.call("shout", "hello", timeout=10) == "HELLO"


@pytest.mark.parametrize("worker", ["gthread --threads 20", "gevent", "gthread --threads 20 --preload"])
def test_gunicorn_serves_all_of_it(stack: Stack, worker: str) -> None:
    command = f"{GUNICORN} --worker-class {worker} phloem_server.wsgi:application"
    with served(stack, "", command) as web:
        page = requests.get(f"{web.url}/", headers={**PASSWORD, "Accept": "text/html"}, timeout=40)
        assert "<title>Phloem</title>" in page.text
        watch_a_task(stack, web)
        polled = requests.get(f"{web.url}/socket.io/?EIO=4&transport=polling", headers=PASSWORD, timeout=40)
        assert '"upgrades":["websocket"]' in polled.text
