"""What the workers and the broker answered last.

They are asked round after round in a thread, and only while a client watches. While the broker does not answer, the
last answers stay.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from phloem_server.control.errors import NoAnswer
from phloem_server.control.remote_control import RemoteControl, Survey
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.workload import Workload
from phloem_server.settings import SURVEY_SECONDS

WATCHED_SECONDS = 10.0
"""For which the rounds go on after a client watched."""

FIRST_ANSWER_SECONDS = 5.0
"""For which the first client to watch waits for the first round."""

SILENT_ROUNDS = 2
"""Rounds without an answer after which a worker is not online. One that is busy may miss one."""

OFFLINE_KEPT_SECONDS = 300.0
"""For which a worker that is not online is still shown."""

QUEUES_LIMIT = 200
"""Queues beside those of the app and its workers whose depth is asked for, at most."""

logger = logging.getLogger(__name__)


class KnownWorker(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker answered last.

    `stats` is its answer to Celery's `stats`; `heard_at` when that came, `since` when it started, both in Unix seconds;
    `missed` counts the rounds since that it did not answer.
    """

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

    `depths` counts the messages in each queue, None where the broker does not tell. `stale_since`: since then the
    broker does not answer, in Unix seconds, and `trouble` says why.
    """

    workers: Mapping[str, KnownWorker] = {}
    depths: Mapping[str, int | None] = {}
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
    ) -> None:
        self._control = control
        self._follower = follower
        self._clock = clock
        self._every = every
        self._answers = Answers()
        self._asked = threading.Event()
        self._answered = threading.Event()
        self._stopped = threading.Event()
        self._watched_at = float("-inf")

    @property
    def answers(self) -> Answers:
        """What is known."""
        return self._answers

    @property
    def has_answers(self) -> bool:
        """Whether a round was made since a client began to watch."""
        return self._answered.is_set()

    def run(self) -> None:
        """Makes rounds while a client watches, else waits for one, until `stop`."""
        while not self._stopped.is_set():
            self._asked.clear()  # before the look at the clock: a client that comes from now on is not overheard
            if time.monotonic() - self._watched_at > WATCHED_SECONDS:
                self._answered.clear()
                self._asked.wait()
                if self._stopped.is_set():
                    return
            try:
                self.ask()
            except Exception:
                logger.exception("The workers could not be asked")
            self._answered.set()
            self._stopped.wait(self._every)

    def stop(self) -> None:
        """Ends `run`, after the round that is under way."""
        self._stopped.set()
        self._asked.set()

    def look(self) -> None:
        """A client begins to watch: the rounds go on for some time. The first one waits for the answers."""
        self.keep_looking()
        self._answered.wait(FIRST_ANSWER_SECONDS)

    def keep_looking(self) -> None:
        """A client still watches."""
        self._watched_at = time.monotonic()
        self._asked.set()

    def ask(self) -> None:
        """Makes one round."""
        with self._follower.lock:
            named = list(self._follower.index.statistic(Workload).queues)[-QUEUES_LIMIT:]
        try:
            survey = self._control.survey(named)
        except NoAnswer as error:
            since = self._answers.stale_since or self._clock()
            self._answers = msgspec.structs.replace(self._answers, stale_since=since, trouble=str(error))
            return
        self._answers = _taken(self._answers, survey, self._clock())


def _taken(before: Answers, survey: Survey, now: float) -> Answers:
    """What is known with the answers of one more round."""
    workers = {
        name: msgspec.structs.replace(known, missed=known.missed + 1)
        for name, known in before.workers.items()
        if name in survey.stats or now - known.heard_at <= OFFLINE_KEPT_SECONDS
    }
    for name, stats in survey.stats.items():
        known = before.workers.get(name)
        since = _started_at(stats, now)
        if known is not None and known.stats.get("pid") == stats.get("pid"):
            since = known.since  # counted anew, it would move by how long the answer was on its way
        queues = survey.queues.get(name) or (known.queues if known is not None else ())
        workers[name] = KnownWorker(stats=stats, queues=queues, heard_at=now, since=since)
    return Answers(workers=workers, depths=dict(survey.depths))


def _started_at(stats: Mapping[str, Any], now: float) -> float | None:
    uptime = stats.get("uptime")
    return now - uptime if isinstance(uptime, int | float) else None
