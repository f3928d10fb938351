"""What the workers and the broker answered last.

They are asked round after round in a thread, and only while a client watches. While the broker does not answer, the
last answers stay.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from phloem.record.record import ChannelError
from phloem.record.stores.workers import KnownLease
from phloem_server.boards.rounds import Rounds
from phloem_server.control.brokers.broker import Told
from phloem_server.control.errors import NoAnswer
from phloem_server.control.remote_control import RemoteControl, Survey
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.workload import Workload
from phloem_server.settings import SURVEY_SECONDS

SILENT_ROUNDS = 2
"""Rounds without an answer after which a worker is not online. One that is busy may miss one."""

OFFLINE_KEPT_SECONDS = 300.0
"""For which a worker that does not answer any more is still shown, unless its lease tells that it vanished."""

QUEUES_LIMIT = 200
"""Queues beside those of the app and its workers whose depth is asked for, at most."""


class KnownWorker(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker answered last. Two may have the same `name`; then their `pid` differs.

    `stats` is its answer to Celery's `stats`; `heard_at` when that came, `since` when it started, both in Unix seconds;
    `missed` counts the rounds since that it did not answer.
    """

    name: str
    pid: int | None
    stats: Mapping[str, Any]
    queues: tuple[str, ...]
    heard_at: float
    since: float | None
    missed: int = 0

    @property
    def online(self) -> bool:
        """Whether it answered one of the last rounds."""
        return self.missed < SILENT_ROUNDS


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What is known after a round.

    `broker` is what the broker told. `stale_since`: since then it does not answer, in Unix seconds, and `trouble` says
    why. `leases` are the workers by their leases.
    """

    workers: tuple[KnownWorker, ...] = ()
    leases: tuple[KnownLease, ...] = ()
    broker: Told = Told()
    stale_since: float | None = None
    trouble: str | None = None


class Fleet:
    """Asks the workers. Its methods may be called from any thread. `every` is the seconds between two rounds."""

    def __init__(
        self,
        control: RemoteControl,
        follower: Follower,
        clock: Callable[[], float] = time.time,
        *,
        every: float = SURVEY_SECONDS,
        leases: Callable[[], tuple[KnownLease, ...]] = tuple,
    ) -> None:
        """`leases` reads the workers that have leases. It may raise ChannelError."""
        self._control = control
        self._leases = leases
        self._follower = follower
        self._clock = clock
        self._answers = Answers()
        self._rounds = Rounds(self.ask, every=every, failed="The workers could not be asked")

    @property
    def answers(self) -> Answers:
        """What is known."""
        return self._answers

    @property
    def has_answers(self) -> bool:
        """Whether a round was made since a client began to watch."""
        return self._rounds.has_answered

    def run(self) -> None:
        """Makes rounds while a client watches, else waits for one, until `stop`."""
        self._rounds.run()

    def stop(self) -> None:
        """Ends `run`, after the round that is under way."""
        self._rounds.stop()

    def look(self) -> None:
        """A client begins to watch: the rounds go on for some time. The first one waits for the answers."""
        self._rounds.look()

    def keep_looking(self) -> None:
        """A client still watches."""
        self._rounds.keep_looking()

    def ask(self) -> None:
        """Makes one round."""
        with self._follower.lock:
            named = list(self._follower.index.statistic(Workload).queues)[-QUEUES_LIMIT:]
        with suppress(ChannelError):  # what was read before stays, and the page tells that Redis is away
            self._answers = msgspec.structs.replace(self._answers, leases=self._leases())
        try:
            survey = self._control.survey(named)
        except NoAnswer as error:
            since = self._answers.stale_since or self._clock()
            self._answers = msgspec.structs.replace(self._answers, stale_since=since, trouble=str(error))
            return
        self._answers = _taken(self._answers, survey, self._clock())


def _taken(before: Answers, survey: Survey, now: float) -> Answers:
    """What is known with the answers of one more round."""
    known = {(worker.name, worker.pid): worker for worker in before.workers}
    heard: dict[tuple[str, int | None], KnownWorker] = {}
    for name, stats in survey.stats:
        pid = _whole(stats.get("pid"))
        last = known.get((name, pid))
        # Counted anew, it would move by how long the answer was on its way.
        since = last.since if last is not None else _started_at(stats, now)
        queues = survey.queues.get(name) or (last.queues if last is not None else ())
        heard[name, pid] = KnownWorker(name=name, pid=pid, stats=stats, queues=queues, heard_at=now, since=since)
    were, are = Counter(name for name, _ in known), Counter(name for name, _ in heard)
    silent = [
        msgspec.structs.replace(worker, missed=worker.missed + 1)
        for key, worker in known.items()
        if key not in heard
        and now - worker.heard_at <= OFFLINE_KEPT_SECONDS
        # One that was started again has another process id; of two of one name, one may miss a round.
        and (not are[worker.name] or (are[worker.name] < were[worker.name] and worker.missed + 1 < SILENT_ROUNDS))
    ]
    workers = sorted([*heard.values(), *silent], key=lambda worker: (worker.name, worker.since or 0.0))
    return msgspec.structs.replace(before, workers=tuple(workers), broker=survey.broker, stale_since=None, trouble=None)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _started_at(stats: Mapping[str, Any], now: float) -> float | None:
    uptime = stats.get("uptime")
    return now - uptime if isinstance(uptime, int | float) else None
