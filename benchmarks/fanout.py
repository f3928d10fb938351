"""How long a message takes to reach 500 viewers, beside the library's own way and two Node servers.

    python -m benchmarks.fanout [--quick]

Four servers relay one Redis channel each to everybody who is connected to them: Phloem's fan-out, the same by plain
`emit`, Node with Socket.IO, and Node with nothing but `ws`. They take turns, round by round; all frames of a turn
are counted, and the medians of the rounds are compared. The viewers are two light processes on the same machine, so
they, the publisher and Redis share its cores with the server: what is compared is the ratio, not the machine.
A turn during which other programs took much of the machine is repeated. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import redis

from benchmarks.measures import Limit, busy, cpu, verdict
from tests.processes import ROOT, running_redis

PEERS = Path(__file__).parent / "peers"
VIEWERS = 500
PROCESSES = 2
RATES = (30_000, 60_000)
PAYLOAD = 300
"""Bytes of a message, about those of one changed task."""
PATIENCE = 60.0
OTHERS = 0.1
"""Share of the machine that other programs may have during a turn."""
SPARE = 0.5
"""Turns that may be repeated because they had more, for each turn that is planned."""
LOWEST = 4_000
"""Frames a second at which the search for the highest rate begins."""
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
    """One of the contestants, in a process of its own with a channel of its own."""

    def __init__(self, name: str, command: list[str], redis_url: str) -> None:
        self.name = name
        self.channel = f"benchmark:{name}"
        self._process = subprocess.Popen(
            [*command, redis_url, self.channel], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait(10)


def main() -> int:
    """Prints a line per server and rate, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="one short round, no search for the highest rate")
    parser.add_argument("--rounds", type=int, help="turns of each server at each rate")
    parser.add_argument("--seconds", type=float, help="length of a turn")
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, too
    rounds = chosen.rounds or (1 if chosen.quick else 5)
    seconds = chosen.seconds or (1.5 if chosen.quick else 5.0)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at start; {chosen.viewers} viewers")
    with running_redis() as server, servers(server.url) as contestants, redis.Redis.from_url(server.url) as client:
        bench = Bench(client, server.pid, viewers=chosen.viewers, seconds=seconds)
        table = bench.rounds(contestants, rounds)
        highest = {} if chosen.quick else bench.highest(contestants[:2])
    return verdict(judge(table, highest))


@contextmanager
def servers(redis_url: str) -> Iterator[list[Server]]:
    """All contestants, ours first."""
    ours = [sys.executable, "-m", "benchmarks.peers.ours"]
    node = install()
    commands = {
        "direct": [*ours, "direct"],
        "plain emit": [*ours, "plain"],
        "Node Socket.IO": [node, str(PEERS / "socketio.js")],
        "Node ws": [node, str(PEERS / "ws.js")],
    }
    with ExitStack() as stack:
        started = []
        for name, command in commands.items():
            started.append(Server(name, command, redis_url))
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

    def rounds(self, contestants: list[Server], rounds: int) -> dict[tuple[int, str], Turn]:
        """The median turn of each server at each rate; prints them."""
        turns: dict[tuple[int, str], list[Turn]] = {}
        for _ in range(rounds):
            for rate in RATES:
                for server in contestants:
                    turns.setdefault((rate, server.name), []).append(self.turn(server, rate))
        table = {}
        print(
            f"{'frames/s':>9}  {'server':16} {'p50 ms':>8} {'p99 ms':>8}  {'p99 of the rounds':>24}  "
            "arrived  CPU µs/frame  others"
        )
        for (rate, name), all_turns in turns.items():
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

    def highest(self, contestants: list[Server]) -> dict[str, int]:
        """The highest rate of each at which p99 stays within LATE, in steps of a quarter; prints them."""
        found = {}
        for server in contestants:
            rate, reached = LOWEST, 0
            while rate < 1_000_000 and self._in_time(server, rate):
                reached, rate = rate, rate * 5 // 4
            found[server.name] = reached
            print(f"{server.name}: {reached:,} frames/s before p99 passes {LATE:g} ms")
        return found

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
        """Lets viewers come, publishes for some seconds, and waits until nothing more arrives or a second is over."""
        share = [self._viewers // PROCESSES + (number < self._viewers % PROCESSES) for number in range(PROCESSES)]
        command = [sys.executable, "-m", "benchmarks.peers.viewers", str(server.port)]
        crowd = [
            subprocess.Popen([*command, str(count)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for count in share
        ]
        for process in crowd:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        ours = (server.pid, self._redis_pid, os.getpid(), *(process.pid for process in crowd))
        start, all_before, before = time.monotonic(), busy(), [cpu(pid) for pid in ours]
        published = self._publish(server.channel, rate / self._viewers)
        time.sleep(1)
        used = [cpu(pid) - then for pid, then in zip(ours, before, strict=True)]
        others = (busy() - all_before - sum(used)) / (time.monotonic() - start) / (os.cpu_count() or 1)
        taken = array("I")
        for process in crowd:
            output, _ = process.communicate(b"end\n", PATIENCE)
            taken.frombytes(output)
        due = published * self._viewers
        missing = due - len(taken)
        ordered = sorted(taken)
        # What had not arrived a second after the last was published counts as later than all that had.
        ordered += [max(ordered[-1], 1_000_000)] * missing
        return Turn(
            p50=ordered[due // 2] / 1000,
            p99=ordered[due * 99 // 100] / 1000,
            arrived=len(taken) / due,
            cpu=used[0] / due * 1e6,
            others=max(0.0, others),
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


def judge(table: dict[tuple[int, str], Turn], highest: dict[str, int]) -> list[Limit]:
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
    if highest.get("plain emit"):
        ratio = highest["direct"] / highest["plain emit"]
        what = f"frames/s against plain emit before p99 passes {LATE:g} ms"
        limits.append(Limit(what=what, value=ratio, limit=2.5, at_least=True))
    elif highest:
        print(f"Plain emit is late even at {LOWEST:,} frames/s: there is no ratio of highest rates to be had today.")
    most = max(row.others for row in table.values())
    if most > OTHERS:
        print(
            f"Other programs had up to {most:.0%} of the machine: this compares how servers starve, not how they serve."
        )
    return limits


if __name__ == "__main__":
    sys.exit(main())
