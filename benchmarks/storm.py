"""All viewers are disconnected at once and reconnect: `python -m benchmarks.storm [--quick] [--fanout direct]`.

1,000 viewers of one web process, with ten different views among them, lose their connections at the same moment and
reconnect at once with `since`. A viewer is in step when it was sent the delta since then; a change afterwards checks
that it receives frames again. Redis counts the commands that it served meanwhile; the commands of the follower's own
checks, known from a calm time before, are subtracted. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

import redis
import requests

from benchmarks.harness.measures import Limit, Machine, add_short, quantile, verdict
from benchmarks.harness.viewers import Watcher, return_of, watchers
from benchmarks.harness.web import record_of, running
from phloem.model.changes import Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem_server.settings import FANOUTS
from tests.processes import Stack
from tests.waiting import wait_until

VIEWERS = 1000
TASKS = 100
VIEWS: list[dict[str, Any]] = [
    *({"view": {"limit": 10 + number}} for number in range(8)),
    {"task": "task0"},
    {"task": "task1"},
]
SLOWEST = 2.0
"""Seconds until in step, at p99."""
CALM = 6.0
"""Seconds in which nothing happens but the relay's own checks."""

T = TypeVar("T")


class Ledger:
    """What Redis serves while something is done."""

    def __init__(self, stack: Stack, client: redis.Redis) -> None:
        self._url = f"{stack.url}/metrics"
        self._client = client
        self.checks = 0
        """Of the relay, in the time that was looked at last."""

    def during(self, work: Callable[[], T]) -> tuple[T, Counter[str]]:
        """What comes of `work`, and the commands from one check of the relay before it to another after it."""
        checks, before = self._after_a_check()
        done = work()
        then, after = self._after_a_check()
        self.checks = then - checks
        return done, after - before

    def _after_a_check(self) -> tuple[int, Counter[str]]:
        """The number of checks so far and of each command, at a moment at which the next check is far away."""
        now = self._checks()
        checks = wait_until(lambda: next((n for n in [self._checks()] if n > now), 0), 30, "the relay checks")
        stats = dict(self._client.info("commandstats"))
        return checks, Counter({name: row["calls"] for name, row in stats.items() if name != "cmdstat_info"})

    def _checks(self) -> int:
        text = requests.get(self._url, timeout=10).text
        return int(float(text.partition("\nphloem_relay_checks_total ")[2].split()[0]))


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="with a fifth of the viewers")
    add_short(parser)
    parser.add_argument("--fanout", choices=FANOUTS, default=FANOUTS[0])
    chosen = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    share = 20 if chosen.short else 5 if chosen.quick else 1
    calm = 2.0 if chosen.short else CALM
    return verdict(measure(VIEWERS // share, chosen.fanout, calm), short=chosen.short)


def measure(viewers: int, fanout: str, calm_seconds: float) -> list[Limit]:
    """One storm."""
    with running(fanout) as stack, redis.Redis.from_url(stack.redis.url) as client:
        channel = record_of(stack)
        numbers = count(1)

        def change(state: State, *tasks: int) -> int:
            """Records a change of each of `tasks`; the offset of the last."""
            channel.record([Event(id=f"task{n}", at=1.0, source="b", seq=next(numbers), state=state) for n in tasks])
            return [page.to for page in channel.changed(Position())][-1]

        head = change(State.STARTED, *range(TASKS))
        guests = watchers(stack.port, (VIEWS[number % len(VIEWS)] for number in range(viewers)))
        for guest in guests:
            guest.wait(head)
        ledger = Ledger(stack, client)
        _, calm = ledger.during(lambda: time.sleep(calm_seconds))
        each = {name: calls / ledger.checks for name, calls in calm.items()}
        pids = (stack.pid("web"), stack.redis.pid, os.getpid())

        def all_return() -> tuple[list[tuple[Watcher, float]], list[float], float]:
            machine = Machine(*pids)
            return storm(stack.port, guests), machine.used, machine.others

        (came, used, others), stormy = ledger.during(all_return)
        own = {name: round(calls * ledger.checks) for name, calls in each.items()}
        for_it = stormy - Counter(own)
        seconds = [at for _, at in came]
        in_step = sum(guest.offset >= head for guest, _ in came)
        resumed = sum(guest.resumed for guest, _ in came)
        head = change(State.PROGRESS, *range(len(VIEWS)))
        told = sum(guest.wait(head).misfits == 0 for guest, _ in came)
    p99 = quantile(seconds, 0.99)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; fan-out {fanout}")
    print(f"{viewers} viewers of {len(VIEWS)} views: {len(came)} came back, {resumed} of them told only what is new")
    print(f"in step after p50 {quantile(seconds, 0.5):.2f} s   p99 {p99:.2f} s   max {max(seconds):.2f} s")
    print(f"CPU: the web process {used[0]:.2f} s, the viewers {used[-1]:.2f} s; others {others:.0%} of the machine")
    print(f"Redis served in it: {_listed(stormy)}; of these for {ledger.checks} checks of the relay: {_listed(own)}")
    return [
        Limit(
            what="viewers who are back, in step, and told the next change",
            value=min(in_step, told),
            limit=viewers,
            at_least=True,
            sound=True,
        ),
        Limit(what="seconds until in step, p99", value=p99, limit=SLOWEST),
        Limit(what="Redis commands served for it", value=for_it.total(), limit=0),
    ]


def storm(port: int, guests: list[Watcher]) -> list[tuple[Watcher, float]]:
    """Cuts all off at once; those who came back, and after how many seconds each was in step."""
    start = time.monotonic()
    for guest in guests:
        guest.socket.close()
    return [(watcher, at - start) for watcher, at in return_of(port, guests)]


def _listed(calls: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{calls[name]} {name.removeprefix('cmdstat_')}" for name in sorted(calls)) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
