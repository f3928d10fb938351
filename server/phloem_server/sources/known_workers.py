"""Workers that are not attached: known by their heartbeats among Celery's events, each with a lease in the record.

Such a lease lasts long, and is ended here: nobody shall think that a worker is gone because nobody observes it. A
worker without heartbeats (`--without-heartbeat`) has no lease, so nobody can say that its tasks are lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from phloem.record.record import Channel, ChannelError
from phloem.record.stores.forms import Catalogue
from phloem.record.stores.workers import WorkerFacts
from phloem.redaction import clip

LEASE_SECONDS = 7 * 86400
"""For which a lease lasts, unless it is ended or renewed."""

RENEWED_SECONDS = 60.0
RETURN_SECONDS = 30.0
"""Longest time for which a worker waits between two tries to reach a broker that was away: the longer, the longer that
was away.
"""
LOAD_SECONDS = 10.0
"""Between two times that the load of a worker's machine is written down."""
ATTACHED_SECONDS = 10.0
"""For which the list of the attached workers is taken for true."""

_SOFTWARE_BYTES = 100

logger = logging.getLogger(__name__)

Ask = Callable[..., Mapping[str, Any]]
"""Asks workers with a command of remote control: (command, destination=names, awaited=names) -> what each answered.

It is over before its time only once all that are named have answered.
"""


class _Worker:
    """What is known of a worker by its heartbeats. Times are of the monotonic clock."""

    def __init__(self, name: str, pid: int) -> None:
        self.name, self.pid = name, pid
        self.lease = lease_of(name, pid)
        self.heard_at = time.monotonic()
        self.since = time.time()
        self.renewed_at: float | None = None
        self.stats: Mapping[str, Any] | None = None
        self.queues: tuple[str, ...] = ()
        self.load: tuple[float, ...] = ()
        self.software = ""
        self.introduced: WorkerFacts | None = None
        self.introduced_at = 0.0
        self.is_leaving = False
        self.beats_while_busy = False
        """Whether a heartbeat came while it ran a task, so that it does not run tasks in the thread that sends them."""

    @property
    def pool(self) -> str | None:
        """How it runs tasks, as `celery worker --pool` names it; None where it did not say."""
        implementation = str(((self.stats or {}).get("pool") or {}).get("implementation") or "")
        module = implementation.partition(":")[0] or None
        return module.rpartition(".")[2] if module else None

    @property
    def can_answer_while_busy(self) -> bool:
        """Whether its silence means that it is gone, though it may run a task. Unknown counts as no."""
        return self.beats_while_busy or self.pool not in (None, "solo")

    @property
    def facts(self) -> WorkerFacts:
        """What it would say of itself."""
        slots = ((self.stats or {}).get("pool") or {}).get("max-concurrency")
        return WorkerFacts(
            name=self.name,
            pid=self.pid,
            since=self.since,
            pool=self.pool,
            slots=slots if isinstance(slots, int) else None,
            queues=self.queues,
            attached=False,
            load=self.load,
            software=self.software,
        )

    def note(self, told: Mapping[str, Any]) -> None:
        """Takes note of what a heartbeat says."""
        load = told.get("loadavg")
        if isinstance(load, list | tuple):
            self.load = tuple(float(each) for each in load if isinstance(each, int | float))[:3]
        if told.get("sw_ident"):
            parts = (told.get(name) for name in ("sw_ident", "sw_ver", "sw_sys"))
            self.software = clip(" ".join(str(part) for part in parts if part), _SOFTWARE_BYTES)

    @property
    def has_news(self) -> bool:
        """Whether it says of itself something else than what is recorded, which is not looked at all the time."""
        return time.monotonic() - self.introduced_at > LOAD_SECONDS and self.facts != self.introduced


