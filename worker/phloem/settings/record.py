"""The settings of the record: where it is kept, for how long, and when a silent worker counts as gone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

import msgspec

from phloem.settings.embedded_redis import REDIS_URL, with_password
from phloem.settings.environment import Environment

NAMESPACE = "phloem"

RETENTION_TASKS = 100_000
RETENTION_DAYS = 7
RETENTION_BYTES = 1024**3

LEASE_SECONDS = 10
"""Seconds after which a worker that was not heard of is gone, and the tasks that it ran are LOST."""

HEARTBEATS_PER_LEASE = 5
"""A worker reports five times in each lease, so four reports in a row may be lost."""


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What every process that writes or reads the record must agree on."""

    record: bool = True
    """Whether anything is recorded. Without that `attach` does nothing, as a test suite may want it."""
    redis_url: str = REDIS_URL
    """The Redis that keeps the record, in any spelling of `RedisUrl`."""
    namespace: str = NAMESPACE
    """Part of every key, so that several installations can share one Redis."""
    retention_tasks: int = RETENTION_TASKS
    """Finished tasks that are kept; beyond that the oldest are removed."""
    retention_days: int = RETENTION_DAYS
    """Days after which a task that did not change is removed, finished or not."""
    retention_bytes: int = RETENTION_BYTES
    """Bytes of Redis' memory that all tasks may take, with logs and original arguments; beyond that those that ended
    first are removed."""
    keep_calls: bool = True
    """Whether the original arguments are kept, so that a task can be run again."""
    redact: tuple[str, ...] = ()
    """Names and patterns of secrets, beside those that are known anyway."""
    lease_seconds: int = LEASE_SECONDS
    """Seconds after which a worker that was not heard of is gone."""
    release: str = ""
    """Which release of the application this process runs; empty where nobody said."""

    @property
    def heartbeat_seconds(self) -> float:
        """Seconds between two reports of a worker that it is alive."""
        return self.lease_seconds / HEARTBEATS_PER_LEASE

    @classmethod
    def of_record(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The record's settings in `environ`, defaults for the rest. Raises SettingError for a value that is refused.

        Reads no other variable: in a process that only attaches Phloem, variables such as CELERY_RESULT_BACKEND
        may belong to another application and mean something else there.
        """
        read = Environment(environ)
        return cls(
            record=read.switch("PHLOEM_RECORD", True),
            redis_url=with_password(read.redis_url("PHLOEM_REDIS_URL", "REDIS_URL", default=REDIS_URL), environ),
            namespace=read.text(
                "PHLOEM_NAMESPACE",
                NAMESPACE,
                pattern=r"[A-Za-z0-9_.-]{1,64}",
                may_hold="1 to 64 letters, digits, dots, hyphens and underscores",
            ),
            retention_tasks=read.integer("PHLOEM_RETENTION_TASKS", RETENTION_TASKS, low=1, high=10**8),
            retention_days=read.integer("PHLOEM_RETENTION_DAYS", RETENTION_DAYS, low=1, high=3650),
            retention_bytes=read.integer("PHLOEM_RETENTION_BYTES", RETENTION_BYTES, low=1, high=10**15),
            keep_calls=read.switch("PHLOEM_KEEP_CALLS", True),
            redact=read.redactions("PHLOEM_REDACT"),
            lease_seconds=read.integer("PHLOEM_LEASE_SECONDS", LEASE_SECONDS, low=2, high=3600),
            release=read.release("PHLOEM_RELEASE"),
        )
