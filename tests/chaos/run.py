"""One run of the chaos: load, faults, quiet, comparison."""

from __future__ import annotations

import os
import random
import shlex
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import redis

from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.app.loops import Loops
from phloem_server.mirror.mirror import Page
from phloem_server.mirror.task_view import LOG_KEPT
from tests.chaos.faults import Connections, Workers
from tests.chaos.places import PLACES, Place
from tests.chaos.readers import Control, Deafened, Watched, held
from tests.chaos.truth import FOLDER, OWNER, Truth
from tests.chaos.viewers import Cutting, Following, Forgetful, Sleepy, Viewer, totals, window
from tests.chaos.webs import Webs
from tests.child import Child
from tests.processes import ROOT, Redis
from tests.waiting import wait_until

TAKEN = 10
"""Seconds after which a task that is due for another try is not tried again: its message is lost."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything. Times in seconds, rates in one a second.

    `place` is where the record is (see `places`). Redis and the workers fail in turn: what only a worker and Redis know
    is lost if both are killed at once, and nobody can tell. A worker is killed `healing` after Redis is back, Redis
    `apart` after a worker was replaced.
    """

    seconds: float = 60
    rounds: int = 6
    healing: float = 5
    apart: float = 2
    pause_between_kills: float = 0.3
    speakers: int = 2
    spoken: float = 550
    sent: float = 30
    relays: int = 3
    webs: int = 2
    pause_between_webs: float = 5
    lease: int = 10
    drain: bool = True
    place: str = "alone"
    seed: int = 0


