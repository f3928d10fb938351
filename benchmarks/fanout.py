"""How long a message takes to reach 500 viewers, beside the library's own way and two Node servers.

    python -m benchmarks.fanout [--quick]

Four servers relay one Redis channel each to all of their clients: Phloem's fan-out, the library's plain `emit`, Node
with Socket.IO, and Node with nothing but `ws`. They take turns, round by round; all frames of a turn are counted, and
the medians of the rounds are compared. Then, in turns as well, the highest rate is determined at which fan-out and
plain `emit` keep up. The fan-out writes all frames that wait for a socket at once, so its advantage over plain `emit`
grows with the load.

The clients are two light processes for each server on the same machine. They, the publisher and Redis share its cores
with the server, so only ratios are compared. A turn during which other programs used much of the machine is repeated.
Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import redis

from benchmarks.harness.measures import Limit, Machine, add_short, verdict
from tests.processes import ROOT, running_redis

PEERS = Path(__file__).parent / "peers"
VIEWERS = 500
RATES = (30_000, 60_000)
PAYLOAD = 300
"""Bytes of a message, about those of one changed task."""
OTHERS = 0.1
"""Share of the machine that other programs may have during a turn."""
SPARE = 0.25
"""Turns that may be repeated because they had more, for each turn that is planned."""
SETTLING = 1.0
"""Seconds after the last message in which frames may still arrive."""
LOWEST = 8_000
"""Frames a second at which the search for the highest rate begins."""
HIGHEST = 1_000_000
"""Frames a second at which it ends: there the one who publishes is at the limit."""
SEARCHES = 3
"""Searches for the highest rate, of which the median counts."""
STEP = 1.1
"""Factor between a rate that was taken and one that was not, at which a search ends."""
LATE = 100.0
"""Milliseconds at p99 beyond which a server counts as overloaded."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one server did at one rate.

    Times are milliseconds from publish to receipt; `arrived` is a share of all frames, 0 to 1; `cpu` is what the
    server's process used, in microseconds for each frame due; `others` is the share of the machine that programs with
    no part in this had, 0 to 1.
    """

    p50: float
    p99: float
    arrived: float
    cpu: float
    others: float


class Server:
    """One of the contestants, in a process of its own with a channel of its own, and the viewers connected to it."""

    def __init__(self, name: str, command: list[str], redis_url: str, viewers: int) -> None:
        self.name = name
        self.channel = f"benchmark:{name}"
        self._process = subprocess.Popen(
            [*command, redis_url, self.channel], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        crowd = [sys.executable, "-m", "benchmarks.peers.viewers", port]
        self._crowds = [
            subprocess.Popen([*crowd, str(count)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for count in (viewers // 2, viewers - viewers // 2)
        ]
        for process in self._crowds:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        self.pids = [self._process.pid, *(process.pid for process in self._crowds)]

    def taken(self) -> array[int]:
        """Microseconds from publish to receipt of each frame since this was last asked."""
        taken = array("I")
        for process in self._crowds:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
            taken.fromfile(process.stdout, int(process.stdout.readline()))
        return taken

    def stop(self) -> None:
        """Ends it."""
        for process in self._crowds:
            process.communicate(timeout=10)
        self._process.terminate()
        self._process.wait(10)


def main() -> int:
    """Prints a line per server and rate, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="one short round, one search")
    add_short(parser)
    parser.add_argument("--rounds", type=int, help="turns of each server at each rate")
    parser.add_argument("--seconds", type=float, help="length of a turn")
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, too
    if chosen.short:
        chosen.viewers, chosen.rounds, chosen.seconds = 20, 1, 0.2
    rounds = chosen.rounds or (1 if chosen.quick else 7)
    seconds = chosen.seconds or (1.5 if chosen.quick else 2.0)
    rates = (1_000, 2_000) if chosen.short else RATES
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at start; {chosen.viewers} viewers")
    with (
        running_redis() as server,
        servers(server.url, chosen.viewers, with_node=not chosen.short) as contestants,
        redis.Redis.from_url(server.url) as client,
    ):
        bench = Bench(client, server.pid, viewers=chosen.viewers, seconds=seconds)
        table = bench.rounds(contestants, rounds, rates)
        if chosen.short:
            return verdict(all_arrived(table), short=True)
        highest = bench.highest(contestants[:2], 1 if chosen.quick else SEARCHES)
    return verdict(judge(table, highest))


