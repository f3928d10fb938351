"""Makes, uses and closes applications in one process: `MODE REDIS_URL FOLDER COUNT`.

Prints what the process has before the first and after the last, each in a line of JSON.

Each is a whole web process' worth: a channel, a follower, a Celery app that is attached, HTTP and Socket.IO on a
socket. It is asked for its page, a task is sent by it, and clients watch a list and a board until the end.
"""

# The imports below have to follow the choice of the mode, which replaces parts of the standard library.

from __future__ import annotations

import sys

from phloem_server.transport.modes import choice

if __name__ == "__main__":
    choice.prepare(sys.argv[1])

import gc
import http.client
import json
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.harness.viewers import Watcher
from celery import Celery
from kombu import pools

import phloem
from phloem.instrument import attachment
from phloem.record.redis_record import RedisChannel
from phloem_server.app.create import create_app
from phloem_server.app.runtime import Runtime
from phloem_server.control.registry import Registry
from phloem_server.mirror import follower
from phloem_server.mirror.mirror import Mirror
from phloem_server.settings import Config
from phloem_server.transport import listen

TASK = "closing.task"


def main(mode: str, redis_url: str, folder: str, count: int) -> None:
    config = Config(redis_url=redis_url, broker_url=redis_url, async_mode=mode, data_dir=Path(folder))
    follower.CHECK_EVERY = 0.1  # a follower that is stopped notices within a quarter of that
    print(json.dumps(left()))
    for _ in range(count):
        make_use_and_close(config)
    print(json.dumps(left()))


def make_use_and_close(config: Config) -> None:
    with Celery("closing", broker=config.broker_url, set_as_current=False) as celery:
        celery.task(name=TASK)(do_nothing)
        phloem.attach(celery, config)
        channel = RedisChannel(config)
        registry = Registry(celery, "closing")
        app = create_app(config, follower=follower.Follower(channel), channel=channel, registry=registry)
        runtime: Runtime = app.extensions["phloem"]
        sock = listen.bind("127.0.0.1", 0)
        port = sock.getsockname()[1]
        server = choice.load(config.async_mode).start(sock, app.wsgi_app)
        runtime.start()
        use(port)
        server.stop_accepting()
        runtime.close()
        server.stop()
        channel.close()
        attachment.detach()
    pools.reset()  # Celery shares its connections to a broker with all apps of the process


def do_nothing() -> None:
    """The task; there is no worker for it."""


def use(port: int) -> None:
    """Watches a list until a task comes that this sends over HTTP, and a board."""
    watcher = Watcher(port, {"view": {}}).wait()
    board = Watcher(port, {"board": "now"})
    assert request(port, "GET", "/")[0] in (200, 503)  # it may not be built
    status, answer = request(port, "POST", "/api/v1/tasks", {"name": TASK})
    assert status == 202, answer
    watcher.wait(watcher.offset + 1)
    assert answer["id"] in [task["id"] for task in request(port, "GET", "/api/v1/tasks")[1]["tasks"]]
    board.socket.close()
    watcher.socket.close()


def request(port: int, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    content = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, json.dumps(body) if body else None, content)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if "json" in response.headers["Content-Type"] else {}


def left() -> dict[str, object]:
    """What this process has: once what is about to end has ended, or after a few seconds."""
    end = time.monotonic() + 5
    while True:
        gc.collect()
        objects = gc.get_objects()
        found: dict[str, object] = {
            "threads": sorted(thread.name for thread in threading.enumerate() if thread.name != "MainThread"),
            "greenlets": sum(type(each).__name__ == "GreenThread" and not each.dead for each in objects),
            "applications": sum(isinstance(each, Mirror) for each in objects),
            "files": files(),
        }
        del objects
        if not any((found["threads"], found["greenlets"], found["applications"])) or time.monotonic() > end:
            return found
        time.sleep(0.01)


def files() -> list[str]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(entry.readlink()).partition(":")[0])
    return sorted(found)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
