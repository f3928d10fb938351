"""One run of the fuzz: a real server under attack, and a viewer in the middle of it."""

from __future__ import annotations

import itertools
import os
import random
import re
import secrets
import shlex
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.chaos.viewers import Viewer
from tests.child import Child
from tests.fuzz.attacks import LEVELS, Target
from tests.processes import PHLOEM, START_SECONDS, Redis, free_port, knock
from tests.waiting import wait_until

TASKS = 20
PUBLISHED = 200
"""Messages of the channel that are kept to be mutated."""

SEEN_WITHIN = 40.0
"""Seconds within which a viewer has to see a change, whatever is going on. Who lies on the channel can make a relay
read the record anew, for which it takes up to five each time."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much: messages in all, and at which share of them memory is taken for warmed up."""

    messages: int = 100_000
    warm: float = 0.25
    attackers: int = 3
    fanout: str = "direct"
    mode: str = "eventlet"
    seed: int = 0


@dataclass
class Report:
    """What was said, and what became of the server and of the viewer. Sizes in MB."""

    seconds: float = 0
    said: Counter[str] = field(default_factory=Counter)
    warm: float = 0
    end: float = 0
    peak: float = 0
    frames: int = 0
    resyncs: int = 0
    connections: int = 0
    slowest: float = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """What the server's memory grew by since it was warm."""
        return self.end - self.warm

    def __str__(self) -> str:
        levels = ", ".join(f"{count} {level}" for level, count in sorted(self.said.items()))
        who = f"the viewer: {self.connections} connections, {self.frames} frames, {self.resyncs} resyncs"
        sizes = f"{self.warm:.1f} MB when warm, {self.end:.1f} at the end ({self.growth:+.1f}), {self.peak:.1f} at most"
        lines = [
            f"{self.said.total()} messages in {self.seconds:.0f} s: {levels}",
            f"memory: {sizes}",
            f"{who}; the slowest change was seen after {self.slowest:.2f} s",
            f"{len(self.wrong)} things wrong",
        ]
        return "\n".join([*lines, *self.wrong[:20]])


class Producer:
    """Tasks that run again and again, so that there is always something to tell and never more to keep."""

    def __init__(self, channel: RedisChannel) -> None:
        self.ids = tuple(f"task{number}" for number in range(TASKS))
        self._channel = channel
        self._source = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="producer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(10)

    def say(self, task_id: str, state: State, run: str, attempt: int, message: str = "") -> None:
        with self._lock:
            now = time.time()
            event = Event(
                id=task_id,
                at=now,
                source=self._source,
                seq=next(self._numbers),
                run=run,
                attempt=attempt,
                state=state,
                name=f"a.{task_id}",
                queue="celery",
                message=message or None,
                log=(Line(at=now, level="info", message="a line"),),
            )
            self._channel.record([event])

    def _run(self) -> None:
        for attempt in itertools.count(1):
            for task_id in self.ids:
                run = secrets.token_hex(4)
                for state in (State.STARTED, State.PROGRESS, State.SUCCESS):
                    if self._stopped.wait(0.01):
                        return
                    try:
                        self.say(task_id, state, run, attempt)
                    except ChannelError:
                        continue