@contextmanager
def servers(redis_url: str, viewers: int, *, with_node: bool) -> Iterator[list[Server]]:
    """All contestants, ours first."""
    ours = [sys.executable, "-m", "benchmarks.peers.ours"]
    commands = {"direct": [*ours, "direct"], "plain emit": [*ours, "plain"]}
    if with_node:
        node = install()
        commands["Node Socket.IO"] = [node, str(PEERS / "socketio.js")]
        commands["Node ws"] = [node, str(PEERS / "ws.js")]
    with ExitStack() as stack:
        started = []
        for name, command in commands.items():
            started.append(Server(name, command, redis_url, viewers))
            stack.callback(started[-1].stop)
        yield started


def install() -> str:
    """Node's path; its packages are installed where that was not done yet."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise SystemExit("This benchmark needs Node with npm on PATH; bin/test installs one in .venv/bin.")
    if not (PEERS / "node_modules").exists():
        subprocess.run([npm, "--prefix", str(PEERS), "ci"], check=True, stdout=sys.stderr)
    return node


class Bench:
    """Publishes at a steady rate and collects what the viewers saw."""

    def __init__(self, client: redis.Redis, redis_pid: int, *, viewers: int, seconds: float) -> None:
        self._redis = client
        self._redis_pid = redis_pid
        self._viewers = viewers
        self._seconds = seconds
        self._spare = 0.0

    def rounds(self, contestants: list[Server], rounds: int, rates: Sequence[int]) -> dict[tuple[int, str], Turn]:
        """The median turn of each server at each rate; prints them."""
        turns: dict[tuple[int, str], list[Turn]] = {}
        for number in range(rounds):
            first = number % len(contestants)  # so that no server always has its turn after the same other one
            for rate in rates:
                for server in contestants[first:] + contestants[:first]:
                    turns.setdefault((rate, server.name), []).append(self.turn(server, rate))
        table = {}
        names = [server.name for server in contestants]
        print(
            f"{'frames/s':>9}  {'server':16} {'p50 ms':>8} {'p99 ms':>8}  {'p99 of the rounds':>24}  "
            "arrived  CPU µs/frame  others"
        )
        for (rate, name), all_turns in sorted(turns.items(), key=lambda each: (each[0][0], names.index(each[0][1]))):
            row = Turn(
                p50=median(turn.p50 for turn in all_turns),
                p99=median(turn.p99 for turn in all_turns),
                arrived=min(turn.arrived for turn in all_turns),
                cpu=median(turn.cpu for turn in all_turns),
                others=median(turn.others for turn in all_turns),
            )
            spread = f"{min(turn.p99 for turn in all_turns):.1f} to {max(turn.p99 for turn in all_turns):.1f}"
            print(
                f"{rate:9,}  {name:16} {row.p50:8.1f} {row.p99:8.1f}  {spread:>24}  "
                f"{row.arrived:7.1%}  {row.cpu:12.1f}  {row.others:6.0%}"
            )
            table[rate, name] = row
        return table

    def highest(self, contestants: list[Server], searches: int) -> dict[str, float]:
        """The highest rate of each at which p99 stays within LATE, the median of all searches; prints them."""
        found: dict[str, list[int]] = {}
        for _ in range(searches):
            for server in contestants:
                rates = found.setdefault(server.name, [])
                rates.append(self._search(server, max(LOWEST, rates[-1] * 2 // 3) if rates else LOWEST))
        for name, rates in found.items():
            each = ", ".join(f"{rate:,}" for rate in rates)
            print(f"{name}: {median(rates):,.0f} frames/s before p99 passes {LATE:g} ms (searches: {each})")
        return {name: median(rates) for name, rates in found.items()}

    def _search(self, server: Server, rate: int) -> int:
        """Doubles the rate until it is too high, then halves what is between."""
        taken, refused = 0, 0
        while not refused or refused > max(taken, LOWEST) * STEP:
            if self._in_time(server, rate):
                taken = rate
            else:
                refused = rate
            if taken * 2 > HIGHEST:
                break
            if not refused:
                rate = taken * 2
            elif taken:
                rate = round(math.sqrt(taken * refused))
            elif refused > LOWEST:
                rate = max(LOWEST, refused // 2)
        return taken

    def _in_time(self, server: Server, rate: int) -> bool:
        """Twice may be tried: one hiccup of the machine is not the server's limit."""
        turns = (self.turn(server, rate) for _ in range(2))
        return any(turn.p99 <= LATE and turn.arrived == 1 for turn in turns)

    def turn(self, server: Server, rate: int) -> Turn:
        """A turn of `server` that was disturbed little, or the least disturbed while there are turns to spare."""
        turns = [self._turn(server, rate)]
        self._spare += SPARE
        while turns[-1].others > OTHERS and self._spare >= 1:
            self._spare -= 1
            turns.append(self._turn(server, rate))
        return min(turns, key=lambda turn: turn.others)

    def _turn(self, server: Server, rate: int) -> Turn:
        """Publishes for some seconds, and waits until all has arrived or SETTLING is over."""
        server.taken()  # what came too late for the turn before
        machine = Machine(*server.pids, self._redis_pid, os.getpid())
        published = self._publish(server.channel, rate / self._viewers)
        due = published * self._viewers
        taken = array("I")
        end = time.monotonic() + SETTLING
        while len(taken) < due and time.monotonic() < end:
            time.sleep(SETTLING / 10)
            taken += server.taken()
        missing = due - len(taken)
        ordered = sorted(taken)
        # What had not arrived by then counts as later than all that had.
        ordered += [max(ordered[-1], int(SETTLING * 1_000_000))] * missing
        return Turn(
            p50=ordered[due // 2] / 1000,
            p99=ordered[due * 99 // 100] / 1000,
            arrived=len(taken) / due,
            cpu=machine.used[0] / due * 1e6,
            others=machine.others,
        )

    def _publish(self, channel: str, per_second: float) -> int:
        """Publishes at even distances; the number of messages."""
        count = max(1, int(self._seconds * per_second))
        start = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, start + number / per_second - time.monotonic()))
            self._redis.publish(channel, message())
        return count


