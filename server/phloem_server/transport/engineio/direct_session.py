"""Engine.IO sessions whose WebSocket is read and written without the library, with one greenlet each.

Engine.IO has three for a session: one reads, one writes what is queued, and one waits for the next ping; and the HTTP
request with all that belongs to it stays as long as the connection. Here the connection is detached from its request,
a message is written at once where the socket takes it, and one greenlet pings all sessions.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from engineio import packet as packets
from engineio.exceptions import EngineIOError, SocketIsClosedError
from engineio.packet import Packet
from engineio.socket import Socket

from phloem_server.transport.engineio.limits import TURN_SECONDS
from phloem_server.transport.engineio.outbox import Outbox, Outboxes, Writer
from phloem_server.transport.engineio.ping import Pinger
from phloem_server.transport.engineio.tcp import shut, tune
from phloem_server.transport.modes.mode import DETACH
from phloem_server.transport.rfc6455 import Ended, Inbox, handshake, websocket_frame
from phloem_server.web.environ import KEPT

CHUNK_BYTES = 4096
"""Bytes read at a time; more than a client sends in a second."""

_CLOSE_FRAMES = websocket_frame("1") + b"\x88\x02\x03\xe8"  # Engine.IO's CLOSE, and that of the WebSocket (1000)


class DirectSession(Writer, Socket):  # type: ignore[misc]  # it comes without types
    """The session of one client.

    All writers of its socket are greenlets of one thread, so no other writer can come between checking `free` and
    calling `write`. A frame that the socket took only in part is completed by a greenlet of its own, and all further
    frames wait behind it in `queue`.
    """

    def __init__(
        self, engine: Any, sid: str, stream: Any, on_free: Callable[[], None], outboxes: Outboxes | None = None
    ) -> None:
        super().__init__(engine, sid)
        self._outboxes = outboxes or Outboxes()
        self.queue = Outbox(self._outboxes)
        self.last_ping: float | None = None
        self.connected = self.upgraded = True
        self.closing: bool = False
        self.closed: bool = False
        self._stream = stream
        self._write = stream.fd.send
        self._on_free = on_free
        self._completing = False
        self._reading = True
        tune(stream)

    @property
    def blocked(self) -> bool:
        """Whether a greenlet waits for the socket to take more."""
        return self._completing

    @property
    def free(self) -> bool:
        """Whether nothing else has to be written first, so that `write` may be called."""
        return not self._completing and not self.closed

    def send(self, pkt: Packet) -> None:
        """Sends a packet; one that the socket does not take now waits. Raises SocketIsClosedError."""
        if self.closed:
            raise SocketIsClosedError()
        self._send(websocket_frame(pkt.encode()))

    def run(self) -> None:
        """Reads what the client sends until either side ends the connection."""
        inbox = Inbox(self.server.max_http_buffer_size)
        worked = 0.0  # seconds since other greenlets had a turn, without those spent waiting
        try:
            while data := self._stream.recv(CHUNK_BYTES):
                began = time.monotonic() - worked
                for message, answer in inbox.take(data):
                    if answer:
                        self._send(answer)
                    else:
                        self._handle(message)
                    began = self._give_turn(began)
                worked = time.monotonic() - self._give_turn(began)
        except Ended as ended:
            if self.free:
                self.write(ended.farewell)
        except OSError:
            pass  # the client vanished without a closing handshake
        finally:
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
            self.server.sockets.pop(self.sid, None)
            self._reading = False
            self._release()

    def close(
        self,
        wait: bool = True,  # noqa: ARG002  # Engine.IO passes it; there is nothing to wait for
        abort: bool = False,
        reason: str | None = None,
    ) -> None:
        """Ends the session. Unless `abort`, the client is sent closing frames."""
        if self.closed or self.closing:
            return
        self.closing = True
        reason = reason or self.server.reason.SERVER_DISCONNECT
        self.server._trigger_event("disconnect", self.sid, reason, run_async=False)
        if not abort and self.free:
            self.write(_CLOSE_FRAMES)
        self.closed = True
        self.cut()

    def cut(self) -> None:
        """Ends the connection at once, whatever is still to be written."""
        shut(self._stream)

    def schedule_ping(self) -> None:
        """Called by Engine.IO when the client answered a ping. The next one is sent by the Pinger."""
        self.last_ping = None

    def check_ping_timeout(self) -> bool:
        """Called by Engine.IO's own check of all sessions. This session is checked by `ping` instead."""
        return not self.closed

    def ping(self) -> bool:
        """Pings the client. False if the session has ended, as it does when the last ping was not answered."""
        if self.closed:
            return False
        if self.last_ping is not None:
            self.close(wait=False, reason=self.server.reason.PING_TIMEOUT)
            return False
        self.last_ping = time.time()
        self.send(Packet(packets.PING))
        return True

    def _give_turn(self, began: float) -> float:
        """Gives other greenlets a turn if this one has worked long enough. Returns when its work began."""
        if time.monotonic() - began < TURN_SECONDS:
            return began
        self.server.sleep(0)
        return time.monotonic()

    def _handle(self, message: str | bytes) -> None:
        if isinstance(message, str) and message.startswith("4"):
            self.server._trigger_event("message", self.sid, message[1:], run_async=False)
            return
        if message:
            with contextlib.suppress(EngineIOError, ValueError):  # not a packet: ignored
                self.receive(Packet(encoded_packet=message))

    def _send(self, data: bytes) -> None:
        if self.free and self.write(data):
            return
        if self.queue.full() or self.closed:
            self.cut()
            return
        self.queue.add(data)
        if self._outboxes.full():
            self._fullest().cut()

    def _fullest(self) -> DirectSession:
        """The session with the most bytes waiting."""
        sessions = (each for each in self.server.sockets.values() if isinstance(each, DirectSession))
        return max((self, *sessions), key=lambda session: int(session.queue.held))

    def _wait(self, rest: memoryview) -> None:
        self._completing = True
        self.server.start_background_task(self._complete, rest)

    def _complete(self, rest: memoryview | bytes) -> None:
        try:
            self._stream.sendall(rest)
            while self.queue:
                self._stream.sendall(self.queue.next())
        except OSError:  # ended, or stalled for longer than a ping may take: half a frame is of no use to the client
            self.cut()
        self._completing = False
        self._release()
        self._on_free()

    def _release(self) -> None:
        """Closes the socket once no greenlet waits for it: a greenlet that still did would never be woken."""
        if not self._reading and not self._completing:
            self.queue.drop()
            self._stream.close()


