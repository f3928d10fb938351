"""Follows the record in Redis and keeps what viewers look at up to date. Knows no HTTP and no sockets.

It subscribes, waits for the confirmation, reads what changed since its position, and then takes each message that
is contiguous with it. A gap, another epoch, a new subscription or a position check that finds something new means:
read what changed since. So no message is ever relied on, and any number of relays run side by side.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from random import SystemRandom
from typing import TypeGuard

import msgspec

from phloem.model.changes import Changes, Position
from phloem.model.task import Task
from phloem.record.record import PAGE, Channel, ChannelError, ChannelRefused, Subscribed
from phloem_server.listeners import Listeners
from phloem_server.mirror.freshness.redis_clock import Lag
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.list_view import ListView
from phloem_server.mirror.mirror import Mirror, Page
from phloem_server.mirror.query import Query
from phloem_server.mirror.statistics.workload import Workload
from phloem_server.mirror.task_view import LOG_KEPT, TaskView
from phloem_server.mirror.view import View

CHECK_EVERY = 1.0
"""Seconds between two comparisons of our position with Redis'. Costs one call that reads nothing."""

OLD_AFTER = 1.7
"""Seconds without a word of Redis after which what is shown counts as old. It is asked every CHECK_EVERY."""

LATE = 0.5
"""Seconds behind Redis from which on a record that flows is read as well."""

KEEP_EVERY = 0.1
"""Seconds between two looks at what changes without a change: the age of tasks, and that of what Redis last said."""

PATIENCE = 0.008
"""Seconds for which who opens a view waits for all of it. What is found later is told in frames."""

SLOWEST_RETRY = 2.0

HEALING = 5.0
"""Seconds for which a record that forgot something is not shown: the workers notice within two, and tell it again."""

AHEAD_MOST = 100
"""Offsets beyond ours that are remembered with the time when somebody came with them."""

RECENT = 60.0
"""Seconds after its end within which a task that is missing was forgotten, and not removed for its age."""

RUNS = 200
"""Runs of one entry of the schedule that are looked at for missed ones."""

_chance = SystemRandom()
"""Not the common one: an application that has seeded that counts on the numbers that follow."""

logger = logging.getLogger("phloem.relay")


