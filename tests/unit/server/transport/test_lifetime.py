"""Servers can be made and closed in one process, and leave no thread, greenlet, socket or file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.server.transport.server_process import DEADLINE_SECONDS, installed_modes, python

LIVES = """
    from phloem_server.transport.modes import choice

    choice.prepare("MODE")

    import gc
    import os
    import socket
    import threading
    import time

    import greenlet
    from flask import Flask
    from flask_socketio import SocketIO

    from phloem_server.transport import listen
    from phloem_server.transport.fanout import Fanout

    UPGRADE = (
        "Connection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n"
    )

    def connect(port, transport, sid="", headers=""):
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        query = f"EIO=4&transport={transport}{sid}"
        client.sendall(f"GET /socket.io/?{query} HTTP/1.1\\r\\nHost: x\\r\\n{headers}\\r\\n".encode())
        return client, client.recv(4096)

    def live():
        app = Flask("test")
        socketio = SocketIO(app, async_mode="MODE", cors_allowed_origins=[])
        fanout = Fanout(socketio)
        sock = listen.bind("127.0.0.1", 0)
        port = sock.getsockname()[1]
        server = choice.load("MODE").start(sock, app.wsgi_app)
        polling, answer = connect(port, "polling")
        while b'"sid":"' not in answer:
            answer += polling.recv(4096)
        sid = answer.split(b'"sid":"')[1].split(b'"')[0].decode()
        clients = [polling]
        for each in (connect(port, "websocket", headers=UPGRADE), connect(port, "websocket", f"&sid={sid}", UPGRADE)):
            assert b" 101 " in each[1], each[1]
            clients.append(each[0])
        assert len(socketio.server.eio.sockets) == 2
        server.stop_accepting()
        fanout.close()
        server.stop()
        for client in clients:
            client.close()

    def left():
        gc.collect()
        running = [each for each in gc.get_objects() if isinstance(each, greenlet.greenlet) and not each.dead]
        return {
            "threads": len(threading.enumerate()),
            "greenlets": len([each for each in running if each is not greenlet.getcurrent()]),
            "files": len(os.listdir("/proc/self/fd")),
        }

    def settled():
        # what is left once nothing ends any more
        deadline = time.monotonic() + 10
        seen = [left()]
        while time.monotonic() < deadline and seen[-3:] != seen[-1:] * 3:
            time.sleep(0.1)
            seen.append(left())
        return seen[-1]

    live()
    first = settled()
    for _ in range(10):
        live()
    last = settled()
    print(last == first, first, last)
"""


@pytest.mark.parametrize("mode", installed_modes)
def test_a_closed_server_leaves_no_thread_greenlet_socket_or_file(mode: str, tmp_path: Path) -> None:
    with python(LIVES.replace("MODE", mode), cwd=tmp_path) as process:
        out, err = process.communicate(timeout=2 * DEADLINE_SECONDS)
    assert out.startswith("True"), out + err
