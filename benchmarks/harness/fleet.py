"""A fleet of workers that is busy: their leases, and what their tasks tell, at a steady pace."""

from __future__ import annotations

import heapq
import itertools
import random
import secrets
import time
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing.synchronize import Event as Signal

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error, Step
from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.workers import WorkerFacts
from phloem.settings import Settings

QUEUES = ("default", "images", "mail", "reports")
NAMES = ("shop.import_orders", "shop.resize_image", "shop.send_email", "shop.nightly_report")
ERROR = Error(type="ConnectionRefusedError", message="[Errno 111] the warehouse does not answer")

LEASE_SECONDS = 10
REPORTS = 5.0
"""Reports of progress a second, of each task."""
FAILING = 0.01
"""The share of tasks that fail."""
BATCH = 100

Due = tuple[float, int, Iterator[Event]]


def busy(redis_url: str, workers: int, waiting: int, a_minute: float, end: Signal) -> None:
    """Has `waiting` tasks wait, and as many come as end, until `end`: `a_minute` of them."""
    channel = RedisChannel(Settings(redis_url=redis_url, namespace="test"))
    Fleet(channel, workers=workers, a_minute=a_minute).run(waiting, end)


class Fleet:
    """Workers with one slot each. `tell` has every report of tasks that run, in the order of their times."""

    def __init__(self, channel: Channel, *, workers: int, a_minute: float, release: str = "2.4.0") -> None:
        self.release = release
        self._channel = channel
        self._names = tuple(f"w{number + 1}@shop" for number in range(workers))
        self._lasts = workers / (a_minute / 60)
        self._chance = random.Random(0)
        self._ids: deque[str] = deque()
        self._turn = itertools.count(1)
        self._due: list[Due] = []

    def run(self, waiting: int, end: Signal) -> None:
        """Until `end`."""
        self.introduce(QUEUES)
        self.send(waiting)
        begun = time.time()
        for number, name in enumerate(self._names):  # at different places of their lives, as tasks are
            self._plan(begun + number * self._lasts / len(self._names), name)
        beaten = 0.0
        while not end.wait(0.05):
            if time.time() - beaten > LEASE_SECONDS / 4:
                beaten = time.time()
                self.beat()
            self.tell(time.time())

    def introduce(self, queues: Sequence[str]) -> None:
        """Has all workers take from these queues."""
        for name in self._names:
            facts = WorkerFacts(
                name=name, pid=1, since=time.time() - 3600, pool="prefork", slots=1, queues=tuple(queues)
            )
            self._channel.workers.introduce(name, facts)
        self.beat()

    def beat(self) -> None:
        """Renews their leases."""
        for name in self._names:
            self._channel.heartbeat(name, LEASE_SECONDS)

    def send(self, count: int) -> None:
        """So many tasks more that wait."""
        now = time.time()
        events = []
        for _ in range(count):
            number = next(self._turn)
            task_id, kind = secrets.token_hex(16), number % len(QUEUES)
            self._ids.append(task_id)
            events.append(
                Event(
                    id=task_id,
                    at=now,
                    source="fleet",
                    seq=number,
                    state=State.PENDING,
                    name=NAMES[kind],
                    queue=QUEUES[kind],
                    label=f"order {number}",
                    args='["/some/where/on/disk"]',
                    created_at=now,
                )
            )
        self._record(events)

    def tell(self, now: float) -> None:
        """Tells all that is due by now."""
        told: list[Event] = []
        while self._due and self._due[0][0] <= now:
            at, number, life = heapq.heappop(self._due)
            event = next(life, None)
            if event is not None:
                told.append(event)
                heapq.heappush(self._due, (at + 1 / REPORTS, number, life))
        self._record(told)

    def _plan(self, at: float, worker: str) -> None:
        heapq.heappush(self._due, (at, next(self._turn), self._works(worker)))

    def _works(self, worker: str) -> Iterator[Event]:
        """What a slot tells as long as there is something to do."""
        while True:
            self.send(1)
            lasts = self._lasts * self._chance.uniform(0.6, 1.4)
            yield from self._life(self._ids.popleft(), worker, max(2, round(lasts * REPORTS)))

    def _life(self, task_id: str, worker: str, reports: int) -> Iterator[Event]:
        said = partial(Event, id=task_id, source=worker, run=secrets.token_hex(4), lease=worker, worker=worker)
        began = time.time()
        yield said(
            at=began,
            seq=next(self._turn),
            state=State.STARTED,
            begins=True,
            received_at=began,
            started_at=began,
            release=self.release,
        )
        for number in range(1, reports - 1):
            step = Step(key="1", description="Importing", current=number, total=reports, unit="row", rate=REPORTS)
            yield said(
                at=time.time(),
                seq=next(self._turn),
                state=State.PROGRESS,
                percent=100 * number / reports,
                steps=(step,),
                message=f"part {number} of {reports}",
            )
        end = partial(said, at=time.time(), seq=next(self._turn), finished_at=time.time())
        failed = self._chance.random() < FAILING
        yield end(state=State.FAILURE, error=ERROR) if failed else end(state=State.SUCCESS, result="42")

    def _record(self, events: Sequence[Event]) -> None:
        for start in range(0, len(events), BATCH):
            self._channel.record(events[start : start + BATCH])
