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
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from random import SystemRandom
from typing import TypeGuard, TypeVar

import msgspec

from phloem.channel import Channel, ChannelError, Refused, Subscribed
from phloem.event import Changes, Position, State, Task
from phloem_server.lag import Lag
from phloem_server.query import Query
from phloem_server.retained import Retained
from phloem_server.views import LOG_KEPT, TaskView, View
from phloem_server.window import Change, ListView

CHECK_EVERY = 1.0
"""Seconds between two comparisons of our position with Redis'. Costs one call that reads nothing."""

OLD_AFTER = 1.7
"""Seconds without a word of Redis after which what is shown counts as old. It is asked every CHECK_EVERY."""

KEEP_EVERY = 0.1
"""Seconds between two looks at what changes without a change: the age of tasks, and that of what Redis last said."""

TURN = 0.0015
"""Seconds for which views look for older tasks before everybody else has a turn."""

PATIENCE = 0.008
"""Seconds for which who opens a view waits for all of it. What is found later is told in frames."""

SLOWEST_RETRY = 2.0

HEALING = 5.0
"""Seconds for which a record that forgot something is not shown: the workers notice within two, and tell it again."""

RECENT = 60.0
"""Seconds after its end within which a task that is missing was forgotten, and not removed for its age."""

RUNS = 200
"""Runs of one entry of the schedule that are looked at for missed ones."""

_chance = SystemRandom()
"""Not the common one: an application that has seeded that counts on the numbers that follow."""

logger = logging.getLogger("phloem.relay")
V = TypeVar("V", bound=View)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks, newest first; `next` is what to ask for as `before` to read on."""

    epoch: str
    offset: int
    tasks: tuple[Task, ...]
    totals: dict[str, int]
    next: int | None = None


@dataclass(kw_only=True)
class Counts:
    """What a relay did so far. `checked_at`: when it last compared its position with Redis', on the monotonic clock."""

    heard: int = 0
    gaps: int = 0
    checks: int = 0
    catch_ups: int = 0
    checked_at: float | None = None