class DirectSessions:
    """Makes direct sessions of the WebSockets that begin as such, where the server can detach their sockets.

    A client that begins with long-polling and upgrades later keeps the library's session.
    """

    def __init__(self, engine: Any, on_free: Callable[[], None]) -> None:
        self._engine = engine
        self._on_free = on_free
        self._pinger = Pinger(engine)
        self._outboxes = Outboxes()
        self._library: Any = None

    def install(self) -> None:
        """New WebSockets become direct sessions from now on."""
        self._library = self._engine._handle_connect
        self._engine._handle_connect = self._connect

    def uninstall(self) -> None:
        """The library gets all new connections again, and direct sessions that are left are not pinged any more."""
        if self._library is not None:
            self._engine._handle_connect = self._library
        self._pinger.stop()

    def _connect(self, environ: dict[str, Any], start_response: Any, transport: str, jsonp_index: Any = None) -> Any:
        opening = handshake(environ) if transport == "websocket" and DETACH in environ else None
        if opening is None:
            return self._library(environ, start_response, transport, jsonp_index)
        engine = self._engine
        session = DirectSession(engine, engine.generate_id(), environ[DETACH](), self._on_free, self._outboxes)
        engine.sockets[session.sid] = session
        # The rest of the request is larger than all else of a connection, and is not used again.
        kept = {name: environ[name] for name in KEPT if name in environ}
        engine._trigger_event("connect", session.sid, kept, run_async=False)
        parameters = {
            "sid": session.sid,
            "upgrades": [],
            "pingTimeout": int(engine.ping_timeout * 1000),
            "pingInterval": int(engine.ping_interval + engine.ping_interval_grace_period) * 1000,
            "maxPayload": engine.max_http_buffer_size,
        }
        session.write(opening + websocket_frame(Packet(packets.OPEN, parameters).encode()))
        self._pinger.add(session.sid)
        engine.start_background_task(session.run)
        return []