@dataclass(kw_only=True)
class Counts:
    """What a relay did so far. `checked_at`: up to when it knows that it missed nothing, on the monotonic clock."""

    heard: int = 0
    gaps: int = 0
    checks: int = 0
    catch_ups: int = 0
    checked_at: float | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Redis answers and all it holds has arrived; `since` when, in Unix seconds."""

    live: bool
    since: float


class Follower:
    """Keeps `mirror` at the present of the record. Its methods may be called from any thread.

    `on_change` is called when a view has something to say, `on_status` when Redis was lost or is back, `on_resync`
    when the mirror holds another record. They are called in the threads that follow and keep the mirror, without its
    lock, and must not wait.
    """

    def __init__(self, channel: Channel, mirror: Mirror | None = None) -> None:
        self.channel = channel
        self.mirror = mirror or Mirror()
        self.lock = self.mirror.lock
        self.live = False
        self.counts = Counts()
        self.status_since = time.time()
        self.lag = Lag()
        self.on_change = Listeners[[]]()
        self.on_status = Listeners[[]]()
        self.on_resync = Listeners[[]]()
        self._settled_at = 0.0
        self._compared_at = -math.inf
        self._ahead: dict[int, float] = {}
        self._known = threading.Event()
        self._stopped = threading.Event()
        self._heard_at = time.monotonic()
        self._in_doubt = False

    @property
    def position(self) -> Position:
        """Up to where the record is known."""
        return self.mirror.position

    @property
    def status(self) -> Status:
        """Whether Redis answers and all it holds has arrived, and since when."""
        with self.lock:
            return Status(live=self.live, since=self.status_since)

    @property
    def known(self) -> bool:
        """Whether the record was read at least once. Until then there is nothing to show, not even that it is empty."""
        return self._known.is_set()

    def wait_until_known(self, seconds: float) -> bool:
        """Waits for the first reading of the record. Whether it is there."""
        return self._known.wait(seconds)

    def succeeds(self, since: Position) -> bool:
        """Whether what is held here can take the place of what was shown up to `since`, and show nothing older.

        It is older while another process has heard more than this one, be it for a moment. It may be where a new epoch
        began, which nobody here compared with the epoch before: workers tell again what was forgotten.

        An offset that Redis itself has not reached, when it is asked after somebody came with it, is nobody's: it
        came from a forged message. Who was shown that is shown what is true, and not sent away for ever.
        """
        with self.lock:
            if not since.epoch:
                return True
            if since.epoch != self.position.epoch:
                return self.live and time.monotonic() >= self._settled_at
            if since.offset <= self.position.offset:
                return True
            if len(self._ahead) >= AHEAD_MOST:
                self._ahead.clear()
            came = self._ahead.setdefault(since.offset, time.monotonic())
            return self.live and self._compared_at > came

    def start(self) -> None:
        """Runs in threads of its own."""
        threading.Thread(target=self.run, name="phloem-relay", daemon=True).start()
        threading.Thread(target=self.keep, name="phloem-views", daemon=True).start()

    def run(self) -> None:
        """Follows the record until `stop`; comes back by itself from everything that can befall Redis."""
        failures = 0
        while not self._stopped.is_set():
            try:
                self._follow()
                failures = 0
            except Exception as error:
                failures = 1 if self.live else failures + 1
                if not isinstance(error, ChannelError):
                    logger.exception("The record could not be followed; it is read anew")
                    self._in_doubt = True
                elif failures == 1 or isinstance(error, ChannelRefused):
                    logger.warning("%s", error)
                self._set_live(False)
                self._stopped.wait(min(SLOWEST_RETRY, 0.1 * 2 ** min(failures, 10)) * _chance.uniform(0.5, 1))

    def keep(self) -> None:
        """Until `stop`, fills views with what they have not found yet, and sees to what only time changes."""
        looked = time.monotonic()
        while not self._stopped.is_set():
            self.mirror.unfilled.wait(KEEP_EVERY)
            self.mirror.unfilled.clear()
            now = time.monotonic()
            # Who was held up himself, as all in a busy process are, can tell nothing of how long Redis was silent.
            if now - looked < 5 * KEEP_EVERY and now - self._heard_at > OLD_AFTER:
                self._set_live(False)
            looked = now
            try:
                if self.mirror.tend():
                    self.on_change()
            except Exception:  # one view that cannot be filled must not stop all others for good
                logger.exception("The views could not be kept")

    def stop(self) -> None:
        """Ends `run` and `keep` soon."""
        self._stopped.set()
        self.mirror.unfilled.set()

    def dirty(self) -> list[View]:
        """The views that have something to say, or could have if they read what they want to know."""
        return [view for view in self.mirror.opened() if view.dirty or (self.live and _wants(view))]

    def refresh(self, view: View) -> None:
        """Reads from Redis what a view of one task does not hold yet. While Redis is away it stays wanting.

        The first time, it waits a moment for a list to be found; what is left of it is found after that.
        """
        if isinstance(view, ListView):
            if view.awaited:
                self.mirror.fill(view, PATIENCE)
                view.awaited = False
                self.mirror.unfilled.set()
            return
        if not self.live or not _wants(view):
            return
        view.wants = False
        try:
            task = self.channel.task(view.task_id)
            entries = self.channel.last_log(view.task_id, LOG_KEPT)
        except ChannelError:
            view.wants = True
            return
        with self.lock:
            view.take(task, entries, self.position.offset)

    def page(self, query: Query) -> Page:
        """One page of what fits `query`, from memory."""
        return self.mirror.page(query)

    @property
    def index(self) -> TaskIndex:
        """The tasks of the record; to be looked at under the lock."""
        return self.mirror.index

    def runs(self, entry: str) -> list[Task]:
        """What was sent last for an entry of the schedule, the oldest of them first."""
        with self.lock:
            return self.index.statistic(Workload).runs(entry, RUNS)

    def _follow(self) -> None:
        """Follows one subscription until it is of no use any more."""
        unheard = flows = False
        checked = time.monotonic()
        with closing(self.channel.listen(idle=CHECK_EVERY / 4)) as messages:
            for message in messages:
                if self._stopped.is_set():
                    return
                if isinstance(message, Subscribed):
                    self._catch_up()
                elif isinstance(message, Changes):
                    unheard, flows = False, True
                    self.counts.heard += 1
                    self._heard_at = time.monotonic()
                    if message.at is not None:
                        self.lag.hear(message.at, time.time())
                    if self._fits(message):
                        self._take(message, heard=True)
                    elif message.to > self.position.offset or message.epoch != self.position.epoch:
                        self.counts.gaps += 1
                        self._catch_up()
                if time.monotonic() - checked >= CHECK_EVERY:
                    checked = time.monotonic()
                    # What is new but was not heard may be on its way still. If nothing is heard until the next
                    # check, the subscription is dead without knowing it.
                    if unheard:
                        logger.warning("Changes are recorded but not heard; subscribing again.")
                        return
                    unheard, flows = self._catch_up(flows=flows and self._is_in_time()), False
                    if not unheard:
                        self.lag.rest()

    def _fits(self, changes: Changes) -> bool:
        here = self.position
        return changes.epoch == here.epoch and changes.from_ <= here.offset < changes.to

    def _catch_up(self, *, flows: bool = False) -> bool:
        """Reads what changed since our position. Whether there was anything.

        While messages come (`flows`), what is more than a page is left to them: they are on their way, and wait for
        whoever asks for page after page of what is behind them.
        """
        before = self.position
        end = Position() if self._in_doubt else before  # what is held may be whole, or not
        begun, pages = time.monotonic(), 0
        anew: TaskIndex | None = None
        give_up = time.monotonic() + HEALING
        while True:
            asked = time.time()
            for page in self.channel.changed(end):
                pages += 1
                if page.at is not None:
                    self.lag.compare(asked, time.time(), page.at)
                if flows and len(page.tasks) == PAGE and pages == 1 and not page.reset:
                    self._heard_at = time.monotonic()
                    self.counts.checks += 1
                    self.counts.checked_at = self._heard_at - self.lag.seconds
                    return True
                end = Position(epoch=page.epoch, offset=page.to)
                if page.reset:
                    anew = self.mirror.empty_index()
                if anew is None:
                    self._take(page, heard=False)
                    asked = time.time()
                    continue
                for task in page.tasks:
                    anew.put(task)
                for task_id in page.drop:
                    anew.drop(task_id)
                asked = time.time()
            if anew is None or not self._forgot(anew) or time.monotonic() >= give_up or self._stopped.is_set():
                break
            # A server that came up from an older image: nobody is shown how a task goes back and forth again.
            self._set_live(False)
            self._stopped.wait(0.1)
        if pages > 1:
            self.mirror.doubt()
        if anew is not None:
            self._replace(anew, end, known=bool(before.epoch))
        self._known.set()
        self._heard_at = time.monotonic()
        self._set_live(True)
        found = self.position != before
        self.counts.checks += 1
        self.counts.catch_ups += found
        self.counts.checked_at = time.monotonic()
        self._compared_at = begun
        return found

    def _is_in_time(self) -> bool:
        """Whether the messages that come are enough. Who is too slow for them gains by what pages leave out."""
        return self.live and self.lag.seconds < LATE and not self._is_asked()

    def _is_asked(self) -> bool:
        """Whether somebody waits to hear if the record is where he says it is."""
        with self.lock:
            here = self.position.offset
            return any(offset > here and came > self._compared_at for offset, came in self._ahead.items())

    def _forgot(self, anew: TaskIndex) -> bool:
        """Whether the record that started anew is behind what is shown of the one before."""
        recent = time.time() - RECENT
        for number, task in enumerate(self.index.newest()):
            if _is_behind(anew.get(task.id), task, recent):
                return True
            if number % 1000 == 999:
                time.sleep(0)  # everybody else has a turn; who changes what is retained is this thread alone
        return False

    def _replace(self, index: TaskIndex, position: Position, *, known: bool) -> None:
        with self.lock:
            self._settled_at = time.monotonic() + (0 if known else HEALING)
            self._ahead.clear()  # offsets of another epoch
            self.mirror.replace(index, position)
            self._in_doubt = False
        self.on_resync()
        if known:
            logger.info("The record starts anew at offset %d of epoch %s.", position.offset, position.epoch)

    def _take(self, changes: Changes, *, heard: bool) -> None:
        if self.mirror.apply(changes, heard=heard):
            self.on_change()

    def _set_live(self, live: bool) -> None:
        with self.lock:
            if live == self.live:
                return
            self.live, self.status_since = live, time.time()
        self.on_status()


def _is_behind(task: Task | None, shown: Task, recent: float) -> bool:
    if task is None:
        return shown.finished_at is None or shown.finished_at > recent
    if task.run != shown.run:
        return (task.received_at or 0) < (shown.received_at or 0)
    return (task.state.rank, task.percent or 0) < (shown.state.rank, shown.percent or 0)


def _wants(view: View) -> TypeGuard[TaskView]:
    return isinstance(view, TaskView) and view.wants
