"""Follows the record in Redis and keeps the mirror at its present. Knows no HTTP and no sockets.

It subscribes, waits for the confirmation, reads what changed since its position, and then takes in each message that
is contiguous with it. A gap, another epoch, a new subscription or a position check that finds something new means:
read what changed since. So no message is ever relied on, and any number of followers run side by side.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from random import SystemRandom

from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import PAGE, Channel, ChannelError, ChannelRefused, Doubtful, Subscribed
from phloem_server.listeners import Listeners
from phloem_server.mirror.freshness.continuity import HEALING, Continuity, has_forgotten
from phloem_server.mirror.freshness.counts import Counts
from phloem_server.mirror.freshness.liveness import Liveness, Status
from phloem_server.mirror.freshness.redis_clock import Lag
from phloem_server.mirror.index import LAST, TaskIndex
from phloem_server.mirror.mirror import Mirror, Page
from phloem_server.mirror.moments import micros
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.statistics.workload import Workload
from phloem_server.mirror.view_keeper import ViewKeeper

CHECK_EVERY = 1.0
"""Seconds between two comparisons of our position with that of Redis. Costs one call that reads nothing."""

DOUBT_SECONDS = 0.25
"""Seconds between two readings, at least, that messages bring about which do not show to be of the record."""

LATE = 0.5
"""Seconds behind Redis from which on a record whose messages come is read as well."""

SLOWEST_RETRY = 2.0
"""Seconds between two attempts to follow a Redis that is away, at most."""

RUNS = 200
"""Runs of one entry of the schedule that are looked at for missed ones."""

_OPEN = Query(state=tuple(state for state in State if not state.ended))

_random = SystemRandom()
"""Not the common one: an application that has seeded that counts on the numbers that follow."""

logger = logging.getLogger(__name__)


@dataclass
class _Reading:
    """How far a reading of what changed is: up to `end`, after so many pages; `anew` is filled once a record began.

    `at` is when Redis gave the first page, by its clock.
    """

    end: Position
    pages: int = 0
    anew: TaskIndex | None = None
    at: float | None = None


class Follower:
    """Keeps `mirror` at the present of the record. Its methods may be called from any thread, but for `follow`,
    `hear` and `catch_up`, which are the business of the one thread in `run`.

    `views` keeps the views of the mirror, and has a thread of its own. `liveness`, `lag`, `continuity` and `counts`
    say what is known of Redis and of the record.

    `on_change` is called when a view has something to say, `on_status` when Redis was lost or is back, `on_resync`
    when the mirror holds another record: in the threads of follower and views, without the mirror's lock. What they
    call must not wait.
    """

    def __init__(self, channel: Channel, mirror: Mirror | None = None) -> None:
        self.channel = channel
        self.mirror = mirror or Mirror()
        self.lock = self.mirror.lock
        self.liveness = Liveness(self.lock)
        self.lag = Lag()
        self.continuity = Continuity(self.mirror, self.liveness)
        self.counts = Counts()
        self.on_change = Listeners[[]]()
        self.on_status = self.liveness.on_change
        self.on_resync = Listeners[[]]()
        self.views = ViewKeeper(self.mirror, channel, self.liveness, self.on_change)
        self._stopped = threading.Event()
        self._in_doubt = False
        self._read_at = -math.inf

    @property
    def position(self) -> Position:
        """Up to where the record is known."""
        return self.mirror.position

    @property
    def index(self) -> TaskIndex:
        """The tasks of the record; to be looked at under the lock."""
        return self.mirror.index

    @property
    def live(self) -> bool:
        """Whether Redis answers and all it holds has arrived."""
        return self.liveness.live

    @property
    def status(self) -> Status:
        """The same, with the time since when."""
        return self.liveness.status

    @property
    def known(self) -> bool:
        """Whether the record was read at least once. Until then there is nothing to show, not even that it is empty."""
        return self.liveness.known

    def page(self, query: Query) -> Page:
        """One page of what fits `query`, from memory."""
        return self.mirror.page(query)

    def runs(self, entry: str) -> list[Task]:
        """What was sent last for an entry of the schedule, the oldest of them first."""
        with self.lock:
            return self.index.statistic(Workload).runs(entry, RUNS)

    def last_runs(self) -> dict[str, Task]:
        """What was sent last for each entry of a schedule, whoever has that entry."""
        with self.lock:
            return self.index.statistic(Workload).last_runs()

    def busy_queues(self) -> set[str]:
        """The queues of the tasks that workers run."""
        with self.lock:
            running = self.index.statistic(Workload).running.values()
            return {task.queue for task in running if task.queue is not None}

    def row(self, task_id: str) -> Task | None:
        """A task as lists show it; None if it is not known here."""
        with self.lock:
            return self.index.get(task_id)

    def seen(self, task: Task, scope: Scope) -> Task:
        """A task that is within a scope, as somebody sees it who is limited to that."""
        with self.lock:
            return self.index.seen(task, scope)

    def open_tasks(self, limit: int) -> list[Task]:
        """The newest tasks that have not ended."""
        with self.lock:
            return self.index.candidates(_OPEN, LAST, limit, of_states=True)

    def run(self) -> None:
        """Follows the record until `stop`; comes back by itself from everything that can befall Redis."""
        failures = 0
        while not self._stopped.is_set():
            try:
                self.follow()
                failures = 0
            except Exception as error:
                failures = 1 if self.live else failures + 1
                if not isinstance(error, ChannelError):
                    logger.exception("The record could not be followed; it is read anew")
                    self._in_doubt = True
                elif failures == 1 or isinstance(error, ChannelRefused):
                    logger.warning("%s", error)
                self.liveness.lost()
                self._stopped.wait(min(SLOWEST_RETRY, 0.1 * 2 ** min(failures, 10)) * _random.uniform(0.5, 1))

    def stop(self) -> None:
        """Ends `run` soon."""
        self._stopped.set()

    def follow(self) -> None:
        """Follows one subscription until it is of no use any more, or until `stop`."""
        unheard = flows = False
        checked = time.monotonic()
        with closing(self.channel.listen(idle=CHECK_EVERY / 4)) as messages:
            for message in messages:
                if self._stopped.is_set():
                    return
                if isinstance(message, Subscribed):
                    self.catch_up()
                elif isinstance(message, Changes):
                    unheard, flows = False, True
                    self.hear(message)
                elif isinstance(message, Doubtful):
                    unheard = False
                    self.doubt()
                if time.monotonic() - checked >= CHECK_EVERY:
                    checked = time.monotonic()
                    # What is new but was not heard may be on its way still. If nothing is heard until the next
                    # check, the subscription is dead without knowing it.
                    if unheard:
                        logger.warning("Changes are recorded but not heard; subscribing again.")
                        return
                    unheard, flows = self.catch_up(flows=flows and self._is_in_time()), False
                    self.liveness.complain(self.channel.trouble())
                    if not unheard:
                        self.lag.rest()

    def hear(self, message: Changes) -> None:
        """Takes in a message if it is contiguous with our position; else reads what is missing before it."""
        self.counts.heard += 1
        self.liveness.hear()
        if message.at is not None:
            self.lag.hear(message.at, time.time())
        if self.fits(message):
            self.take(message, heard=True)
        elif message.to > self.position.offset or message.epoch != self.position.epoch:
            self.counts.gaps += 1
            self.catch_up()

    def doubt(self) -> None:
        """Reads what changed, now and then: a message that is not to be relied on may tell of it all the same."""
        if self._read_at == -math.inf:
            logger.warning("Messages come that do not show to be of this record: of another version, or forged.")
        if time.monotonic() - self._read_at >= DOUBT_SECONDS:
            self._read_at = time.monotonic()
            self.catch_up()

    def fits(self, message: Changes) -> bool:
        """Whether a message tells something new, and nothing is missing before it."""
        here = self.position
        return message.epoch == here.epoch and message.from_ <= here.offset < message.to

    def take(self, changes: Changes, *, heard: bool) -> None:
        """Has the mirror take in changes, `heard` as they happened or read as a page."""
        if self.mirror.apply(changes, heard=heard):
            self.on_change()

    def catch_up(self, *, flows: bool = False) -> bool:
        """Reads what changed since our position. Whether there was anything.

        While messages come (`flows`), what is more than a page is left to them: they are on their way, and would wait
        behind page after page.
        """
        before, begun = self.position, time.monotonic()
        reading = _Reading(Position() if self._in_doubt else before)  # what is held may be whole, or not
        if not self._read(reading, flows=flows):
            self.liveness.hear()
            self.counts.check(self.liveness.heard_at - self.lag.seconds, found=False)
            return True
        while reading.anew is not None and self._is_to_heal(reading.anew, until=begun + HEALING):
            # A server that came up from an older image: no client is shown how a task goes back and forth again.
            self.liveness.lost()
            self._stopped.wait(0.1)
            self._read(reading)
        if reading.pages > 1:
            self.mirror.doubt()
        if reading.anew is not None:
            self.replace(reading.anew, reading.end, known=bool(before.epoch))
        self.liveness.found()
        found = self.position != before
        self.counts.check(time.monotonic(), found=found)
        self.continuity.compare(begun, reading.at)
        return found

    def replace(self, index: TaskIndex, position: Position, *, known: bool) -> None:
        """Has the mirror hold another record. `known`: it held one before, and this was compared with that."""
        with self.lock:
            self.continuity.begin(settled_in=0 if known else HEALING)
            self.mirror.replace(index, position)
            self._in_doubt = False
        self.on_resync()
        if known:
            logger.info("The record starts anew at offset %d of epoch %s.", position.offset, position.epoch)

    def _read(self, reading: _Reading, *, flows: bool = False) -> bool:
        """Reads pages into the mirror, or, from one with which a record begins, into an index of its own.

        False if there is more than a page, which is left to the messages that come.
        """
        asked = time.time()
        for page in self.channel.changed(reading.end):
            reading.pages += 1
            reading.at = page.at if reading.at is None else reading.at
            if page.at is not None:
                self.lag.compare(asked, time.time(), page.at)
            if flows and len(page.tasks) == PAGE and reading.pages == 1 and not page.reset:
                return False
            reading.end = Position(epoch=page.epoch, offset=page.to)
            if page.reset:
                reading.anew = self.mirror.empty_index()
            if reading.anew is None:
                self.take(page, heard=False)
            else:
                moment = 0 if page.at is None else micros(page.at)
                for task in page.tasks:
                    reading.anew.put(task, moment)
                for task_id in page.drop:
                    reading.anew.drop(task_id)
            asked = time.time()
        return True

    def _is_to_heal(self, anew: TaskIndex, *, until: float) -> bool:
        """Whether to wait for the workers to tell again what the record has forgotten."""
        return has_forgotten(anew, self.index) and time.monotonic() < until and not self._stopped.is_set()

    def _is_in_time(self) -> bool:
        """Whether the messages that come are enough. A follower that is late gains by what pages leave out."""
        return self.live and self.lag.seconds < LATE and not self.continuity.has_waiting_clients()
