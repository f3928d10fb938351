"""What befalls Redis, its connections and the workers."""

from __future__ import annotations

import os
import random
import shlex
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import redis

from tests.child import Child
from tests.processes import Redis
from tests.waiting import wait_until

LAST = 1.0
"""Seconds that Redis forgets in a crash, at most: what `appendfsync everysec` has not yet forced to the disk."""


class Connections:
    """Kills connections to the Redis that `server` names, one every `pause` seconds, subscribed or not."""

    def __init__(self, server: Callable[[], str], pause: float, seed: int) -> None:
        self.killed: Counter[str] = Counter()
        self._server = server
        self._pause = pause
        self._random = random.Random(seed)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="connections", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stopped.wait(self._pause):
            try:
                with redis.Redis.from_url(self._server()) as control:
                    self._kill_one(control)
            except (redis.RedisError, OSError, AssertionError):
                continue  # Redis itself is down

    def _kill_one(self, control: redis.Redis) -> None:
        mine = str(control.client_id())
        kind = self._random.choice(("normal", "pubsub"))
        others = [each["id"] for each in control.client_list(_type=kind) if each["id"] != mine]
        if others:
            self.killed[kind] += int(control.client_kill_filter(_id=self._random.choice(others)))


def crash(server: Redis, seed: random.Random) -> int:
    """SIGKILL, as if the machine lost power: of the last second some is not on disk. Bytes that are forgotten."""
    seen = [(time.monotonic(), _sizes(server.folder))]
    while time.monotonic() < seen[0][0] + LAST:  # the fault itself: so much is recorded, and may be forgotten
        time.sleep(LAST / 20)
        seen.append((time.monotonic(), _sizes(server.folder)))
    server.sigkill()
    # On a busy machine it may have been longer; what is older than that is on the disk.
    now = time.monotonic()
    before: dict[Path, int] = next((sizes for at, sizes in seen if at >= now - LAST), {})
    forgotten = 0
    for file, size in _sizes(server.folder).items():
        kept = seed.randint(before.get(file, size), size)
        forgotten += size - kept
        os.truncate(file, kept)
    server.start()
    return forgotten


def _sizes(folder: Path) -> dict[Path, int]:
    return {file: file.stat().st_size for file in folder.rglob("*.incr.aof")}


class Workers:
    """Real Celery workers with prefork pools; one that is killed is replaced by another."""

    def __init__(self, folder: Path, environment: Mapping[str, str], count: int) -> None:
        self.killed: list[str] = []
        self._folder = folder
        self._environment = environment
        self._started = 0
        self._workers: dict[str, Child] = {}
        for _ in range(count):
            self._start()
        for name in self._workers:
            self._wait_for(name)

    def kill(self) -> None:
        """SIGKILL to one of them, its children included. Returns when its successor is ready."""
        name = next(iter(self._workers))
        self._workers.pop(name).kill()
        self.killed.append(name)
        self._wait_for(self._start())

    def stop(self) -> None:
        for worker in self._workers.values():
            worker.kill()
        self._workers.clear()

    def log(self) -> str:
        """What all of them said."""
        return "\n".join(file.read_text(errors="replace") for file in sorted(self._folder.glob("worker*.log")))

    def _start(self) -> str:
        self._started += 1
        name = f"worker{self._started}"
        command = shlex.join(
            [
                *(sys.executable, "-m", "celery", "-A", "tests.chaos.app", "worker", "--concurrency", "2"),
                *("--hostname", f"{name}@chaos", "--without-gossip", "--without-mingle"),
            ]
        )
        environment = {**self._environment, "CHAOS_OWNER": name}
        self._workers[name] = Child(f"exec {command}", self._folder / f"{name}.log", environment)
        return name

    def _wait_for(self, name: str) -> None:
        worker = self._workers[name]
        wait_until(lambda: "] ready" in worker.log() or worker.status is not None, 40, worker.log)
        assert worker.status is None, worker.log()
