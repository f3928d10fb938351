"""What viewers who stop reading cost the others, and the server: `python -m benchmarks.stall [--quick]`.

The real web process, 1,000 recorded changes a second of ten running tasks, and 500 viewers of the same list; 50 of
them stop reading for 60 seconds. The peer, in the same run, is the time before they come and after they left. Ends
with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Self

from benchmarks.fanout import Limit, busy, cpu
from benchmarks.peers.viewers import PAUSE, Viewer
from phloem.channel import RedisChannel
from phloem.event import Event, State
from phloem.settings import Settings
from tests.processes import ROOT, Stack, wait_until

VIEWERS = 500
STALLED = 50
CHANGES = 1000
"""A second."""
TASKS = 10
BATCH = 20
"""Changes that a producer records at once."""
KIB = 1024

NUMBERS = re.compile(rb'"from":(\d+),"to":(\d+)')
STAMP = re.compile(rb"at=(\d{16})")


class Watcher(Viewer):
    """One who watches the list, says `seen`, and checks that every frame fits."""

    def __init__(self, port: int, since: dict[str, Any] | None = None) -> None:
        super().__init__(port)
        self.offset = -1
        self.said = -1
        self.epoch = self.watch = ""
        self.misfits = self.leaps = 0
        self.resumed = False
        self._say("0", "watch", {"view": {"limit": TASKS}, **({"since": since} if since else {})})

    def take(self, text: bytes) -> int | None:
        """The time that a frame carries, in microseconds of the monotonic clock; None for what is no frame."""
        if text.startswith(b"430"):
            (answer,) = json.loads(text[3:])
            self.offset = max(self.offset, answer["offset"])
            self.epoch, self.watch, self.resumed = answer["epoch"], answer["watch"], answer["resumed"]
        numbers = NUMBERS.search(text) if text.startswith(b'42["frame"') else None
        if numbers is None:
            return None
        begin, end = map(int, numbers.groups())
        self.misfits += begin > self.offset >= 0
        self.leaps += end - begin > CHANGES
        self.offset = max(self.offset, end)
        return max(map(int, STAMP.findall(text)), default=None)

    def seen(self) -> None:
        """Says how far it is, if that is news."""
        if self.watch and self.offset > self.said:
            self.said = self.offset
            self._say("", "seen", {"watch": self.watch, "offset": self.offset})

    def _say(self, number: str, event: str, message: dict[str, Any]) -> None:
        text = f"42{number}{json.dumps([event, message])}".encode()
        assert 125 < len(text) + 125 < 65_536
        head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe" + len(text).to_bytes(2)
        self.socket.send(head + b"\0\0\0\0" + text)  # masked with zeros


class Crowd:
    """Watchers in one process, and what it is told to do: report, stall, resume, end. It answers each with a line."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._poll = select.epoll()
        self._watchers: dict[int, Watcher] = {}
        self._taken: list[int] = []
        self._reconnected = 0
        for _ in range(count):
            self._add(Watcher(port))
        self._poll.register(sys.stdin, select.EPOLLIN)

    def run(self) -> None:
        """Until told to end."""
        stalled, due = False, 0.0
        print(json.dumps({}), flush=True)
        while True:
            time.sleep(PAUSE)
            ready = [sys.stdin.fileno()] if stalled else [fileno for fileno, _ in self._poll.poll(0.1)]
            for fileno in ready:
                if fileno == sys.stdin.fileno():
                    command = sys.stdin.readline().strip()
                    if command in ("", "end"):
                        return
                    stalled = command == "stall" or (stalled and command != "resume")
                    print(json.dumps(self._report()), flush=True)
                else:
                    self._read(fileno)
            if not stalled and time.monotonic() > due:
                due = time.monotonic() + 1
                for watcher in self._watchers.values():
                    watcher.seen()

    def _read(self, fileno: int) -> None:
        watcher = self._watchers[fileno]
        try:
            frames = watcher.read()
        except (OSError, AssertionError):
            self._poll.unregister(fileno)
            del self._watchers[fileno]
            self._reconnected += 1
            self._add(Watcher(self._port, {"epoch": watcher.epoch, "offset": watcher.offset}))
            return
        for frame in frames:
            at = watcher.take(frame)
            if at is not None:
                self._taken.append(time.monotonic_ns() // 1000 - at)

    def _add(self, watcher: Watcher) -> None:
        self._watchers[watcher.socket.fileno()] = watcher
        self._poll.register(watcher.socket, select.EPOLLIN)

    def _report(self) -> dict[str, Any]:
        """What happened since the last report; times in milliseconds."""
        taken, self._taken = sorted(self._taken), []
        all_watchers = self._watchers.values()
        return {
            "frames": len(taken),
            "p50": taken[len(taken) // 2] / 1000 if taken else None,
            "p99": taken[len(taken) * 99 // 100] / 1000 if taken else None,
            "lowest": min(watcher.offset for watcher in all_watchers),
            "misfits": sum(watcher.misfits for watcher in all_watchers),
            "leaps": max(watcher.leaps for watcher in all_watchers),
            "reconnected": self._reconnected,
            "resumed": sum(watcher.resumed for watcher in all_watchers),
        }


class Remote:
    """A crowd in a process of its own."""

    def __init__(self, port: int, count: int) -> None:
        command = [sys.executable, "-m", "benchmarks.stall", "--crowd", str(port), str(count)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self._answer()

    def tell(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class Producer:
    """Records CHANGES changes a second, in a thread, until stopped."""

    def __init__(self, redis_url: str, source: str) -> None:
        self._channel = RedisChannel(Settings(redis_url=redis_url, namespace="test"))
        self._source = source
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        seq, start = 0, time.monotonic()
        while not self._stopped.wait(max(0.0, start + seq / CHANGES - time.monotonic())):
            stamp = f"at={time.monotonic_ns() // 1000:016d}"
            events = []
            for _ in range(BATCH):
                seq += 1
                events.append(
                    Event(
                        id=f"task{seq % TASKS}",
                        at=time.time(),
                        source=self._source,
                        seq=seq,
                        run="run",
                        state=State.PROGRESS,
                        message=stamp,
                    )
                )
            self._channel.record(events)


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="shorter, with a fifth of the viewers")
    parser.add_argument("--seconds", type=float, help="for which they stop reading")
    parser.add_argument("--crowd", nargs=2, type=int, metavar=("PORT", "COUNT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, too
    if chosen.crowd:
        Crowd(*chosen.crowd).run()
        return 0
    share = 5 if chosen.quick else 1
    seconds = chosen.seconds or (12.0 if chosen.quick else 60.0)
    limits = measure(VIEWERS // share, STALLED // share, seconds)
    print(*limits, sep="\n")
    return int(not all(limit.kept for limit in limits))


def measure(viewers: int, stalled: int, seconds: float) -> list[Limit]:
    """One run with `stalled` of `viewers` who stop reading."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            stack.start("redis")
            stack.start("web")
            producer = Producer(stack.redis.url, "first")
            pids = (stack.redis.pid, stack.pid("web"))
            with Remote(stack.port, viewers - stalled) as others:
                calm = min(seconds, 15.0)
                without = [observe(others, calm, *pids)]
                with Remote(stack.port, stalled) as crowd:
                    time.sleep(3)
                    before = memory(stack.pid("web"))
                    crowd.tell("stall")
                    during = observe(others, seconds, crowd.pid, *pids)
                    held = (memory(stack.pid("web")) - before) / stalled / KIB
                    crowd.tell("resume")
                    time.sleep(3)
                    producer.stop()
                    end = wait_until(lambda: in_step(others, crowd), 20, "all are in step")
                    back = crowd.tell("report")
                producer = Producer(stack.redis.url, "second")
                without.append(observe(others, calm, *pids))
                producer.stop()
        finally:
            stack.stop("web")
            stack.stop("redis")
    calm_p99 = sum(row["p99"] for row in without) / len(without)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{viewers} viewers, {stalled} of them stalled for {seconds:g} s")
    for name, row in (("before", without[0]), ("while they stall", during), ("after", without[1])):
        print(
            f"others, {name:17} p50 {row['p50']:6.1f} ms   p99 {row['p99']:6.1f} ms   {row['frames']:8,} frames"
            f"   other programs {row['beside']:4.0%}"
        )
    print(
        f"back: {stalled - back['reconnected']} on their connection, {back['reconnected']} on a new one; offset {end}"
    )
    return [
        Limit(what="KiB in the process for each stalled viewer", value=max(0.0, held), limit=64),
        Limit(
            what="p99 of the others, against that without stalled viewers", value=during["p99"] / calm_p99, limit=1.2
        ),
        Limit(what="frames that told a viewer who came back what was missed, at most", value=back["leaps"], limit=1),
        Limit(what="frames that did not fit", value=back["misfits"] + during["misfits"], limit=0),
    ]


def observe(others: Remote, seconds: float, *pids: int) -> dict[str, Any]:
    """What they report of the next seconds, and the share of the machine that programs beside `pids` had."""
    ours = (others.pid, os.getpid(), *pids)
    others.tell("report")
    start, all_before, before = time.monotonic(), busy(), sum(map(cpu, ours))
    time.sleep(seconds)
    elapsed = time.monotonic() - start
    beside = busy() - all_before - (sum(map(cpu, ours)) - before)
    return {**others.tell("report"), "beside": max(0.0, beside / elapsed / (os.cpu_count() or 1))}


def in_step(*crowds: Remote) -> int:
    """The offset at which all are; 0 if they are not at the same."""
    offsets = {crowd.tell("report")["lowest"] for crowd in crowds}
    return offsets.pop() if len(offsets) == 1 else 0


def memory(pid: int) -> int:
    """Bytes that a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.exit(main())
