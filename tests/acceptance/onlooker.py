"""A viewer of a board, over a real socket."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from phloem_server.commands.watch.wire import SocketClient
from tests.waiting import wait_until


class Onlooker:
    """Watches one board: `board` is the last picture, `pictures` are all of them, `asked` is how often it asked."""

    def __init__(self, url: str, name: str) -> None:
        self.board: dict[str, Any] = {}
        self.pictures: list[dict[str, Any]] = []
        self.asked = 0
        self._url, self._name = url, name
        self.client = SocketClient(reconnection_delay=0.1, reconnection_delay_max=0.5)
        self.client.on("connect", self._ask)
        self.client.on("board", self._take)

    def __enter__(self) -> Self:
        self.client.connect(self._url, transports=["websocket"])
        wait_until(lambda: self.pictures, 60, f"the board {self._name} is shown")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.client.disconnect()

    def _ask(self) -> None:
        self.asked += 1
        self.client.emit("watch", {"board": self._name}, callback=self._take)

    def _take(self, picture: dict[str, Any]) -> None:
        assert picture["watch"] == f"board:{self._name}"
        self.board = picture["board"]
        self.pictures.append(picture)