class Fuzz:
    """The processes of one run, in `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.plan = plan
        self._port = free_port()
        self._redis = Redis(folder / "redis")
        self._folder = folder
        self._report = Report()
        self._beginning = time.monotonic()

    def run(self, say: Callable[[str], None] = lambda _: None) -> Report:
        """All of it; `say` gets a line on the progress every now and then."""
        report = self._report
        with ExitStack() as stack:
            self._redis.start()
            stack.callback(self._redis.stop)
            more = {"PHLOEM_FANOUT": self.plan.fanout, "PHLOEM_ASYNC_MODE": self.plan.mode}
            web = stack.enter_context(serving(self._folder, self._redis.url, self._port, more))
            channel = RedisChannel(Settings(redis_url=self._redis.url))
            producer = Producer(channel)
            with self._recorded() as published:
                producer.start()
                stack.callback(producer.stop)
                viewer = self._viewer(producer)
                viewer.start()
                stack.callback(viewer.stop)
                wait_until(lambda: len(published) >= PUBLISHED, 60, "changes are published")
            wait_until(lambda: all(watch.store.tasks for watch in viewer.watches), SEEN_WITHIN, "the viewer sees tasks")
            position = viewer.watches[0].store.position
            assert position is not None
            target = Target(
                port=self._port,
                redis_url=self._redis.url,
                channel="phloem:{phloem}:events",
                meta="phloem:{phloem}:meta",
                epoch=position.epoch,
                watches=tuple(watch.key or "" for watch in viewer.watches),
                tasks=producer.ids,
                published=published,
            )
            self._attack(target, web, viewer, producer, say)
            newcomer = self._viewer(producer)
            newcomer.start()
            stack.callback(newcomer.stop)
            self._mark(newcomer, producer, "a newcomer")
            told = [watch.oracle.counts for watch in newcomer.watches]
            wait_until(lambda: all(counts["frames"] for counts in told), SEEN_WITHIN, "a newcomer is told of changes")
            self._mark(viewer, producer, "the viewer")
            report.seconds = time.monotonic() - self._beginning
            report.end = memory(web.pid)
            self._look_at(viewer, "the viewer")
            self._look_at(newcomer, "a newcomer")
            report.connections = viewer.line.connections
            for watch in viewer.watches:
                report.frames += watch.oracle.counts["frames"]
                report.resyncs += watch.oracle.counts["resyncs"]
            if web.status is not None:
                report.wrong.append(f"the server ended with status {web.status}")
            report.wrong += [f"the server's log: {line}" for line in troubles(web.log())]
        return report

    def _viewer(self, producer: Producer) -> Viewer:
        return Viewer([f"http://127.0.0.1:{self._port}"], {"view": {}}, {"task": producer.ids[0]})

    def _attack(
        self, target: Target, web: Child, viewer: Viewer, producer: Producer, say: Callable[[str], None]
    ) -> None:
        report, plan = self._report, self.plan
        threads = [
            threading.Thread(target=self._visit, args=(target, random.Random(f"{plan.seed}.{n}"), web), daemon=True)
            for n in range(plan.attackers)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(1)  # the pace of the report
            self._mark(viewer, producer, "the viewer")
            now, said = memory(web.pid), report.said.total()
            report.peak = max(report.peak, now)
            if said >= plan.warm * plan.messages and not report.warm:
                report.warm = now
            say(f"{said} of {plan.messages} messages, {now:.1f} MB, seen after {report.slowest:.2f} s at most")
            if web.status is not None or report.wrong:
                break
        for thread in threads:
            thread.join(60)
        report.warm = report.warm or memory(web.pid)

    def _visit(self, target: Target, chance: random.Random, web: Child) -> None:
        levels, weights = list(LEVELS), list(LEVELS.values())
        while self._report.said.total() < self.plan.messages and web.status is None and not self._report.wrong:
            (level,) = chance.choices(levels, weights)
            try:
                self._report.said[level.__name__] += level(target, chance)
            except (OSError, redis.RedisError) as error:
                if not knock(self._port):
                    self._report.wrong.append(f"{level.__name__}: {error}")

    def _mark(self, viewer: Viewer, producer: Producer, who: str) -> None:
        """Something new happens; how long until it is seen."""
        mark = secrets.token_hex(4)
        beginning = time.monotonic()
        producer.say("marked", State.PROGRESS, "r", 1, mark)

        def is_seen() -> bool:
            task = viewer.watches[0].store.task("marked")
            return task is not None and task.message == mark

        try:
            wait_until(is_seen, SEEN_WITHIN)
        except AssertionError:
            self._report.wrong.append(f"{who} did not see a change for {SEEN_WITHIN:g} s")
        self._report.slowest = max(self._report.slowest, time.monotonic() - beginning)

    def _look_at(self, viewer: Viewer, who: str) -> None:
        report = self._report
        report.wrong += [f"{who}: {trouble}" for trouble in viewer.trouble]
        if viewer.line.connections > 1:
            report.wrong.append(f"{who} was cut off {viewer.line.connections - 1} times")
        if not all(watch.oracle.counts["frames"] for watch in viewer.watches):
            report.wrong.append(f"{who} was told nothing")

    @contextmanager
    def _recorded(self) -> Iterator[list[bytes]]:
        """What is published while the block runs, up to PUBLISHED messages."""
        found: list[bytes] = []
        stopped = threading.Event()
        with redis.Redis.from_url(self._redis.url) as client, client.pubsub() as pubsub:
            pubsub.subscribe("phloem:{phloem}:events")

            def listen() -> None:
                while not stopped.is_set() and len(found) < PUBLISHED:
                    message: Mapping[str, Any] | None = pubsub.get_message(timeout=0.1)
                    if message is not None and message["type"] == "message":
                        found.append(message["data"])

            thread = threading.Thread(target=listen, daemon=True)
            thread.start()
            try:
                yield found
            finally:
                stopped.set()
                thread.join(10)


@contextmanager
def serving(folder: Path, redis_url: str, port: int, more: Mapping[str, str]) -> Iterator[Child]:
    """A web process, for as long as the block runs."""
    environment = {
        **os.environ,
        "REDIS_URL": redis_url,
        "PHLOEM_DATA_DIR": str(folder / "data"),
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    command = shlex.join([*PHLOEM, "serve", "--port", str(port)])
    web = Child(f"exec {command}", folder / "web.log", environment)
    try:
        wait_until(lambda: knock(port) or web.status is not None, START_SECONDS, web.log)
        assert web.status is None, web.log()
        yield web
    finally:
        web.kill()


def memory(pid: int) -> float:
    """Resident memory of a process, in MB; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0


def troubles(log: str) -> list[str]:
    """Tracebacks and errors in a log, each kind once, with how often."""
    found: Counter[str] = Counter()
    lines = log.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("Traceback"):
            end = next((each for each in lines[number + 1 :] if each and not each.startswith((" ", "Traceback"))), "")
            found[end[:200]] += 1
        elif line.startswith(("ERROR", "CRITICAL")):
            found[line[:200]] += 1
    return [f"{count} times {line}" for line, count in found.most_common()]
