"""One message to many sockets: encoded once, and written straight to each that can take it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from engineio import packet as engine_packets
from flask_socketio import SocketIO
from socketio import packet as socket_packets

from phloem_server.listeners import Listeners
from phloem_server.transport.engineio.limits import flooded
from phloem_server.transport.engineio.shared_websocket import Changed, Links
from phloem_server.transport.rfc6455 import websocket_frame

NAMESPACE = "/"

QUEUED = 8
"""Messages that may wait in the library's queue of a viewer who is offered one more."""

BURST = 100
"""Messages written before everybody else has a turn."""

logger = logging.getLogger("phloem.fanout")


class Fanout:
    """Sends to one viewer, to everybody in a room, or to all.

    With eventlet it writes to WebSockets directly. Long-polling takes the library's queue, as does a WebSocket
    whose queue holds something already. Other asynchronous modes, and libraries in which what this needs is not as
    it was, take `emit`. `on_free` is called when a viewer who was blocked can take more.
    `sent` and `sent_bytes` count by event, each viewer for himself.
    """

    def __init__(self, socketio: SocketIO, *, direct: bool = True) -> None:
        self._socketio = socketio
        self._server = socketio.server
        self._engine = socketio.server.eio
        self.on_free: Listeners[[]] = Listeners()
        self.direct = direct and self._engine.async_mode == "eventlet"
        self.sent: Counter[str] = Counter()
        self.sent_bytes: Counter[str] = Counter()
        self._written = 0
        try:
            self._links = Links(self._engine, self.on_free, direct=self.direct)
        except Changed as changed:
            logger.warning("Viewers are sent to the plain, slower way: %s is not what it was.", changed)
            self.direct = False
            self._links = Links(self._engine, self.on_free, direct=False)

    def join(self, sid: str, room: str) -> None:
        """From now on `sid` gets what is sent to `room`. A viewer who just left is no error."""
        if self._server.manager.is_connected(sid, NAMESPACE):
            self._server.enter_room(sid, room, namespace=NAMESPACE)

    def leave(self, sid: str, room: str) -> None:
        """From now on `sid` does not."""
        self._server.leave_room(sid, room, namespace=NAMESPACE)

    def send(self, event: str, *messages: object, to: str | None = None) -> None:
        """Sends messages to a viewer or a room; without `to`, to all. Who cannot take them now gets them later.

        Several at once cost little more than one: they leave in one write.
        """
        if not self.direct:
            for message in messages:
                self._emit(event, message, to)
            return
        told = 0
        frames = b""
        for _, session_id, packets, frames in self._deliveries(event, messages, to):
            told += 1
            link = self._links.get(session_id)
            if link is None or not link.free or not link.write(frames):
                for packet in packets:
                    self._engine.send_packet(session_id, packet)
        self.sent[event] += told * len(messages)
        self.sent_bytes[event] += told * len(frames)

    def offer(self, event: str, message: object, to: str | Sequence[str]) -> list[str]:
        """Sends `message` to those of a viewer, of several or of a room who can take it now.

        Gives the others, who get nothing.
        """
        passed_over: list[str] = []
        if not self.direct:
            for each in self._rooms(to):
                there = self._server.manager.get_participants(NAMESPACE, each)
                passed_over += [sid for sid, session_id in there if not self._has_room(session_id)]
            self._emit(event, message, to, passed_over)
            return passed_over
        told = 0
        frame = b""
        for sid, session_id, (packet,), frame in self._deliveries(event, (message,), to):
            told += 1
            link = self._links.get(session_id)
            if link is not None and link.free:
                if not link.write(frame):
                    passed_over.append(sid)
            elif self._has_room(session_id):
                self._engine.send_packet(session_id, packet)
            else:
                passed_over.append(sid)
        told -= len(passed_over)
        self.sent[event] += told
        self.sent_bytes[event] += told * len(frame)
        return passed_over

    def ready(self, sid: str) -> bool:
        """Whether a viewer who could not take a message can take one now."""
        session_id = self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        return session_id is not None and self._has_room(session_id)

    def waiting(self, sid: str) -> int:
        """How many messages a viewer has not read yet, as far as the library keeps them."""
        session = self._engine.sockets.get(self._server.manager.eio_sid_from_sid(sid, NAMESPACE))
        return 0 if session is None else int(session.queue.qsize())

    def flooded(self, sid: str) -> bool:
        """Whether more waits for a viewer than one who reads ever leaves waiting."""
        session_id = self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        session = self._engine.sockets.get(session_id)
        return session is not None and flooded(session)

    def cut(self, sid: str) -> None:
        """Ends the connection of a viewer who takes nothing. He may come back."""
        session_id = self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        if session_id is None:
            return
        link = self._links.get(session_id)
        if link is not None:
            link.cut()
        elif (session := self._engine.sockets.get(session_id)) is not None:
            self._socketio.start_background_task(session.close, wait=False, abort=True)

    def _emit(
        self, event: str, message: object, to: str | Sequence[str] | None, passed_over: Sequence[str] = ()
    ) -> None:
        """Leaves a message to the library, encoded already: its size is known then, and it is encoded only once."""
        encoded = msgspec.Raw(msgspec.json.encode(message))
        skipped = list(passed_over)
        told = -len(skipped)
        for each in self._rooms(to):
            told += sum(1 for _ in self._server.manager.get_participants(NAMESPACE, each))
            self._socketio.emit(event, encoded, to=each, namespace=NAMESPACE, skip_sid=skipped)
        self.sent[event] += told
        self.sent_bytes[event] += told * len(websocket_frame(self._packet(event, encoded).encode()))

    def _deliveries(
        self, event: str, messages: Sequence[object], to: str | Sequence[str] | None
    ) -> Iterator[tuple[str, str, list[Any], bytes]]:
        """Viewer, session, packets for the queue, frames for the socket: encoded once. Others have their turns."""
        packets = [self._packet(event, message) for message in messages]
        frames = b"".join(websocket_frame(packet.encode()) for packet in packets)
        for each in self._rooms(to):
            for sid, session_id in self._server.manager.get_participants(NAMESPACE, each):
                yield sid, session_id, packets, frames
                self._written += 1
                if self._written >= BURST:
                    self._written = 0
                    self._socketio.sleep(0)

    @staticmethod
    def _rooms(to: str | Sequence[str] | None) -> Sequence[str | None]:
        return [to] if to is None or isinstance(to, str) else to

    def _packet(self, event: str, message: object) -> Any:
        text = self._server.packet_class(socket_packets.EVENT, namespace=NAMESPACE, data=[event, message]).encode()
        return engine_packets.Packet(engine_packets.MESSAGE, text)

    def _has_room(self, session_id: str) -> bool:
        link = self._links.get(session_id)
        session = self._engine.sockets.get(session_id)
        return session is not None and (link is None or not link.blocked) and session.queue.qsize() < QUEUED
