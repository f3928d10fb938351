"""Viewers of the real web process, as light as possible: a WebSocket and nothing else.

`Watcher` is one. `python -m benchmarks.harness.viewers PORT COUNT` runs many of them in a process of its own, which
`Remote` starts and controls.
"""

from __future__ import annotations

import json
import re
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from benchmarks.peers.viewers import PATIENCE, PAUSE, Viewer
from tests.processes import ROOT

LEAP = 1000
"""Changes in one frame that are more than the usual: a viewer missed some."""

SLOW_BYTES = 64 * 1024
"""That a slow viewer reads at a time, at most."""

SLOW_SECONDS = 0.5
"""Between two times that a slow viewer reads."""

NUMBERS = re.compile(rb'"from":(\d+),"to":(\d+)')
STAMP = re.compile(rb"at=(\d{16})")


class Watcher(Viewer):
    """One who watches, says `seen`, and checks that every frame fits."""

    def __init__(
        self,
        port: int,
        asked: dict[str, Any],
        since: dict[str, Any] | None = None,
        *,
        wait: bool = True,
        token: str = "",
    ) -> None:
        self.offset = -1
        self.said = -1
        self.epoch = self.watch = ""
        self.misfits = self.resyncs = self.leaps = self.back = 0
        self.away = False
        self.resumed = False
        self.asked = asked
        self._since = since
        super().__init__(port, wait=wait, token=token)

    @property
    def since(self) -> dict[str, Any]:
        """Where it has been, to come back to."""
        return {"epoch": self.epoch, "offset": self.offset}

    def ask(self, asked: dict[str, Any], since: dict[str, Any] | None = None) -> None:
        """Opens a view; `take` takes in the answer."""
        self.watch = ""
        self._say("0", "watch", {**asked, **({"since": since} if since else {})})

    def leave(self) -> None:
        """Closes the view."""
        self._say("", "unwatch", {"watch": self.watch})

    def take(self, text: bytes) -> int | None:
        """The first time that a frame carries, in microseconds of the monotonic clock; None for what has none.

        What comes between a resync and its answer has nothing to fit to. A frame that tells more than the usual counts
        as a leap, if it was made after the watcher said that it is back: those from before have waited in the system's
        buffers.
        """
        if text.startswith(b"430"):
            (answer,) = json.loads(text[3:])
            self.offset = max(self.offset, answer["offset"])
            self.epoch, self.watch, self.resumed = answer["epoch"], answer["watch"], answer["resumed"]
        elif text.startswith(b'42["resync"'):
            self.resyncs += 1
            self.ask(self.asked, self.since)
            self.offset = -1
        numbers = NUMBERS.search(text) if text.startswith(b'42["frame"') else None
        if numbers is None:
            return None
        begin, end = map(int, numbers.groups())
        stamp = STAMP.search(text)
        at = int(stamp[1]) if stamp else None
        self.misfits += begin > self.offset >= 0
        self.leaps += end - begin > LEAP and not self.away and at is not None and at >= self.back
        self.offset = max(self.offset, end)
        return at

    def wait(self, offset: int = 0) -> Self:
        """Reads until the answer is there, and everything up to `offset`."""
        self.socket.settimeout(PATIENCE)
        for text in self.frames():  # what came with the last of what was read before
            self.take(text)
        while not self.watch or self.offset < offset:
            for text in self.read():
                self.take(text)
        return self

    def seen(self) -> None:
        """Says how far it is, if that is news."""
        if self.watch and self.offset > self.said:
            self.said = self.offset
            if self.away:
                self.away, self.back = False, time.monotonic_ns() // 1000
            self._say("", "seen", {"watch": self.watch, "offset": self.offset})

    def _open(self) -> Iterator[None]:
        yield from super()._open()
        self.ask(self.asked, self._since)

    def _say(self, number: str, event: str, message: dict[str, Any]) -> None:
        text = f"42{number}{json.dumps([event, message])}".encode()
        head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe" + len(text).to_bytes(2)
        self.socket.send(head + b"\0\0\0\0" + text)  # masked with zeros


def watchers(port: int, asked: Iterable[dict[str, Any]]) -> list[Watcher]:
    """One for each view, each with its answer. Several come at once: who waits for others answers no ping."""
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(lambda each: Watcher(port, each).wait(), asked))


