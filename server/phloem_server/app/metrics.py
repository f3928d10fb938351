"""What the web process does, in figures, at /metrics.

The only module that knows Prometheus. The other parts keep plain numbers, which are read here for each request of the
page; HTTP requests and the answers to messages are counted by wrapping what handles them. No figure is labelled by
anything of a task, nor by anything that a client chose: a reader of the page sees how much happens, and never what.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from werkzeug.wrappers import Response

from phloem_server.live.handlers import OTHER
from phloem_server.live.hub import Hub
from phloem_server.live.protocol import TO_SERVER, Refusal
from phloem_server.mirror.follower import Follower
from phloem_server.transport.capacity import Admission
from phloem_server.transport.fanout import Fanout
from phloem_server.web.declared import needs
from phloem_server.web.paths import ENGINE

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper ends of a histogram's buckets."""

CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
"""Of HTTP's statuses, by their first digit."""

MESSAGES = (*TO_SERVER, OTHER)
"""Labels of the messages that clients send; all that are not of the protocol share the last one."""


class Metrics:
    """The figures of one web process. Each has a registry of its own, so there may be several."""

    def __init__(self, follower: Follower, hub: Hub, fanout: Fanout, admission: Admission) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Numbers(follower, hub, fanout, admission))
        ProcessCollector(registry=self._registry)  # memory, CPU, open files; where there is a /proc
        watched = Histogram(
            "phloem_watch_seconds",
            "From a message `watch` to its answer.",
            buckets=SECONDS,
            registry=self._registry,
        )
        refused = Counter(
            "phloem_refused",
            "Messages of viewers that were refused.",
            ["message"],
            registry=self._registry,
        )
        requests = Histogram(
            "phloem_http_request_seconds",
            "From an HTTP request until its answer begins, by class of status; without those of Socket.IO.",
            ["status"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._watched = watched
        self._refused = {name: refused.labels(name) for name in MESSAGES}
        self._requests = {name: requests.labels(name) for name in CLASSES}

    @needs("see")
    def page(self) -> Response:
        """All figures, as Prometheus reads them."""
        return Response(
            generate_latest(self._registry),
            content_type=CONTENT_TYPE_PLAIN_0_0_4,
            headers={"Cache-Control": "no-store"},
        )

    def answering(self, name: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        """`handler` of the message `name`, with its refusals counted, and timed if it is `watch`."""

        def handle(*arguments: Any) -> Any:
            start = time.perf_counter()
            answer = handler(*arguments)
            if name == "watch":
                self._watched.observe(time.perf_counter() - start)
            if isinstance(answer, Refusal):
                self._refused[name].inc()
            return answer

        return handle

    def serving(self, wsgi_app: WSGIApplication) -> WSGIApplication:
        """`wsgi_app` with its requests timed. Those of Socket.IO last as long as their clients watch."""

        def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ.get("PATH_INFO", "").startswith(ENGINE):
                return wsgi_app(environ, start_response)
            begin = time.perf_counter()

            def start(status: str, *rest: Any) -> Callable[[bytes], object]:
                self._requests[f"{status[0]}xx"].observe(time.perf_counter() - begin)
                return start_response(status, *rest)

            return wsgi_app(environ, start)

        return serve


class _Numbers(Collector):
    """What follower, hub and fan-out know of themselves, read for each request of the page."""

    def __init__(self, follower: Follower, hub: Hub, fanout: Fanout, admission: Admission) -> None:
        self._follower = follower
        self._hub = hub
        self._fanout = fanout
        self._admission = admission

    def collect(self) -> Iterator[Metric]:
        yield from self._of_follower()
        yield from self._of_hub()
        yield from self._of_fanout()

    def _of_follower(self) -> Iterator[Metric]:
        follower, counts = self._follower, self._follower.counts
        yield _labelled(
            GaugeMetricFamily, "phloem_tasks", "Tasks retained, by state.", "state", follower.mirror.totals()
        )
        yield GaugeMetricFamily(
            "phloem_relay_live", "1 while Redis answers and all it holds has arrived.", follower.live
        )
        yield GaugeMetricFamily(
            "phloem_relay_lag_seconds", "How long the last change took from Redis to here.", follower.lag.seconds
        )
        yield GaugeMetricFamily("phloem_relay_offset", "The last change that is known here.", follower.position.offset)
        # Messages do not say when they left, and the newest change may be old because nothing happens. This is what
        # is known: nothing that Redis had then is missing here.
        age = math.nan if counts.checked_at is None else time.monotonic() - counts.checked_at
        yield GaugeMetricFamily(
            "phloem_relay_check_age_seconds",
            "Since our position was last compared with Redis'; NaN before the first time. One a second is usual.",
            age,
        )
        yield CounterMetricFamily("phloem_relay_checks", "Comparisons of our position with Redis'.", counts.checks)
        yield CounterMetricFamily("phloem_relay_catch_ups", "Those that found something new.", counts.catch_ups)
        yield CounterMetricFamily("phloem_relay_messages", "Messages heard from Redis.", counts.heard)
        yield CounterMetricFamily("phloem_relay_gaps", "Messages before which something was missing.", counts.gaps)

    def _of_hub(self) -> Iterator[Metric]:
        census = self._hub.census()
        yield GaugeMetricFamily("phloem_viewers", "Viewers connected.", census.connected)
        yield GaugeMetricFamily("phloem_places", "Viewers that there can be.", self._admission.places)
        yield CounterMetricFamily("phloem_turned_away", "Those for whom there was no place.", self._admission.refused)
        yield GaugeMetricFamily("phloem_views", "Different views that somebody looks at.", census.views)
        yield GaugeMetricFamily("phloem_viewers_behind", "Viewers who get fewer frames.", census.behind)
        yield GaugeMetricFamily("phloem_viewers_blocked", "Those of them whose socket takes nothing.", census.blocked)
        yield CounterMetricFamily("phloem_viewers_cut", "Viewers cut off, who took nothing for long.", census.cut)

    def _of_fanout(self) -> Iterator[Metric]:
        sent, size = self._fanout.sent, self._fanout.sent_bytes
        # Copied: another thread may send the first message of its kind meanwhile.
        yield _labelled(CounterMetricFamily, "phloem_sent", "Messages sent, one for each viewer.", "message", {**sent})
        yield _labelled(CounterMetricFamily, "phloem_sent_bytes", "Their size on the wire.", "message", {**size})


def _labelled(
    kind: type[CounterMetricFamily] | type[GaugeMetricFamily],
    name: str,
    text: str,
    label: str,
    values: dict[str, int],
) -> Metric:
    family = kind(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
