"""A viewer as the contract describes it, over a real socket: what a browser does, without the browser."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import websocket

from phloem_server.commands.watch.wire import SocketClient
from tests.waiting import wait_until

Row = dict[str, Any]


class Viewer:
    """Watches one view or one task, checks that every frame fits, and remembers what it saw.

    `misfits` are frames that did not fit; `resyncs` how often it was told to start over.
    """

    def __init__(self, url: str, headers: dict[str, str] | None = None, **asked: Any) -> None:
        self.rows: dict[str, Row] = {}
        self.seen: list[Row] = []
        self.log: dict[str, Row] = {}
        self.totals: dict[str, int] = {}
        self.frames = 0
        self.misfits: list[Row] = []
        self.resyncs = 0
        self.url, self._headers, self._asked = url, headers or {}, asked
        self._position = {"epoch": "", "offset": -1}
        self._early: list[Row] = []
        self._watch = ""
        self._lock = threading.RLock()
        self._sockets: list[websocket.WebSocket] = []
        self.client = SocketClient(
            reconnection_delay=0.1, reconnection_delay_max=0.5, websocket_extra_options={"class_": self._new_socket}
        )
        self.client.on("connect", self._ask)
        self.client.on("frame", self._frame)
        self.client.on("resync", self._resync)

    def __enter__(self) -> Self:
        path = f"{urlsplit(self.url).path}/socket.io".lstrip("/")
        self.client.connect(self.url, headers=self._headers, transports=["websocket"], socketio_path=path, retry=True)
        wait_until(lambda: self._watch, 40, "the view is open")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.client.disconnect()
        for sock in self._sockets:  # the library leaves those that were cut off, or not answered, to the collector
            sock.shutdown()  # type: ignore[no-untyped-call]

    def states(self, task_id: str) -> list[str]:
        """The states in which this viewer saw the task, repetitions left out."""
        states: list[str] = []
        for row in self.seen:
            if row["id"] == task_id and states[-1:] != [row["state"]]:
                states.append(row["state"])
        return states

    def percents(self, task_id: str) -> list[float]:
        """The percentages at which this viewer saw the task, repetitions left out."""
        percents: list[float] = []
        for row in self.seen:
            if row["id"] == task_id and row["percent"] is not None and percents[-1:] != [row["percent"]]:
                percents.append(row["percent"])
        return percents

    def _new_socket(self, **options: Any) -> websocket.WebSocket:
        sock = websocket.WebSocket(**options)
        self._sockets.append(sock)
        return sock

    def _ask(self) -> None:
        self._watch, self._early = "", []  # until the answer is there, frames wait for it
        message = dict(self._asked)
        if self._position["epoch"]:
            message["since"] = self._position
        self.client.emit("watch", message, callback=self._answer)

    def _answer(self, answer: Row) -> None:
        assert answer["ok"], answer
        with self._lock:
            if not answer["resumed"]:
                self.rows.clear()
            self._watch = answer["watch"]
            self._take(answer, answer["tasks"])
            self._position = {"epoch": answer["epoch"], "offset": answer["offset"]}
            early, self._early = self._early, []
            for frame in early:
                self._frame(frame)

    def _frame(self, frame: Row) -> None:
        with self._lock:
            if frame["watch"] != self._watch:
                self._early.append(frame)
                return
            self.frames += 1
            if frame["epoch"] != self._position["epoch"] or frame["from"] > self._position["offset"]:
                self.misfits.append(frame)
                self._ask()
                return
            if frame["to"] >= self._position["offset"]:  # else an answer has overtaken it
                self._take(frame, frame["put"])
                self._position = {"epoch": frame["epoch"], "offset": frame["to"]}

    def _take(self, message: Row, rows: list[Row]) -> None:
        for task_id in message["drop"]:
            self.rows.pop(task_id, None)
        for row in rows:
            if row["offset"] >= self.rows.get(row["id"], {"offset": 0})["offset"]:
                self.rows[row["id"]] = row
                self.seen.append(row)
        self.log.update((entry["id"], entry) for entry in message.get("log", ()))
        self.totals = message["totals"]

    def _resync(self, _: Row) -> None:
        self.resyncs += 1
        self._ask()
