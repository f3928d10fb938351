"""Which versions are tried together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

NEWEST = "newest"

CELERY = {"5.3": "3.12", "5.4": "3.12", "5.5": "3.13", "5.6": "3.14", NEWEST: "3.14"}
"""Each Celery, and the newest Python that it says it runs on."""

REDIS_PY = ("5.0", "5.2", "6.4", "7.4", NEWEST)
"""The redis-py with which each Celery is tried."""


REFUSED = {(NEWEST, "5.0"), (NEWEST, "5.2")}
"""Each Celery with a redis-py that its own transport to Redis refuses: its broker is a RabbitMQ."""


class Combination(NamedTuple):
    """Versions of one environment; those of Celery and redis-py as in "5.3", or "newest"."""

    python: str
    celery: str
    redis_py: str

    @property
    def needs_rabbitmq(self) -> bool:
        """Whether Redis cannot be its broker."""
        return (self.celery, self.redis_py) in REFUSED

    @property
    def requirements(self) -> list[str]:
        """What pip is asked for, besides Phloem. An old Celery comes with the kombu of its time."""
        celery = [] if self.celery == NEWEST else [f"celery=={self.celery}.*", f"kombu=={self.celery}.*"]
        return celery + ([] if self.redis_py == NEWEST else [f"redis=={self.redis_py}.*"])


def combinations(pythons: Iterable[str]) -> Iterator[Combination]:
    """With the oldest Python each Celery and each redis-py, with every other the oldest that it runs and the newest."""
    oldest, *others = sorted(pythons, key=_minor)
    for celery, redis_py in itertools.product(CELERY, REDIS_PY):
        yield Combination(oldest, celery, redis_py)
    for python in others:
        first = next(celery for celery, last in CELERY.items() if _minor(python) <= _minor(last) or celery == NEWEST)
        yield Combination(python, first, REDIS_PY[0])
        yield Combination(python, NEWEST, NEWEST)


def _minor(python: str) -> int:
    return int(python.partition(".")[2])