def return_of(port: int, guests: Sequence[Watcher]) -> list[tuple[Watcher, float]]:
    """All come back at once to where they were, in one thread; when each was in step, on the monotonic clock."""
    poll = select.epoll()
    coming: dict[int, Watcher] = {}
    for guest in guests:
        watcher = Watcher(port, guest.asked, guest.since, wait=False)
        coming[watcher.socket.fileno()] = watcher
        poll.register(watcher.socket, select.EPOLLIN)
    came: list[tuple[Watcher, float]] = []
    end = time.monotonic() + PATIENCE
    while coming and time.monotonic() < end:
        for fileno, _ in poll.poll(0.1):
            watcher = coming[fileno]
            try:
                if watcher.opened:
                    for text in watcher.read():
                        watcher.take(text)
                else:
                    watcher.advance()
            except (OSError, AssertionError):
                poll.unregister(fileno)
                del coming[fileno]
                continue
            if watcher.watch:
                came.append((watcher, time.monotonic()))
                poll.unregister(fileno)
                del coming[fileno]
    poll.close()
    return came


class Crowd:
    """Watchers in one process, and what it is told to do: report, stall, resume, slow, end.

    It answers each with a line. Slow watchers read seldom, and little at a time; they stay slow.
    """

    def __init__(self, port: int, count: int, asked: dict[str, Any]) -> None:
        self._port = port
        self._asked = asked
        self._poll = select.epoll()
        self._watchers: dict[int, Watcher] = {}
        self._taken: list[int] = []
        self._speakers: deque[int] = deque()
        self._reconnected = self._turn = 0
        for _ in range(count):
            self._add(Watcher(port, asked))
        self._poll.register(sys.stdin, select.EPOLLIN)

    def run(self) -> None:
        """Until told to end."""
        stalled = slow = False
        said = read = time.monotonic()
        print(json.dumps({}), flush=True)
        while True:
            time.sleep(PAUSE)
            ready = [sys.stdin.fileno()] if stalled else [fileno for fileno, _ in self._poll.poll(0.1)]
            if slow:
                read, turns = self._turns(read)
                ready = [fileno for fileno in ready if fileno in turns or fileno == sys.stdin.fileno()]
            for fileno in ready:
                if fileno == sys.stdin.fileno():
                    command = sys.stdin.readline().strip()
                    if command in ("", "end"):
                        return
                    stalled = command == "stall" or (stalled and command != "resume")
                    if command == "stall":
                        self._leave()
                    if command == "slow":
                        slow = True
                        for watcher in self._watchers.values():
                            watcher.part = SLOW_BYTES
                    print(json.dumps(self._report()), flush=True)
                else:
                    self._read(fileno)
            if not stalled:
                said = self._say(said)

    def _say(self, since: float) -> float:
        """Each says `seen` once a second, at a moment of its own as people's browsers do; up to when it is done."""
        pause = 1 / len(self._watchers)
        since = max(since, time.monotonic() - 1)
        while since + pause <= time.monotonic():
            since += pause
            self._speakers.rotate(-1)
            self._watchers[self._speakers[0]].seen()
        return since

    def _turns(self, since: float) -> tuple[float, set[int]]:
        """The slow watchers whose turn it is to read, in a round of SLOW_SECONDS; and up to when that is."""
        filenos = list(self._watchers)
        pause = SLOW_SECONDS / len(filenos)
        count = int((time.monotonic() - since) / pause)
        turns = {filenos[(self._turn + number) % len(filenos)] for number in range(min(count, len(filenos)))}
        self._turn += count
        return since + count * pause, turns

    def _leave(self) -> None:
        for watcher in self._watchers.values():
            watcher.away, watcher.leaps = True, 0

    def _read(self, fileno: int) -> None:
        watcher = self._watchers[fileno]
        try:
            frames = watcher.read()
        except (OSError, AssertionError):
            self._poll.unregister(fileno)
            self._speakers.remove(fileno)
            del self._watchers[fileno]
            self._reconnected += 1
            self._add(Watcher(self._port, self._asked, watcher.since))
            return
        for frame in frames:
            at = watcher.take(frame)
            if at is not None:
                self._taken.append(time.monotonic_ns() // 1000 - at)

    def _add(self, watcher: Watcher) -> None:
        self._watchers[watcher.socket.fileno()] = watcher
        self._speakers.append(watcher.socket.fileno())
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
            "resyncs": sum(watcher.resyncs for watcher in all_watchers),
            "leaps": max(watcher.leaps for watcher in all_watchers),
            "reconnected": self._reconnected,
            "resumed": sum(watcher.resumed for watcher in all_watchers),
        }


class Remote:
    """A crowd in a process of its own."""

    def __init__(self, port: int, count: int, asked: dict[str, Any]) -> None:
        command = [sys.executable, "-m", "benchmarks.harness.viewers", str(port), str(count), json.dumps(asked)]
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


if __name__ == "__main__":
    Crowd(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])).run()
