"""RabbitMQ's management API: what passive declarations do not tell of its queues."""

from __future__ import annotations

import base64
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec

from phloem.errors import PhloemError
from phloem.instrument.messages.message import time_told
from phloem_server.control.brokers.held import Held

ANSWER_SECONDS = 2.0
"""For which an answer is waited for. It has figures that RabbitMQ gathers every few seconds, and is quick."""

ANSWER_BYTES = 8_000_000
"""Of one answer, at most: some ten thousand queues."""

_COLUMNS = (
    "name",
    "type",
    "memory",
    "idle_since",
    "consumers",
    "messages_ready",
    "messages_unacknowledged",
    "message_stats.publish_details.rate",
    "message_stats.deliver_get_details.rate",
    "backing_queue_status.priority_lengths",
)


logger = logging.getLogger(__name__)


class ManagementUnavailable(PhloemError):
    """The management API does not answer as it should. The text says what came, as the end of a sentence."""

    code = "management_unavailable"
    temporary = True


class Management:
    """The management API of a RabbitMQ. `url` is its address, with the user and the password that it asks for."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        self._root = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
        self._told: str | None = None
        self._credentials = base64.b64encode(f"{user}:{password}".encode()).decode()

    def queues(self, vhost: str) -> Mapping[str, Held]:
        """All queues of a virtual host, by name. ManagementUnavailable, which is logged once for each reason."""
        try:
            found = self._queues(vhost)
        except ManagementUnavailable as error:
            if str(error) != self._told:
                logger.warning("The management API of RabbitMQ %s", error)
            self._told = str(error)
            raise
        self._told = None
        return found

    def _queues(self, vhost: str) -> Mapping[str, Held]:
        path = f"/api/queues/{quote(vhost or '/', safe='')}?columns={','.join(_COLUMNS)}"
        request = urllib.request.Request(f"{self._root}{path}", headers={"Authorization": f"Basic {self._credentials}"})
        try:
            with _opener.open(request, timeout=ANSWER_SECONDS) as answer:
                told = msgspec.json.decode(answer.read(ANSWER_BYTES), type=list[dict[str, Any]])
        except urllib.error.HTTPError as error:
            error.close()
            raise ManagementUnavailable(f"answers {error.code} {error.reason}") from error
        except msgspec.MsgspecError as error:
            raise ManagementUnavailable("answers something else than a list of queues") from error
        except (OSError, ValueError) as error:
            raise ManagementUnavailable(f"does not answer ({getattr(error, 'reason', error)})") from error
        return {str(each.get("name")): _held(each) for each in told}


class _NotRedirected(urllib.request.HTTPRedirectHandler):
    """The credentials are for this address, and for none that it names."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NotRedirected)


def _held(told: Mapping[str, Any]) -> Held:
    lengths = _at(told, "backing_queue_status", "priority_lengths")
    lengths = lengths if isinstance(lengths, Mapping) else {}
    return Held(
        messages=_number(told.get("messages_ready")),
        consumers=_number(told.get("consumers")),
        unacknowledged=_number(told.get("messages_unacknowledged")),
        kind=str(told["type"]) if told.get("type") else None,
        incoming=_rate(told, "publish_details"),
        outgoing=_rate(told, "deliver_get_details"),
        memory=_number(told.get("memory")),
        idle_since=time_told(told.get("idle_since")),  # in UTC; older ones do not say so
        by_priority={int(step): many for step, many in lengths.items() if step.isdecimal() and _number(many)},
    )


def _rate(told: Mapping[str, Any], name: str) -> float | None:
    rate = _at(told, "message_stats", name, "rate")
    return round(float(rate), 2) if isinstance(rate, int | float) else None


def _at(told: Any, *names: str) -> Any:
    for name in names:
        told = told.get(name) if isinstance(told, Mapping) else None
    return told


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None
