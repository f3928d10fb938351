"""Kombu's queues and exchanges, of any type: they come without types of their own."""

from __future__ import annotations

from typing import Any

from kombu import common, entity

Broadcast: Any = common.Broadcast
Exchange: Any = entity.Exchange
Queue: Any = entity.Queue
binding: Any = entity.binding
