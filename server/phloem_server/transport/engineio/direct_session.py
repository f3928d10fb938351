"""Engine.IO sessions on a WebSocket of their own, at a greenlet each.

Engine.IO has three: one reads, one writes what is queued, one waits for the next ping; and the HTTP request with all
that belongs to it stays as long as the connection. Here the connection leaves its request behind, what is sent is
written at once where the socket takes it, and one greenlet pings everybody.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from engineio import packet as packets
from engineio.exceptions import EngineIOError, SocketIsClosedError
from engineio.packet import Packet
from engineio.socket import Socket

from phloem_server.transport.modes.mode import DETACH
from phloem_server.transport.rfc6455 import Ended, Inbox, handshake, websocket_frame
from phloem_server.web.environ import KEPT

CHUNK = 4096
"""Bytes read at a time; more than viewers say in a second."""

TURN = 0.005
"""Seconds of work for one viewer until everybody else has a turn; a socket that always has data never waits."""

PINGED = 100
"""Viewers who are pinged until everybody else has a turn."""

UNSENT = 128 * 1024
"""Bytes that the system may hold for a socket beyond those on their way. What is older would only be late."""

FLOOD = 10_000
"""Messages that may wait for anybody: who has more asks without reading the answers. Refusals, that is: some 3 MB.
What is larger is not answered any more long before."""

HELD = 32 * 1024 * 1024
"""Bytes that may wait for anybody, beside the last message. Who reads never leaves that much waiting."""

PONG = b"\x8a\x00"  # an empty one that nobody asked for: allowed at any time, and says nothing
_FAREWELL = websocket_frame("1") + b"\x88\x02\x03\xe8"  # Engine.IO's, and the WebSocket's (1000)

logger = logging.getLogger("phloem.fanout")


class Backlog(list[bytes]):
    """Frames that wait until the socket takes more. It has what others ask of Engine.IO's queue."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        super().__init__()
        self.held = 0
        """Bytes in all."""

    def add(self, frame: bytes) -> None:
        """One more that waits. Of answers to pings, one after the other, the last does (RFC 6455, section 5.5.3)."""
        if self and frame[0] == self[-1][0] == PONG[0]:
            self.held -= len(self.pop())
        self.append(frame)
        self.held += len(frame)

    def next(self) -> bytes:
        """Takes out the first."""
        self.held -= len(self[0])
        return self.pop(0)

    def qsize(self) -> int:
        """How many wait."""
        return len(self)

    def empty(self) -> bool:
        """Whether none waits."""
        return not self


class Writer:
    """Writes at once what a socket takes. `_write` sends to it, `_wait` sees to a rest that it did not take."""

    __slots__ = ()

    _write: Callable[[bytes], int]

    def write(self, data: bytes) -> bool:
        """Writes where nothing else is to be written first. False: it would block, and nothing of `data` will be sent.

        In either case it may be blocked afterwards; `on_free` is called once it is not. Who left is no error.
        """
        try:
            sent = self._write(data)
        except BlockingIOError:
            self._wait(memoryview(PONG))
            return False
        except OSError:  # whoever reads learns of it
            return True
        if sent < len(data):
            self._wait(memoryview(data)[sent:])
        return True

    def _wait(self, rest: memoryview) -> None:
        raise NotImplementedError


