"""Where an app's messages are: its broker as an address without user and password."""

from __future__ import annotations

from typing import Any

import celery

_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "sentinel": 26379}
_SAME = {"pyamqp": "amqp", "librabbitmq": "amqp", "valkey": "redis", "valkeys": "rediss"}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_TRANSPORT = (
    "global_keyprefix",
    "priority_steps",
    "sep",
    "fanout_prefix",
    "fanout_patterns",
    "queue_order_strategy",
    "queue_name_prefix",
    "master_name",
    "visibility_timeout",
)
"""Of `broker_transport_options` what decides under which names a broker keeps messages. Others may hold passwords."""


def broker_of(app: celery.Celery) -> str | None:
    """The address, such as `redis://127.0.0.1:6379/0`; None where that cannot be told. Connects to nothing."""
    try:
        connection = app.connection_for_write()
    except Exception:  # noqa: BLE001  # of a transport that is not installed, or of a URL that is none
        return None
    scheme = str(connection.uri_prefix or connection.transport_cls or "")
    scheme = _SAME.get(scheme, scheme)
    host = str(connection.hostname or "").rpartition("@")[2]
    if "://" in host:  # the path of a socket
        return f"{scheme}+{host.partition('?')[0]}"
    host = "127.0.0.1" if host in _LOOPBACK or not host else host
    port = connection.port or _PORTS.get(scheme)
    name = f"[{host}]" if ":" in host else host
    place = f"{name}:{port}" if port else name
    return f"{scheme}://{place}/{str(connection.virtual_host or '').strip('/') or _default(scheme)}"


def _default(scheme: str) -> str:
    return "0" if scheme.startswith("redis") else ""


def transport_options(app: celery.Celery) -> dict[str, Any]:
    """Those options of the app's transport that a process has to know to send to the same queues."""
    options = dict(app.conf.broker_transport_options or {})
    return {name: options[name] for name in _TRANSPORT if name in options}