def message() -> str:
    """A message that carries the time at which it is published, in microseconds of the monotonic clock."""
    return json.dumps({"pad": "x" * PAYLOAD, "at": f"{time.monotonic_ns() // 1000:016d}"}, separators=(",", ":"))


def all_arrived(table: dict[tuple[int, str], Turn]) -> list[Limit]:
    """That each server sent every message to every viewer."""
    return [
        Limit(
            what=f"{rate:,} frames/s: share received from {name}",
            value=turn.arrived,
            limit=1,
            at_least=True,
            sound=True,
        )
        for (rate, name), turn in table.items()
    ]


def judge(table: dict[tuple[int, str], Turn], highest: dict[str, float]) -> list[Limit]:
    """What the benchmark has to show."""
    limits = []
    for rate in RATES:
        ours, node = table[rate, "direct"], table[rate, "Node Socket.IO"]
        for name in ("p50", "p99"):
            ratio = getattr(ours, name) / getattr(node, name)
            limits.append(Limit(what=f"{rate:,} frames/s: {name} against Node Socket.IO", value=ratio, limit=1.0))
    ours, bare = table[RATES[0], "direct"], table[RATES[0], "Node ws"]
    for name in ("p50", "p99"):
        ratio = getattr(ours, name) / getattr(bare, name)
        limits.append(Limit(what=f"{RATES[0]:,} frames/s: {name} against bare ws", value=ratio, limit=1.5))
    # A rate that was not even found is below the lowest that was tried.
    ratio = highest["direct"] / max(LOWEST, highest["plain emit"])
    what = f"frames/s against plain emit before p99 passes {LATE:g} ms"
    limits.append(Limit(what=what, value=ratio, limit=2.5, at_least=True))
    most = max(row.others for row in table.values())
    if most > OTHERS:
        print(
            f"Other programs had up to {most:.0%} of the machine: this compares how servers starve, not how they serve."
        )
    return limits


if __name__ == "__main__":
    sys.exit(main())