class KnownWorkers:
    """Keeps the leases. `lease_seconds` is the silence after which a worker is asked, and is gone unless it answers.

    `ask` asks workers; `is_busy` says whether the record has a task that runs on a worker. `on_new` is called when one
    came, `catalogue` makes what it can run of its answers to `registered` and `active_queues`.
    """

    def __init__(
        self,
        channel: Channel,
        ask: Ask,
        *,
        lease_seconds: float,
        is_busy: Callable[[str], bool] = lambda _: False,
        on_new: Callable[[], object] = lambda: None,
        catalogue: Callable[[object, object], Catalogue | None] = lambda *_: None,
    ) -> None:
        self._channel = channel
        self._ask = ask
        self._lease_seconds = lease_seconds
        self._is_busy = is_busy
        self._on_new = on_new
        self._catalogue = catalogue
        self._workers: dict[str, _Worker] = {}
        self._attached: frozenset[tuple[str, int]] = frozenset()
        self._attached_at: float | None = None
        self._away_since: float | None = None
        self._heard_from = 0.0
        """Since when the silence of a worker says something, by the monotonic clock."""
        self._lock = threading.Lock()
        self.heard_at = time.monotonic()
        """When any worker was last heard of, by the monotonic clock."""

    @property
    def names(self) -> list[str]:
        """Names of the workers that are known, without those that are attached."""
        return list(self._workers)

    @property
    def all_names(self) -> frozenset[str]:
        """Names of the workers that are known, with those that are attached."""
        return frozenset(self._workers) | {name for name, _ in self._attached}

    def is_attached(self, name: str, pid: object) -> bool:
        """Whether that worker is attached, and tells all itself."""
        return (name, pid) in self._attached

    def lease(self, name: str) -> str | None:
        """The lease of a worker; None where there is none."""
        worker = self._workers.get(name)
        return None if worker is None or worker.renewed_at is None else worker.lease

    def heard(self, told: Mapping[str, Any]) -> None:
        """Takes in an event about a worker."""
        name, pid, kind = str(told["hostname"]), int(told["pid"]), told["type"]
        self.heard_at = time.monotonic()
        if self.is_attached(name, pid):
            return
        with self._lock:
            worker = self._workers.get(name)
            if worker is not None and worker.pid != pid:
                self._end(worker, 1)  # another process has its name
                worker = None
            if worker is None:
                worker = self._workers[name] = _Worker(name, pid)
                self._begin(worker)
                self._on_new()
            elif kind == "worker-online":
                self._on_new()
            worker.heard_at = self.heard_at
            worker.note(told)
            worker.is_leaving = kind == "worker-offline"
            worker.beats_while_busy = worker.beats_while_busy or bool(told.get("active"))

    def resume(self) -> None:
        """Takes up the workers whose leases another observer has left."""
        for known in self._channel.workers.all():
            facts = known.facts
            if known.ended_at is None and not facts.attached and facts.name not in self._workers:
                worker = self._workers[facts.name] = _Worker(facts.name, facts.pid)
                worker.since = facts.since

    def tend(self, *, connected: bool) -> None:
        """Renews leases, and ends those of workers that are gone; once a second. Raises ChannelError.

        `connected`: whether their events are received now, so that silence says something.
        """
        now = time.monotonic()
        self._note_outage(now, connected=connected)
        if self._attached_at is None or now - self._attached_at > ATTACHED_SECONDS:
            known = self._channel.workers.all()
            self._attached = frozenset(
                (each.facts.name, each.facts.pid) for each in known if each.ended_at is None and each.facts.attached
            )
            self._attached_at = now
        for worker in list(self._workers.values()):
            if self.is_attached(worker.name, worker.pid):
                self._forget(worker)
                self._channel.heartbeat(worker.lease, 0)
            elif now - max(worker.heard_at, self._heard_from) > self._lease_seconds and connected:
                self._doubt(worker)
            elif worker.renewed_at is None or now - worker.renewed_at > RENEWED_SECONDS:
                self._renew(worker, now)
            elif worker.has_news:
                self._introduce(worker)

    def learn(self) -> None:
        """Asks those workers of which no more than a heartbeat is known. Raises what `ask` raises, and ChannelError."""
        new = [worker for worker in list(self._workers.values()) if worker.stats is None]
        if not new:
            return
        stats, queues, registered = (self._ask(command) for command in ("stats", "active_queues", "registered"))
        for worker in new:
            said = stats.get(worker.name)
            if not isinstance(said, Mapping):
                continue
            worker.stats, worker.queues = said, _names(queues.get(worker.name))
            self._renew(worker, time.monotonic())
            found = self._catalogue(registered.get(worker.name), queues.get(worker.name))
            if found is not None:
                self._channel.forms.offer(worker.lease, found)

    def _begin(self, worker: _Worker) -> None:
        """Makes the lease before a task names it: such a task would be lost with a lease that nobody renews."""
        try:
            self._renew(worker, worker.heard_at)
        except ChannelError as error:
            logger.warning("A worker cannot be recorded for now: %s", error)

    def _renew(self, worker: _Worker, now: float) -> None:
        self._channel.heartbeat(worker.lease, LEASE_SECONDS)
        self._introduce(worker)
        worker.renewed_at = now

    def _introduce(self, worker: _Worker) -> None:
        facts = worker.facts
        self._channel.workers.introduce(worker.lease, facts)
        worker.introduced, worker.introduced_at = facts, time.monotonic()

    def _note_outage(self, now: float, *, connected: bool) -> None:
        """A broker that was away was so for workers as well, and they come back later than this process."""
        if not connected:
            self._away_since = self._away_since or now
        elif self._away_since is not None:
            self._heard_from = now + min(now - self._away_since, RETURN_SECONDS)
            self._away_since = None

    def _doubt(self, worker: _Worker) -> None:
        """A worker is silent. One that runs tasks in its own thread cannot answer meanwhile."""
        if worker.is_leaving:
            self._forget(worker)
            self._end(worker, 0)
        elif self._ask("ping", destination=[worker.name]).get(worker.name):
            worker.heard_at = time.monotonic()
        elif worker.can_answer_while_busy or not self._is_busy(worker.name):
            self._forget(worker)
            self._end(worker, 1)

    def _end(self, worker: _Worker, seconds: int) -> None:
        """Ends the lease: at once, as of one that said goodbye, or in a second, as of one that vanished."""
        try:
            self._channel.heartbeat(worker.lease, seconds)
        except ChannelError as error:
            logger.warning("The end of a worker cannot be recorded: %s", error)

    def _forget(self, worker: _Worker) -> None:
        with self._lock:
            if self._workers.get(worker.name) is worker:
                del self._workers[worker.name]


def _names(active_queues: object) -> tuple[str, ...]:
    """Names of the queues that a worker answered to take from."""
    told = active_queues if isinstance(active_queues, list) else []
    return tuple(sorted(str(each["name"]) for each in told if isinstance(each, Mapping) and each.get("name")))


def lease_of(name: str, pid: int) -> str:
    """The lease of a worker that is not attached: any observer gives it the same."""
    return f"heard-{pid}-{name}"