class Relay:
    """The record as of `position`, and the views of it. Its methods may be called from any thread.

    `on_change` is called when a view has something to say, `on_status` when Redis was lost or is back, `on_resync`
    with the reason when everything starts anew. They are called from the relay's thread and must not wait.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.lock = threading.RLock()
        self.position = Position()
        self.live = False
        self.counts = Counts()
        self.status_since = time.time()
        self.lag = Lag()
        self.on_change: Callable[[], None] = lambda: None
        self.on_status: Callable[[], None] = lambda: None
        self.on_resync: Callable[[str], None] = lambda _: None
        self._retained = Retained()
        self._views: dict[str, View] = {}
        self._settled_at = 0.0
        self._passing: list[ListView] = []
        self._known = threading.Event()
        self._stopped = threading.Event()
        self._unfilled = threading.Event()
        self._heard_at = time.monotonic()

    @property
    def known(self) -> bool:
        """Whether the record was read at least once. Until then there is nothing to show, not even that it is empty."""
        return self._known.is_set()

    def wait_until_known(self, seconds: float) -> bool:
        """Waits for the first reading of the record. Whether it is there."""
        return self._known.wait(seconds)

    def succeeds(self, since: Position) -> bool:
        """Whether what is held here can take the place of what was shown up to `since`, and show nothing older.

        While Redis is away it may be older, and so may what a new epoch begins with, which nobody here compared with
        the epoch before: workers tell again what was forgotten.
        """
        with self.lock:
            if since.epoch in ("", self.position.epoch):
                return self.live or since.offset <= self.position.offset
            return self.live and time.monotonic() >= self._settled_at

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
                    logger.exception("The record could not be followed")
                elif failures == 1 or isinstance(error, Refused):
                    logger.warning("%s", error)
                self._set_live(False)
                self._stopped.wait(min(SLOWEST_RETRY, 0.1 * 2 ** min(failures, 10)) * _chance.uniform(0.5, 1))

    def keep(self) -> None:
        """Until `stop`, fills views with what they have not found yet, and sees to what only time changes."""
        looked = time.monotonic()
        while not self._stopped.is_set():
            self._unfilled.wait(KEEP_EVERY)
            self._unfilled.clear()
            now = time.monotonic()
            # Who was held up himself, as all in a busy process are, can tell nothing of how long Redis was silent.
            if now - looked < 5 * KEEP_EVERY and now - self._heard_at > OLD_AFTER:
                self._set_live(False)
            looked = now
            try:
                self._tend()
            except Exception:  # one view that cannot be filled must not stop all others for good
                logger.exception("The views could not be kept")

    def stop(self) -> None:
        """Ends `run` and `keep` soon."""
        self._stopped.set()
        self._unfilled.set()

    def open(self, query: Query | str) -> View:
        """The view of a query, or of the task with an id: made now, or shared with who asked the same.

        What it does not hold yet is read by `refresh`, which waits; this does not.
        """
        with self.lock:
            if isinstance(query, Query):
                return self._views.get(query.key) or self._add(self._window(query))
            return self._views.get(f"task:{query}") or self._add(TaskView(query, self._retained, self.position.offset))

    def dirty(self) -> list[View]:
        """The views that have something to say, or could have if they read what they want to know."""
        with self.lock:
            return [view for view in self._views.values() if view.dirty or (self.live and _wants(view))]

    def close(self, key: str) -> None:
        """Forgets a view that nobody looks at any more."""
        with self.lock:
            self._views.pop(key, None)

    def refresh(self, view: View) -> None:
        """Reads from Redis what a view of one task does not hold yet. While Redis is away it stays wanting.

        The first time, it waits a moment for a list to be found; what is left of it is found after that.
        """
        if isinstance(view, ListView):
            if view.awaited:
                self._fill(view, PATIENCE)
                view.awaited = False
                self._unfilled.set()
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

    @property
    def retained(self) -> Retained:
        """The tasks of the record; to be looked at under the lock."""
        return self._retained

    def runs(self, entry: str) -> list[Task]:
        """What was sent last for an entry of the schedule, the oldest of them first."""
        with self.lock:
            return self._retained.work.runs(entry, RUNS)

    def totals(self) -> dict[str, int]:
        """How many tasks of each state are retained."""
        with self.lock:
            return {state: self._retained.totals[state] for state in State}

    def page(self, query: Query) -> Page:
        """One page of what fits `query`, from memory."""
        # One more row than is asked for tells whether there are more.
        asked = msgspec.structs.replace(query, limit=query.limit + 1)
        with self.lock:
            view = self._window(asked)
            self._passing.append(view)
        try:
            self._fill(view)
            with self.lock:
                while view.searching:  # a row left since
                    view.fill(self.position.offset)
                tasks = view.news(None).put
                return Page(
                    epoch=self.position.epoch,
                    offset=self.position.offset,
                    tasks=tasks[: query.limit],
                    totals=view.totals(),
                    next=tasks[query.limit - 1].first_offset if len(tasks) > query.limit else None,
                )
        finally:
            with self.lock:
                self._passing.remove(view)

    def _window(self, query: Query) -> ListView:
        return ListView(query, self._retained, self.position.offset, time.time())

    def _add(self, view: V) -> V:
        self._views[view.key] = view
        return view

    def _fill(self, view: ListView, seconds: float = math.inf) -> None:
        """Fills a view for so long at most. Everybody else has turns meanwhile."""
        until = time.monotonic() + seconds
        while True:
            with self.lock:
                now = time.monotonic()
                turn = now + TURN
                while view.searching and now <= turn:
                    view.fill(self.position.offset)
                    now = time.monotonic()
            if not view.searching or now >= until or self._stopped.is_set():
                return
            time.sleep(0)

    def _tend(self) -> None:
        """Gives each view a turn that has something left to find or that is about the age of tasks."""
        with self.lock:
            views = [view for view in self._views.values() if isinstance(view, ListView)]
        searching = concerned = False
        for view in views:
            known = view.dirty
            if view.query.ages:
                with self.lock:
                    view.pass_time(time.time(), self.position.offset)
            if view.searching and not view.awaited:
                self._fill(view, 0)
                searching |= view.searching
                time.sleep(0)
            concerned |= view.dirty and not known
        if concerned:
            self.on_change()
        if searching:
            self._unfilled.set()

    def _follow(self) -> None:
        """Follows one subscription until it is of no use any more."""
        unheard = False
        checked = time.monotonic()
        with closing(self.channel.listen(idle=CHECK_EVERY / 4)) as messages:
            for message in messages:
                if self._stopped.is_set():
                    return
                if isinstance(message, Subscribed):
                    self._catch_up()
                elif isinstance(message, Changes):
                    unheard = False
                    self.counts.heard += 1
                    self._heard_at = time.monotonic()
                    if message.at is not None:
                        self.lag.hear(message.at, time.time())
                    if self._fits(message):
                        self._apply(message, heard=True)
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
                    unheard = self._catch_up()

    def _fits(self, changes: Changes) -> bool:
        here = self.position
        return changes.epoch == here.epoch and changes.from_ <= here.offset < changes.to

    def _catch_up(self) -> bool:
        """Reads what changed since our position. Whether there was anything."""
        before = end = self.position
        anew: Retained | None = None
        give_up = time.monotonic() + HEALING
        while True:
            asked = time.time()
            for page in self.channel.changed(end):
                if page.at is not None:
                    self.lag.compare(asked, time.time(), page.at)
                end = Position(epoch=page.epoch, offset=page.to)
                if page.reset:
                    anew = Retained()
                if anew is None:
                    self._apply(page, heard=False)
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
        if anew is not None:
            self._replace(anew, end, known=bool(before.epoch))
        self._known.set()
        self._heard_at = time.monotonic()
        self._set_live(True)
        found = self.position != before
        self.counts.checks += 1
        self.counts.catch_ups += found
        self.counts.checked_at = time.monotonic()
        return found

    def _forgot(self, anew: Retained) -> bool:
        """Whether the record that started anew is behind what is shown of the one before."""
        recent = time.time() - RECENT
        for number, task in enumerate(self._retained.newest()):
            if _is_behind(anew.get(task.id), task, recent):
                return True
            if number % 1000 == 999:
                time.sleep(0)  # everybody else has a turn; who changes what is retained is this thread alone
        return False

    def _replace(self, retained: Retained, position: Position, *, known: bool) -> None:
        with self.lock:
            self._retained, self.position = retained, position
            self._settled_at = time.monotonic() + (0 if known else HEALING)
            for view in (*self._views.values(), *self._passing):
                view.rebuild(retained, position.offset)
            self._unfilled.set()
            # Within the lock, so that nobody is told of the new record before it is said that it is one.
            self.on_resync("The record of tasks started anew.")
        if known:
            logger.info("The record starts anew at offset %d of epoch %s.", position.offset, position.epoch)

    def _apply(self, changes: Changes, *, heard: bool) -> None:
        concerned = False
        with self.lock:
            changed = self._retain(changes)
            for old, new in changed:
                concerned |= self._note(old, new, changes.to)
            for task in changes.tasks:
                view = self._views.get(f"task:{task.id}")
                if isinstance(view, TaskView):
                    view.hear(changes.logs.get(task.id, ()), changes.to)
                    view.wants = view.wants or not heard  # pages do not tell what a task said meanwhile
                    view.dirty = concerned = True
            self.position = Position(epoch=changes.epoch, offset=changes.to)
            for view in self._views.values():
                if isinstance(view, ListView):
                    if view.note(changed, changes.to) | view.settle(changes.to):
                        view.dirty = concerned = True
                    if view.searching:
                        self._unfilled.set()
            for passing in self._passing:
                passing.note(changed, changes.to)
        if concerned:
            self.on_change()

    def _retain(self, changes: Changes) -> list[Change]:
        """Holds what changed, and gives what that was. A task that was made again went, and came."""
        changed: list[Change] = []
        # Removed first: a task that was removed and made again within this stretch is among the tasks.
        for task_id in changes.drop:
            old = self._retained.get(task_id)
            if old is not None:
                self._retained.drop(task_id)
                changed.append((old, None))
        for task in changes.tasks:
            old = self._retained.get(task.id)
            if old is None or task.offset > old.offset:
                self._retained.put(task)
                if old is not None and old.first_offset != task.first_offset:
                    changed += ((old, None), (None, task))
                else:
                    changed.append((old, task))
        return changed

    def _note(self, old: Task | None, new: Task | None, offset: int) -> bool:
        task = new or old
        view = None if task is None else self._views.get(f"task:{task.id}")
        if not isinstance(view, TaskView) or not view.note(old, new, offset):
            return False
        view.dirty = True
        return True

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