@dataclass
class Report:
    """What was done, and what it came to."""

    seconds: float = 0
    events: int = 0
    forgets: bool = True
    states: Counter[State] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    crashes: int = 0
    forgotten_bytes: int = 0
    workers_killed: int = 0
    webs_killed: int = 0
    dropped: int = 0
    subscriptions: int = 0
    applied: int = 0
    untold: int = 0
    control_wrong: int = 0
    viewers: int = 0
    connections: int = 0
    watched: Counter[str] = field(default_factory=Counter)
    lost_by_recorders: int = 0
    gaps: list[str] = field(default_factory=list)
    regressions: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Events recorded a second."""
        return self.events / self.seconds

    @property
    def enough(self) -> bool:
        """Whether the faults were as many as they are meant to be, and bit."""
        return (
            self.rate >= 1000
            and self.killed.total() >= 100
            and min(self.crashes, self.workers_killed, self.webs_killed) >= 5
            and min(self.dropped, self.control_wrong) > 0
            and (self.forgotten_bytes > 0 or not self.forgets)
            and min(self.watched[kind] for kind in ("frames", "resumed", "resyncs")) > 0
        )

    @property
    def wrong(self) -> list[str]:
        """All that must not be."""
        return [*self.gaps, *self.regressions, *self.differences]

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        told = self.watched
        lines = [
            f"{self.events} events in {self.seconds:.0f} s: {self.rate:.0f} a second; {self.applied} changes applied",
            f"{self.states.total()} tasks: {states}",
            f"{self.killed.total()} connections killed ({self.killed['pubsub']} of them subscribed)",
            f"{self.crashes} failures of Redis, which forgot {self.forgotten_bytes} bytes that it had acknowledged",
            f"{self.workers_killed} workers killed; {self.untold} runs ended that they could not tell any more",
            f"{self.webs_killed} web processes killed under {self.viewers} viewers, who came {self.connections} times",
            f"{told['frames']} frames, {told['resyncs']} resyncs, {told['answers']} answers, {told['resumed']} resumed",
            f"{self.dropped} published messages dropped at the readers, which subscribed {self.subscriptions} times",
            f"{self.control_wrong} tasks wrong at the reader that trusts pub/sub",
            f"{len(self.gaps)} frames did not fit, or were refused",
            f"{len(self.regressions)} states went back within a run",
            f"{len(self.differences)} differences",
        ]
        return "\n".join([*lines, *self.gaps[:20], *self.regressions[:20], *self.differences[:20]])


class Chaos:
    """The processes of one run, in `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.plan = plan
        self.folder = folder
        self.truth = folder / "truth"
        self.truth.mkdir()
        self.redis: Place = PLACES[plan.place](folder / "record")
        self.broker = Redis(folder / "broker")

    def run(self) -> Report:
        """All of it. Raises AssertionError if it does not come to rest in time."""
        with ExitStack() as stack:
            for server in (self.redis, self.broker):
                server.start()
                stack.callback(server.stop)
            environment = {
                **{name: value for name, value in os.environ.items() if name != "EVENTLET_NO_GREENDNS"},
                "REDIS_URL": self.redis.url,
                "CELERY_BROKER_URL": self.broker.url,
                "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                "PHLOEM_LEASE_SECONDS": str(self.plan.lease),
                FOLDER: str(self.truth),
            }
            workers = Workers(self.folder, environment, 2)
            stack.callback(workers.stop)
            relays = [Watched(Deafened(self._settings, self.plan.seed + n)) for n in range(self.plan.relays)]
            for relay in relays:
                stack.enter_context(Loops({"follower": relay, "views": relay.views}))
            control = Control(self.redis)
            control.start()
            stack.callback(control.stop)
            webs = Webs(self.folder, environment, self.plan.webs, self.plan.pause_between_webs, self.plan.seed)
            stack.callback(webs.stop)
            viewers = audience(webs.urls)
            for viewer in viewers:
                viewer.start()
                stack.callback(viewer.stop)
            stack.callback(webs.stop)  # before the viewers: one that polls would wait for its answer
            connections = Connections(self.redis.server, self.plan.pause_between_kills, self.plan.seed)
            report = Report(forgets=self.redis.forgets)
            with self._load(environment):
                connections.start()
                webs.fail()
                self._fail(workers, report)
                connections.stop()
                webs.spare()
            for viewer in viewers:
                viewer.rest()
            self._rest(relays)
            self._compare(report, relays, control, workers, viewers, webs.urls)
            report.killed = connections.killed
            report.webs_killed = webs.killed
            report.dropped += webs.unheard
            return report

    @property
    def _settings(self) -> Settings:
        return Settings(redis_url=self.redis.url, lease_seconds=self.plan.lease)

    @contextmanager
    def _load(self, environment: Mapping[str, str]) -> Iterator[None]:
        """Senders and speakers, for as long as the block runs; they end what they began."""
        commands = [("send", self.plan.sent)] + [("speak", self.plan.spoken)] * self.plan.speakers
        with ExitStack() as stack:
            children = []
            for number, (kind, rate) in enumerate(commands):
                stop = self.folder / f"stop{number}"
                os.mkfifo(stop)
                command = shlex.join([sys.executable, "-m", "tests.chaos.load", kind, str(rate)])
                child = Child(
                    f"exec {command} <{shlex.quote(str(stop))}",
                    self.folder / f"load{number}.log",
                    {**environment, OWNER: f"load{number}"},
                )
                stack.callback(child.kill)
                children.append((child, stop.open("w")))
            yield
            for _, stop_it in children:
                stop_it.write("stop\n")
                stop_it.close()
            for child, _ in children:
                wait_until(lambda child=child: child.status is not None, 60, child.log)  # type: ignore[misc]
                assert child.status == 0, child.log()

    def _fail(self, workers: Workers, report: Report) -> None:
        plan, chance = self.plan, random.Random(self.plan.seed)
        pause = threading.Event()
        channel = RedisChannel(self._settings)
        wait_until(lambda: self._head(channel) > 100, 30, "the load begins")
        first = self._head(channel)
        beginning = time.monotonic()
        for _ in range(plan.rounds):
            report.forgotten_bytes += self.redis.fail(chance)
            report.crashes += 1
            pause.wait(plan.healing)
            workers.kill()
            pause.wait(plan.apart)
        pause.wait(max(0, beginning + plan.seconds - time.monotonic()))
        report.seconds = time.monotonic() - beginning
        report.events = self._head(channel) - first
        report.workers_killed = len(workers.killed)

    def _head(self, channel: RedisChannel) -> int:
        """The offset of the record; connections are being killed."""

        def ask() -> int | None:
            try:
                return held(channel)[0].offset + 1
            except ChannelError:
                return None

        return wait_until(ask, 30, "the record answers") or 0

    def _rest(self, relays: list[Watched]) -> None:
        """Waits until no process has anything left to do, and readers have read all there is."""
        channel = RedisChannel(self._settings)
        with redis.Redis.from_url(self.broker.url) as broker:
            keys = ("celery", "unacked") if self.plan.drain else ("celery",)

            def at_rest() -> bool:
                if any(broker.exists(key) for key in keys):
                    return False
                position, rows = held(channel)
                return all(map(over, rows.values())) and all(
                    relay.live and relay.position == position for relay in relays
                )

            def over(task: Task) -> bool:
                # A worker that is killed while it takes a message from the queue takes it along.
                taken = task.state is State.RETRY and (task.eta or 0) < time.time() - TAKEN
                return taken or task.state.ended or task.state is State.PENDING

            def state() -> str:
                open_tasks = [task for task in held(channel)[1].values() if not over(task)]
                return f"rest; {broker.keys()}, {[r.position for r in relays]}, {held(channel)[0]}, {open_tasks[:3]}"

            wait_until(at_rest, 180, state)

    def _compare(
        self,
        report: Report,
        relays: list[Watched],
        control: Control,
        workers: Workers,
        viewers: list[Viewer],
        urls: list[str],
    ) -> None:
        # A message that comes again in this very moment would be seen by some and not yet by others.
        truth = Truth()

        def agree() -> bool:
            nonlocal truth
            _, rows = held(RedisChannel(self._settings))
            truth = Truth.read(self.truth)
            report.states = Counter(task.state for task in rows.values())
            report.differences = list(truth.differences(rows, workers.killed))
            for number, relay in enumerate(relays):
                shown = relay.rows()
                wrong = [task_id for task_id in rows.keys() | shown.keys() if rows.get(task_id) != shown.get(task_id)]
                report.differences += [f"{task_id} differs at reader {number}" for task_id in wrong]
            report.differences += self._seen_wrongly(rows, viewers, urls)
            control_rows = control.rows
            report.control_wrong = sum(rows.get(t) != control_rows.get(t) for t in rows.keys() | control_rows.keys())
            return not report.differences

        end = time.monotonic() + 10
        while not agree() and time.monotonic() < end:
            time.sleep(0.2)
        report.viewers = len(viewers)
        for viewer in viewers:
            report.connections += viewer.line.connections
            report.gaps += viewer.trouble
            for watch in viewer.watches:
                report.watched += watch.oracle.counts
                who = f"{type(viewer).__name__} of {watch.request}"
                report.regressions += [f"{regression}, as seen by {who}" for regression in watch.regressions]
        report.untold = truth.untold(workers.killed)
        for relay in relays:
            assert isinstance(relay.channel, Deafened)
            report.dropped += relay.channel.dropped
            report.subscriptions += relay.channel.subscriptions
            report.applied += relay.applied
            report.regressions += relay.regressions

    def _seen_wrongly(self, rows: Mapping[str, Task], viewers: list[Viewer], urls: list[str]) -> Iterator[str]:
        """Where a viewer does not show what the record holds, or a web process has other tasks in its pages."""
        channel = RedisChannel(self._settings)
        for viewer in viewers:
            for watch in viewer.watches:
                who, shown = f"{type(viewer).__name__} of {watch.request}", {t.id: t for t in watch.store.tasks}
                if task_id := watch.request.get("task"):
                    if watch.store.task(task_id) != channel.task(task_id):
                        yield f"{who} shows {watch.store.task(task_id)} for {channel.task(task_id)}"
                    if (heard := tuple(watch.store.log)) != (said := channel.short_log(task_id, LOG_KEPT)):
                        yield f"{who} heard {heard} of {said}"
                    continue
                asked = watch.request["view"]
                right = window(rows, asked)
                for each in sorted(right.keys() | shown.keys()):
                    if right.get(each) != shown.get(each):
                        yield f"{who} shows {shown.get(each)} for {right.get(each)}"
                if watch.store.totals != totals(rows, asked):
                    yield f"{who} counts {watch.store.totals}, not {totals(rows, asked)}"
        for url in urls:
            paged = {task.id: task for task in pages(url)}
            wrong = [task_id for task_id in rows.keys() | paged.keys() if rows.get(task_id) != paged.get(task_id)]
            yield from (f"{task_id} differs in the pages of {url}" for task_id in wrong)


def audience(urls: list[str]) -> list[Viewer]:
    """Viewers of every kind, at any of the web processes; one keeps to the first, as long-polling has to."""
    running = ["RECEIVED", "STARTED", "PROGRESS", "RETRY"]
    return [
        Viewer(urls, {"view": {}}, {"view": {"state": running}}),
        Viewer(urls, {"view": {"name": "f*", "limit": 50}}, {"view": {"worker": "worker2@chaos"}}),
        Viewer(urls[:1], {"view": {"q": "a1"}}, transport="polling"),
        Cutting(urls, {"view": {"limit": 100}}, {"view": {"state": ["SUCCESS", "FAILURE", "LOST"], "name": "spoken"}}),
        Forgetful(urls, {"view": {"limit": 20}}),
        Sleepy(urls, {"view": {}}),
        Following(urls, {"view": {"limit": 40}}),
    ]


def pages(url: str) -> Iterator[Task]:
    """All tasks that a web process has, as it tells them page by page."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    before: int | None = None
    while True:
        query = "limit=200" + (f"&before={before}" if before is not None else "")
        with opener.open(f"{url}/api/v1/tasks?{query}", timeout=10) as answer:
            page = msgspec.json.decode(answer.read(), type=Page)
        yield from page.tasks
        before = page.next
        if before is None:
            return
