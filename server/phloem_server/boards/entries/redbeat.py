"""The entries of RedBeat, in Redis. Imported only where the app's scheduler is that one.

Its own connection is used, so that its settings say which Redis that is, and with which keys.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from celery import Celery
from celery.utils.time import maybe_make_aware
from redbeat.schedulers import ensure_conf, get_redis

from phloem_server.boards.entries.source import ENTRIES_LIMIT, Found, Planned


class RedBeat:
    """The entries of one app. `scheduler` is RedBeat's, or derived from it."""

    place = "The Redis of RedBeat"
    changes = True
    lag = 0.0

    def __init__(self, celery: Celery, scheduler: Any) -> None:
        ensure_conf(celery)
        self._celery = celery
        self._kind = scheduler.Entry

    def read(self) -> Found:
        """Those that are enabled; of too many those that are due first."""
        client = get_redis(self._celery)
        keys = client.zrange(self._celery.redbeat_conf.schedule_key, 0, ENTRIES_LIMIT)
        with client.pipeline() as pipe:
            for key in keys[:ENTRIES_LIMIT]:
                pipe.hmget(key, "definition", "meta")
            kept = pipe.execute()
        made, unreadable = [], {}
        for key, (definition, meta) in zip(keys, kept, strict=False):
            try:
                # Without a definition it was deleted a moment ago.
                if definition and (planned := self._planned(definition, meta)).entry.enabled:
                    made.append(planned)
            except Exception as error:  # noqa: BLE001  # beat will fail at it
                unreadable[_name(key, self._celery)] = f"{type(error).__name__}: {error}"
        return Found(entries=tuple(made), unreadable=unreadable, more=len(keys) > ENTRIES_LIMIT)

    def _planned(self, definition: str, meta: str | None) -> Planned:
        given = {**self._kind.decode_definition(definition), **self._kind.decode_meta(meta)}
        ran_at: datetime | None = given["last_run_at"]
        return Planned(
            name=str(given["name"]),
            entry=self._kind(app=self._celery, **given),
            counts_from=None if ran_at is None else maybe_make_aware(ran_at).timestamp(),
        )


def _name(key: str | bytes, celery: Celery) -> str:
    text = key.decode(errors="replace") if isinstance(key, bytes) else key
    return text.removeprefix(celery.redbeat_conf.key_prefix)
