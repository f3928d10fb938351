"""Phloem's fan-out alone: relays one Redis channel to all clients.

python -m benchmarks.peers.ours direct|plain REDIS_URL CHANNEL
"""

from __future__ import annotations

import sys
import threading

from phloem_server.transport.modes import choice

if __name__ == "__main__":
    choice.prepare("eventlet")

import redis
from flask import Flask
from flask_socketio import SocketIO

from phloem_server.live.protocol import Json
from phloem_server.transport import listen
from phloem_server.transport.engineio.packet import NAMESPACE
from phloem_server.transport.fanout import Fanout
from phloem_server.transport.serve import serve_until_signal

BATCH = 50
"""Messages that are relayed together when they came while others were being relayed."""


def main(way: str, redis_url: str, channel: str) -> None:
    """Prints the port once it serves."""
    app = Flask("benchmark")
    socketio = SocketIO(app, async_mode="eventlet", json=Json, cors_allowed_origins=[])
    fanout = Fanout(socketio, direct=way == "direct")
    assert fanout.direct is (way == "direct")

    def connect(sid: str, *_: object) -> None:
        socketio.server.enter_room(sid, "room", namespace=NAMESPACE)

    def relay() -> None:
        subscription = redis.Redis.from_url(redis_url).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        subscription.subscribe(channel)
        for message in subscription.listen():
            waiting = [message]
            while len(waiting) < BATCH and (more := subscription.get_message(timeout=0)):
                waiting.append(more)
            fanout.send("frame", *(Json.loads(each["data"]) for each in waiting), to="room")

    socketio.server.on("connect", connect, namespace=NAMESPACE)
    threading.Thread(target=relay, daemon=True).start()
    sock = listen.bind("127.0.0.1", 0)
    serve_until_signal(sock, app.wsgi_app, "eventlet", on_start=lambda: print(sock.getsockname()[1], flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
