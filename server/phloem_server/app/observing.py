"""Puts together what observes an app that is not attached."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from phloem.record.redis_record import RedisChannel
from phloem_server.control.registry import Registry
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from phloem_server.sources.known_workers import Ask
from phloem_server.sources.observation import Observation
from phloem_server.sources.observer import Observer
from phloem_server.sources.reconciliation import OPEN_LIMIT

if TYPE_CHECKING:
    from phloem.record.record import Channel


def observer(config: Config, *, follower: Follower, channel: Channel, registry: Registry, ask: Ask) -> Observer:
    """Observes the app of the registry, whenever no other web process does."""

    def observe() -> Observation:
        return Observation(
            registry.celery,
            channel,
            ask,
            row=follower.row,
            open_tasks=partial(follower.open_tasks, OPEN_LIMIT),
            open_channel=lambda: RedisChannel(config),
            namespace=config.namespace,
            lease_seconds=config.lease_seconds,
            is_own=registry.is_loaded,
            asks_for_events=config.asks_for_events,
        )

    return Observer(channel.duties, observe)
