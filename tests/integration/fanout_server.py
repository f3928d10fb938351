"""A server with nothing but a fan-out: all clients are in one room, and HTTP says what to offer to it.

    python tests/integration/fanout_server.py MODE direct|plain

POST /offer?count=&size= offers messages {number, pad} one by one and answers with the ids of those passed over each
time. POST /cut?sid= ends a connection. GET / gives the number of clients, how often one was free again, which are
ready, the bytes of memory in use, and whether frames are written directly.
"""

from __future__ import annotations

import os
import sys

from phloem_server.transport.modes import choice

if __name__ == "__main__":
    choice.prepare(sys.argv[1])

import logging
from typing import Any

from flask import Flask, request
from flask_socketio import SocketIO

from phloem_server.live.protocol import Json
from phloem_server.transport import listen
from phloem_server.transport.engineio.packet import NAMESPACE
from phloem_server.transport.fanout import Fanout
from phloem_server.transport.serve import serve_until_signal


def memory() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123  # pathlib would be patched as well
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def serve(mode: str, way: str) -> None:
    logging.basicConfig(level=logging.WARNING)
    app = Flask("fanout_server")
    socketio = SocketIO(app, async_mode=mode, json=Json, cors_allowed_origins=[], max_http_buffer_size=65536)
    fanout = Fanout(socketio, direct=way == "direct")
    present: set[str] = set()
    state: dict[str, int] = {"freed": 0, "number": 0}

    def count_freed() -> None:
        state["freed"] += 1

    def connect(sid: str, *_: Any) -> None:
        present.add(sid)
        # Not `join`: a client counts as connected only after this handler.
        socketio.server.enter_room(sid, "room", namespace=NAMESPACE)

    fanout.on_free.add(count_freed)
    socketio.server.on("connect", connect, namespace=NAMESPACE)
    socketio.server.on("disconnect", lambda sid, *_: present.discard(sid), namespace=NAMESPACE)
    socketio.server.on("echo", lambda _, said: said, namespace=NAMESPACE)

    @app.post("/offer")
    def offer() -> list[list[str]]:
        passed_over = []
        for _ in range(int(request.args["count"])):
            message = {"number": state["number"], "pad": "x" * int(request.args["size"])}
            state["number"] += 1
            passed_over.append(fanout.offer("frame", message, to="room"))
            socketio.sleep(0)
        return passed_over

    @app.post("/cut")
    def cut() -> dict[str, Any]:
        fanout.cut(request.args["sid"])
        return {}

    @app.get("/")
    def status() -> dict[str, Any]:
        ready = [sid for sid in present if fanout.ready(sid)]
        return {**state, "clients": len(present), "ready": ready, "memory": memory(), "direct": fanout.direct}

    sock = listen.bind("127.0.0.1", 0)
    port = sock.getsockname()[1]
    serve_until_signal(sock, app.wsgi_app, mode, on_start=lambda: print(port, flush=True))


if __name__ == "__main__":
    serve(*sys.argv[1:])