class DirectSession(Writer, Socket):  # type: ignore[misc]  # it comes without types
    """One viewer's session. All that writes to its socket are greenlets of one thread.

    So between looking whether it is free and writing nobody comes in between. A frame that went out only in part is
    completed by a greenlet of its own, and whatever else is to be sent waits behind it in `queue`.
    """

    def __init__(self, engine: Any, sid: str, stream: Any, on_free: Callable[[], None]) -> None:
        super().__init__(engine, sid)
        self.queue = Backlog()
        self.last_ping: float | None = None
        self.connected = self.upgraded = True
        self.closing: bool = False
        self.closed: bool = False
        self._stream = stream
        self._write = stream.fd.send
        self._on_free = on_free
        self._busy = False
        self._reading = True
        tune(stream)

    @property
    def blocked(self) -> bool:
        """Whether somebody waits for the socket to take more."""
        return self._busy

    @property
    def free(self) -> bool:
        """Whether nothing else is to be written first, so that `write` may be called."""
        return not self._busy and not self.closed

    def send(self, pkt: Packet) -> None:
        """Sends a packet; one that the socket does not take now waits."""
        if self.closed:
            raise SocketIsClosedError()
        self._send(websocket_frame(pkt.encode()))

    def run(self) -> None:
        """Reads what the viewer says until one of both ends the connection."""
        inbox = Inbox(self.server.max_http_buffer_size)
        worked = 0.0  # since everybody else had a turn, without what was waited for
        try:
            while data := self._stream.recv(CHUNK):
                began = time.monotonic() - worked
                for message, answer in inbox.take(data):
                    if answer:
                        self._send(answer)
                    else:
                        self._hear(message)
                    began = self._turn(began)
                worked = time.monotonic() - self._turn(began)
        except Ended as ended:
            if self.free:
                self.write(ended.farewell)
        except OSError:
            pass  # gone without a word
        finally:
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
            self.server.sockets.pop(self.sid, None)
            self._reading = False
            self._release()

    def close(
        self,
        wait: bool = True,  # noqa: ARG002  # Engine.IO gives it
        abort: bool = False,
        reason: str | None = None,
    ) -> None:
        """Ends the session. Unless `abort`, the viewer is told so; there is nothing to `wait` for."""
        if self.closed or self.closing:
            return
        self.closing = True
        reason = reason or self.server.reason.SERVER_DISCONNECT
        self.server._trigger_event("disconnect", self.sid, reason, run_async=False)
        if not abort and self.free:
            self.write(_FAREWELL)
        self.closed = True
        self.cut()

    def cut(self) -> None:
        """Ends the connection at once, whatever is still to be written."""
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)

    def schedule_ping(self) -> None:
        """Called when the viewer answered a ping: the next is `Pulse`'s."""
        self.last_ping = None

    def check_ping_timeout(self) -> bool:
        """Called by Engine.IO's own look after its sessions; this one is in `Pulse`'s care."""
        return not self.closed

    def ping(self) -> bool:
        """Pings the viewer. False: there is nobody any more, as with one who left the last ping unanswered."""
        if self.closed:
            return False
        if self.last_ping is not None:
            self.close(wait=False, reason=self.server.reason.PING_TIMEOUT)
            return False
        self.last_ping = time.time()
        self.send(Packet(packets.PING))
        return True

    def _turn(self, began: float) -> float:
        """Lets everybody else have a turn if it is time for it. Gives when the work until the next one began."""
        if time.monotonic() - began < TURN:
            return began
        self.server.sleep(0)
        return time.monotonic()

    def _hear(self, message: str | bytes) -> None:
        if isinstance(message, str) and message.startswith("4"):
            self.server._trigger_event("message", self.sid, message[1:], run_async=False)
            return
        if message:
            with contextlib.suppress(EngineIOError, ValueError):  # it says nothing that anybody knows: left alone
                self.receive(Packet(encoded_packet=message))

    def _send(self, data: bytes) -> None:
        if self.free and self.write(data):
            return
        if len(self.queue) > FLOOD or self.queue.held > HELD:
            self.cut()
        else:
            self.queue.add(data)

    def _wait(self, rest: memoryview) -> None:
        self._busy = True
        self.server.start_background_task(self._complete, rest)

    def _complete(self, rest: memoryview | bytes) -> None:
        try:
            self._stream.sendall(rest)
            while self.queue:
                self._stream.sendall(self.queue.next())
        except OSError:  # gone, or stalled for longer than a ping may take; half a frame is no use to anybody
            self.cut()
        self._busy = False
        self._release()
        self._on_free()

    def _release(self) -> None:
        """Closes the socket once nobody waits for it any more: who did would not be woken."""
        if not self._reading and not self._busy:
            self._stream.close()


class DirectSessions:
    """Takes over the WebSockets that begin as such, on a server that lets connections leave their requests."""

    def __init__(self, engine: Any, on_free: Callable[[], None]) -> None:
        self._engine = engine
        self._on_free = on_free
        self._pulse = Pulse(engine)
        self._library = engine._handle_connect

    def install(self) -> None:
        """From now on it does."""
        self._engine._handle_connect = self._connect

    def uninstall(self) -> None:
        """From now on the library has all connections again."""
        self._engine._handle_connect = self._library

    def _connect(self, environ: dict[str, Any], start_response: Any, transport: str, jsonp_index: Any = None) -> Any:
        opening = handshake(environ) if transport == "websocket" and DETACH in environ else None
        if opening is None:
            return self._library(environ, start_response, transport, jsonp_index)
        engine = self._engine
        session = DirectSession(engine, engine.generate_id(), environ[DETACH](), self._on_free)
        engine.sockets[session.sid] = session
        # The rest of the request is larger than all else of a connection, and is not used again.
        kept = {name: environ[name] for name in KEPT if name in environ}
        engine._trigger_event("connect", session.sid, kept, run_async=False)
        told = {
            "sid": session.sid,
            "upgrades": [],
            "pingTimeout": int(engine.ping_timeout * 1000),
            "pingInterval": int(engine.ping_interval + engine.ping_interval_grace_period) * 1000,
            "maxPayload": engine.max_http_buffer_size,
        }
        session.write(opening + websocket_frame(Packet(packets.OPEN, told).encode()))
        self._pulse.add(session.sid)
        engine.start_background_task(session.run)
        return []


class Pulse:
    """Pings all sessions in turn, each once in an interval."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._due: deque[tuple[float, str]] = deque()
        self._running = False

    def add(self, sid: str) -> None:
        """From now on this session is pinged, until it ends."""
        self._due.append((time.monotonic() + self._engine.ping_interval, sid))
        if not self._running:
            self._running = True
            self._engine.start_background_task(self._run)

    def _run(self) -> None:
        done = 0
        while self._due:
            due, sid = self._due[0]
            if (wait := due - time.monotonic()) > 0:
                self._engine.sleep(wait)
                continue
            self._due.popleft()
            session = self._engine.sockets.get(sid)
            if session is not None and self._ping(session):
                self._due.append((time.monotonic() + self._engine.ping_interval, sid))
            done += 1
            if done % PINGED == 0:
                self._engine.sleep(0)
        self._running = False

    def _ping(self, session: Any) -> bool:
        """One who cannot be pinged must not keep all others from it."""
        try:
            return bool(session.ping())
        except Exception:
            logger.exception("A viewer could not be pinged")
            session.cut()
            return False


def tune(stream: Any) -> None:
    """Small frames leave at once, and a stalled viewer is noticed before the system has taken megabytes for him."""
    with contextlib.suppress(OSError):  # not TCP
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
