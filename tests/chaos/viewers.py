"""Viewers that watch while everything fails, over real sockets, each with an oracle that checks what it is told.

What a viewer shows is kept by the client of `phloem watch`. Beside it an `Oracle` reads every message of that watch
and keeps a position of its own, so that a client which let something pass would not go unnoticed.
"""

from __future__ import annotations

import logging
import queue
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
import socketio

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.commands.watch.client import Client
from phloem_server.commands.watch.wire import SocketClient
from phloem_server.live.protocol import Json
from tests.chaos.readers import Furthest

TICK = 0.05
FOLLOWED = 20
"""Tasks that one viewer looks at one by one, at most."""

Message = dict[str, Any]
Position = tuple[str, int]

_quiet = logging.getLogger("tests.chaos.viewers")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class Line:
    """A connection to any of several web processes; when it ends, there is another to one of them.

    What is heard is handed to `post` as calls, in order. While not `awake`, nothing is read from the socket.
    """

    def __init__(self, urls: Sequence[str], transport: str, post: Callable[[Callable[[], None]], None]) -> None:
        self.connections = 0
        self.awake = threading.Event()
        self.awake.set()
        self.urls, self._transport, self._post = urls, transport, post
        self._client: Any = None
        self._socket: socket.socket | None = None
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, viewer: Viewer) -> None:
        self._thread = threading.Thread(target=self._run, args=(viewer,), name="line", daemon=True)
        self._thread.start()

    def send(self, name: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        callback = None if then is None else lambda *given: self._post(partial(then, *given))
        with suppress(socketio.exceptions.SocketIOError, OSError):
            self._client.emit(name, dict(content), callback=callback)

    def cut(self) -> None:
        """Ends the connection as a broken network does."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closed.set()
        self.awake.set()
        self.cut()  # a goodbye would wait for an answer
        if self._transport == "polling" and self._client is not None:
            self._client.eio.disconnect(abort=True)
        if self._thread is not None:
            self._thread.join(10)

    def _run(self, viewer: Viewer) -> None:
        while not self._closed.is_set():
            with suppress(socketio.exceptions.SocketIOError, OSError, ValueError), ExitStack() as stack:
                self._connect(random.choice(self.urls), viewer, stack)
                self.connections += 1
                self._client.eio.wait()
                self._post(viewer.down)
            self._closed.wait(random.uniform(0.1, 0.4))

    def _connect(self, url: str, viewer: Viewer, stack: ExitStack) -> None:
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        options = {}
        if self._transport == "websocket":
            # Ours to close: the library forgets that of a server which died before it said hello.
            host, _, port = urlsplit(url).netloc.partition(":")
            self._socket = stack.enter_context(socket.create_connection((host, int(port)), 10))
            options = {"socket": self._socket}
        client = self._client = SocketClient(
            reconnection=False,
            handle_sigint=False,
            http_session=session,
            websocket_extra_options=options,
            json=Json,
            logger=_quiet,
            engineio_logger=_quiet,
        )
        for name in ("frame", "resync"):
            client.on(name, partial(self._hear, getattr(viewer, name)))
        client.on("connect", partial(self._post, viewer.up))
        client.connect(url, transports=[self._transport], wait_timeout=10)

    def _hear(self, heard: Callable[[Message], None], content: Message) -> None:
        self.awake.wait()
        self._post(partial(heard, content))


class Oracle:
    """Whether one watch is told all, and in order: every frame fits, or `resync` or an answer came before it.

    While an answer is awaited, frames are held and looked at after it: a frame may overtake the answer.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.gaps: list[str] = []
        self.watch: str | None = None
        self._position: Position | None = None
        self._asked = 0
        self._waits = False
        self._void = False
        self._held: list[Message] = []

    def cut(self) -> None:
        """The connection is lost: it says nothing any more, and another begins with an answer."""
        self._position, self._waits, self._void, self._held = None, False, False, []

    def asks(self) -> int:
        """The viewer asks for its watch. What to give to `answered`."""
        self._asked += 1
        self._waits, self._void = True, False
        return self._asked

    def answered(self, asked: int, answer: Message) -> None:
        if asked != self._asked:
            return
        if not answer["ok"]:
            self.counts["refusals"] += 1
            return
        self.counts["answers"] += 1
        self.counts["resumed"] += answer["resumed"]
        self.watch, self._waits = answer["watch"], False
        if self._void:  # it was on its way when all was to start over, and will be asked for again
            self._void, self._held = False, []
            return
        self._position = answer["epoch"], answer["offset"]
        held, self._held = self._held, []
        for frame in held:
            self.frame(frame)

    def frame(self, frame: Message) -> None:
        if self._waits:
            self._held.append(frame)
        elif frame["watch"] == self.watch and self._position is not None:
            self.counts["frames"] += 1
            epoch, offset = self._position
            if frame["epoch"] != epoch or frame["from"] > offset:
                self.gaps.append(f"at {self._position} came ({frame['from']}, {frame['to']}] of {frame['epoch']}")
                self._position = None
            else:
                self._position = epoch, max(offset, frame["to"])

    def resync(self, message: Message) -> None:
        if message["watch"] == self.watch:
            self.counts["resyncs"] += 1
            self._position, self._held = None, []
            self._void = self._waits


class Watch(Client):
    """One watch of a viewer, with its oracle, and a look at every row that it shows."""

    def __init__(self, request: Mapping[str, Any], line: Line) -> None:
        self.request = request
        self.oracle = Oracle()
        self.regressions: list[str] = []
        self._line, self.furthest, self._looked = line, Furthest(), -1
        super().__init__(request, self)

    def send(self, name: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        if name != "watch" or then is None:
            self._line.send(name, content, then)
            return
        asked = self.oracle.asks()

        def answered(answer: Any = None) -> None:
            self.oracle.answered(asked, answer)
            then(answer)
            self.look("in an answer")

        self._line.send(name, content, answered)

    def renew(self) -> None:
        self._line.cut()

    @property
    def key(self) -> str | None:
        """The name of the watch, once it is answered."""
        return self.oracle.watch

    def look(self, when: str) -> None:
        """Notes what went back within a run."""
        if self.store.version != self._looked:
            self._looked = self.store.version
            found = filter(None, map(self.furthest.look, self.store.tasks))
            self.regressions += [f"{what}, {when}" for what in found]


class Viewer:
    """A viewer: one connection, any number of watches."""

    def __init__(self, urls: Sequence[str], *requests: Mapping[str, Any], transport: str = "websocket") -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.line = Line(urls, transport, self._calls.put)
        self.watches = [Watch(request, self.line) for request in requests]
        self._connected = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="viewer", daemon=True)

    def start(self) -> None:
        self.line.open(self)
        self._thread.start()

    def stop(self) -> None:
        self.line.close()
        self._stopped.set()
        self._thread.join(10)

    def rest(self) -> None:
        """From now on it only watches."""

    @property
    def trouble(self) -> Iterator[str]:
        """What was not as it should be on the way."""
        for watch in self.watches:
            yield from watch.oracle.gaps
            if watch.refusal:
                yield f"refused: {watch.refusal}"

    def up(self) -> None:
        self._connected = True
        for watch in self.watches:
            watch.up()

    def down(self) -> None:
        self._connected = False
        for watch in self.watches:
            watch.oracle.cut()
            watch.down("")

    def frame(self, frame: Message) -> None:
        for watch in self.watches:
            watch.oracle.frame(frame)
            watch.frame(frame)
            watch.look("in a frame")

    def resync(self, message: Message) -> None:
        for watch in self.watches:
            watch.oracle.resync(message)
            watch.resync(message)

    def _run(self) -> None:
        while not self._stopped.is_set():
            with suppress(queue.Empty):
                self._calls.get(timeout=TICK)()
            for watch in self.watches:
                watch.tick()
            self._act(time.monotonic())

    def _act(self, now: float) -> None:
        """What it does of its own accord."""


class Forgetful(Viewer):
    """Asks for everything anew after each cut, as a page that was reloaded."""

    def up(self) -> None:
        for watch in self.watches:
            watch.store.position = None
            watch.furthest = Furthest()  # a page that was reloaded remembers nothing
        super().up()


class Cutting(Viewer):
    """Loses the connection again and again, and resumes from where it was."""

    _next = 0.0
    _rests = False

    def rest(self) -> None:
        self._rests = True

    def _act(self, now: float) -> None:
        if now >= self._next and not self._rests:
            self._next = now + random.uniform(0.5, 2)
            self.line.cut()


class Sleepy(Viewer):
    """Does not read what it is sent for a while, longer than a viewer may be silent before it counts as behind."""

    _next = 0.0
    _rests = False

    def rest(self) -> None:
        self._rests = True
        self.line.awake.set()

    def _act(self, now: float) -> None:
        if now < self._next or self._rests:
            return
        if self.line.awake.is_set():
            self.line.awake.clear()
            self._next = now + random.uniform(4, 8)
        else:
            self.line.awake.set()
            self._next = now + random.uniform(1, 3)


class Following(Viewer):
    """Opens one task after the other, and looks at all of them from then on."""

    _next = 0.0

    def _act(self, now: float) -> None:
        if now < self._next or not self._connected or len(self.watches) > FOLLOWED:
            return
        self._next = now + 0.5
        followed = {watch.request.get("task") for watch in self.watches}
        for task in self.watches[0].store.tasks:
            if task.state in (State.PENDING, State.RECEIVED) and task.id not in followed:
                watch = Watch({"task": task.id}, self.line)
                self.watches.append(watch)
                watch.up()
                return


def window(rows: Mapping[str, Task], asked: Mapping[str, Any]) -> dict[str, Task]:
    """What a viewer who asked for that view shows of `rows`."""
    fitting = (task for task in newest(rows) if fits(task, asked) and task.state in asked.get("state", State))
    return {task.id: task for task, _ in zip(fitting, range(asked.get("limit", 200)), strict=False)}


def totals(rows: Mapping[str, Task], asked: Mapping[str, Any]) -> dict[str, int]:
    """How many of each state there are, as it is told."""
    found = Counter(task.state for task in rows.values() if fits(task, asked))
    return {state: found[state] for state in State}


def newest(rows: Mapping[str, Task]) -> list[Task]:
    return sorted(rows.values(), key=lambda task: task.first_offset, reverse=True)


def fits(task: Task, asked: Mapping[str, Any]) -> bool:
    """By the contract's words, the choice of states aside."""
    name, worker, q = asked.get("name"), asked.get("worker"), asked.get("q")
    return (
        (name is None or (task.name or "").startswith(name.rstrip("*")))
        and (worker is None or task.worker == worker)
        and (q is None or any(q in text for text in (task.id, task.name, task.message, task.args) if text))
    )
