"""A contestant: a worker with two children and a producer, which are observed in one way, and what they use."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from benchmarks.harness.measures import cpu
from benchmarks.workers.app import ATTACHED, BROKER, EVENTS, RESULTS, WAY
from phloem.model.changes import Position
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.child import Child
from tests.processes import ROOT

LOOK_SECONDS = 0.005
"""Time between two looks whether all tasks have ended."""

END_SECONDS = 120.0
"""Time for the tasks of one turn to end, on a machine with other work to do."""

RECORD_SECONDS = 1.0
"""Time for the ends of the last tasks to be recorded."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a contestant did with the tasks of one turn. Seconds of CPU are for one task."""

    tasks_per_second: float
    """From the first that is sent to the last that has ended."""
    producer: float
    children: float
    main: float
    redis: float

    @property
    def whole(self) -> float:
        """Of all processes."""
        return self.producer + self.children + self.main + self.redis


class Contestant:
    """One way to observe tasks, with databases of its own on a Redis that all contestants share."""

    def __init__(self, way: str, place: int, server: tuple[int, int], port: int, folder: Path) -> None:
        """`server` is the process of Redis and its port, `port` the one by which the contestant reaches it."""
        self.way = way
        self._server, self._port = server
        self._results = redis.Redis(port=self._port, db=2 * place + 1)
        self._results.flushdb()
        url = f"redis://127.0.0.1:{port}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PHLOEM_")},
            WAY: way,
            BROKER: f"{url}/{2 * place}",
            RESULTS: f"{url}/{2 * place + 1}",
            "REDIS_URL": f"{url}/0",
            "PHLOEM_NAMESPACE": f"overhead{port}",
            "PHLOEM_DATA_DIR": str(folder),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        self._channel = RedisChannel(
            Settings(redis_url=f"redis://127.0.0.1:{self._port}/0", namespace=f"overhead{port}")
        )
        options = "--concurrency 2 --without-mingle --without-gossip" + (" -E" if way == EVENTS else "")
        python = shlex.quote(sys.executable)
        self._worker = Child(
            f"exec {python} -m celery -A benchmarks.workers.app worker {options}",
            folder / f"worker-{place}-{port}.log",
            environment,
        )
        self._producer = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.workers.producer"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()
        self._sent = 1
        self._wait_for_all()
        self._children = _children_of(self._worker.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._worker.stop()
        self._producer.communicate()
        self._results.close()
        self._channel.close()

    def turn(self, tasks: int) -> Turn:
        """Sends so many tasks, and waits until all have ended."""
        pids = (*self._children, self._worker.pid, self._server)
        before, start = [cpu(pid) for pid in pids], time.perf_counter()
        assert self._producer.stdin is not None
        self._producer.stdin.write(f"{tasks}\n")
        self._producer.stdin.flush()
        self._sent += tasks
        self._wait_for_all()
        seconds = time.perf_counter() - start
        _, burnt = map(float, self._answer().split())
        *children, main, server = (cpu(pid) - used for pid, used in zip(pids, before, strict=True))
        return Turn(
            tasks_per_second=tasks / seconds,
            producer=burnt / tasks,
            children=sum(children) / tasks,
            main=main / tasks,
            redis=server / tasks,
        )

    def recorded(self) -> float:
        """The share of its tasks whose end the record has, a moment later; 1 where nothing was to be recorded."""
        if self.way != ATTACHED:
            return 1.0
        end = time.monotonic() + RECORD_SECONDS
        while (ended := self._ended()) < self._sent and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        return ended / self._sent

    def _ended(self) -> int:
        return sum(
            task.state == "SUCCESS"
            for page in self._channel.changed(Position(epoch="", offset=0))
            for task in page.tasks
        )

    def _wait_for_all(self) -> None:
        end = time.monotonic() + END_SECONDS
        while self._results.dbsize() < self._sent:
            if time.monotonic() > end:
                raise SystemExit(f"{self.way}: not all tasks ended\n{self._worker.log()[-3000:]}")
            time.sleep(LOOK_SECONDS)

    def _answer(self) -> str:
        assert self._producer.stdout is not None
        return self._producer.stdout.readline()


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
