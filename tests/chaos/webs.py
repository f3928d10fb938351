"""The web processes, each on a port of its own, killed one by one and started again."""

from __future__ import annotations

import random
import shlex
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.chaos.web import UNHEARD
from tests.child import Child
from tests.processes import START_SECONDS, free_port
from tests.waiting import wait_until

FANOUTS = ("plain", "direct")


class Webs:
    """Web processes of both kinds of fan-out, in turn. `fail` kills one after the other until `spare`.

    As under any supervisor, one that ended is started again: it gives up by itself if Redis is away when it starts.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], count: int, pause: float, seed: int) -> None:
        self.killed = 0
        self._folder = folder
        self._environment = environment
        self._pause = pause
        self._random = random.Random(seed)
        self._spared = threading.Event()
        self._thread = threading.Thread(target=self._fail, name="webs", daemon=True)
        self._ports = [free_port() for _ in range(count)]
        self._children = [self._start(number) for number in range(count)]
        for number in range(count):
            self._wait_for(number)

    @property
    def urls(self) -> list[str]:
        """Where they are."""
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    @property
    def unheard(self) -> int:
        """How many messages their relays did not hear."""
        return sum(file.stat().st_size for file in self._folder.glob("web*.unheard"))

    def fail(self) -> None:
        """From now on one is killed every now and then."""
        self._thread.start()

    def spare(self) -> None:
        """From now on none is killed, and all are there."""
        self._spared.set()
        self._thread.join(2 * START_SECONDS)
        for number in range(len(self._ports)):
            self._wait_for(number)

    def stop(self) -> None:
        """Kills all of them."""
        self._spared.set()
        for child in self._children:
            child.kill()

    def log(self) -> str:
        """What all of them said."""
        return "\n".join(child.log() for child in self._children)

    def _fail(self) -> None:
        while not self._spared.wait(self._pause * self._random.uniform(0.5, 1.5)):
            number = self._random.randrange(len(self._ports))
            self._children[number].kill()
            self.killed += 1
            self._children[number] = self._start(number)
            self._wait_for(number)

    def _start(self, number: int) -> Child:
        port, folder = self._ports[number], self._folder / f"web{number}"
        command = shlex.join([sys.executable, "-m", "tests.chaos.web", "serve", "--port", str(port)])
        return Child(
            f"exec {command}",
            self._folder / f"web{number}.log",
            {
                **self._environment,
                UNHEARD: str(self._folder / f"web{number}.unheard"),
                "PHLOEM_DATA_DIR": str(folder),
                "PHLOEM_FANOUT": FANOUTS[number % len(FANOUTS)],
            },
        )

    def _wait_for(self, number: int) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def alive() -> bool:
            if self._children[number].status is not None:
                self._children[number] = self._start(number)
            try:
                with opener.open(f"{self.urls[number]}/healthz", timeout=5):
                    return True
            except (urllib.error.URLError, OSError):
                return False

        wait_until(alive, START_SECONDS, lambda: self._children[number].log())
