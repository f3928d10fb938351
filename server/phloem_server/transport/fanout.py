"""One message to many connections: encoded once, and written straight to each socket that can take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from flask_socketio import SocketIO

from phloem_server.transport.engineio.connections import Connections
from phloem_server.transport.engineio.packet import NAMESPACE, event_packet
from phloem_server.transport.engineio.rooms import count
from phloem_server.transport.rfc6455 import websocket_frame

BURST_MESSAGES = 100
"""Messages that are written before other greenlets have a turn."""


class Fanout:
    """Sends events to one client, to all clients in a room, or to all. Clients are named by Socket.IO's sid.

    Where `direct`, frames are written to WebSockets without the library's queue; a client with long-polling, and a
    WebSocket with something in that queue, gets them through it. Elsewhere the library's `emit` sends them.
    `on_free` is called when a client whose socket was blocked can take more.
    `sent` and `sent_bytes` count by event: one message and the bytes of its frame for each client.
    """

    def __init__(self, socketio: SocketIO, *, direct: bool = True) -> None:
        self._socketio = socketio
        self._server = socketio.server
        self._engine = socketio.server.eio
        self._connections = Connections(self._engine, direct=direct)
        self.on_free = self._connections.on_free
        self.direct = self._connections.direct
        self.sent: Counter[str] = Counter()
        self.sent_bytes: Counter[str] = Counter()
        self._burst = 0

    def close(self) -> None:
        """Ends all connections and what runs in the background. Call it once no connection is accepted any more."""
        self._connections.close()

    def connected(self) -> int:
        """The number of clients that are connected."""
        return count(self._server.manager, NAMESPACE)

    def opening(self) -> list[str]:
        """The ids of sessions whose client has not connected."""
        named = self._server.manager.sid_from_eio_sid
        return [session for session in self._connections.sessions() if named(session, NAMESPACE) is None]

    def end(self, session_id: str) -> None:
        """Ends a session, whether its client is connected or not."""
        self._connections.cut(session_id)

    def sessions(self) -> int:
        """The number of sessions, also of those whose client has not connected."""
        return self._connections.count()

    def join(self, sid: str, room: str) -> None:
        """Puts a client into a room, unless it has just disconnected."""
        if self._server.manager.is_connected(sid, NAMESPACE):
            self._server.enter_room(sid, room, namespace=NAMESPACE)

    def leave(self, sid: str, room: str) -> None:
        """Takes a client out of a room."""
        self._server.leave_room(sid, room, namespace=NAMESPACE)

    def send(self, event: str, *messages: object, to: str | None = None) -> None:
        """Sends messages to a client or a room; without `to`, to all. They wait for a client that is blocked.

        Several messages cost little more than one: they leave in one write.
        """
        if not self.direct:
            for message in messages:
                self._emit(event, message, to)
            return
        receivers = 0
        frames = b""
        for _, session_id, packets, frames in self._deliveries(event, messages, to):
            receivers += 1
            writer = self._connections.get(session_id)
            if writer is None or not writer.free or not writer.write(frames):
                for packet in packets:
                    self._engine.send_packet(session_id, packet)
        self.sent[event] += receivers * len(messages)
        self.sent_bytes[event] += receivers * len(frames)

    def offer(self, event: str, message: object, to: str | Sequence[str]) -> list[str]:
        """Sends a message to those clients that can take it now; `to` is a client, several, or a room.

        Returns the sids of the others, which get nothing.
        """
        passed_over: list[str] = []
        if not self.direct:
            for each in _rooms(to):
                participants = self._server.manager.get_participants(NAMESPACE, each)
                passed_over += [sid for sid, session_id in participants if not self._connections.has_room(session_id)]
            self._emit(event, message, to, passed_over)
            return passed_over
        receivers = 0
        frame = b""
        for sid, session_id, (packet,), frame in self._deliveries(event, (message,), to):
            receivers += 1
            writer = self._connections.get(session_id)
            if writer is not None and writer.free:
                if not writer.write(frame):
                    passed_over.append(sid)
            elif self._connections.has_room(session_id):
                self._engine.send_packet(session_id, packet)
            else:
                passed_over.append(sid)
        receivers -= len(passed_over)
        self.sent[event] += receivers
        self.sent_bytes[event] += receivers * len(frame)
        return passed_over

    def ready(self, sid: str) -> bool:
        """Whether a client is connected and can take one more message."""
        return self._connections.has_room(self._session_id(sid))

    def waiting(self, sid: str) -> int:
        """The number of messages that wait for a client, without those that the system holds."""
        return self._connections.waiting(self._session_id(sid))

    def flooded(self, sid: str) -> bool:
        """Whether more messages wait for a client than one that reads ever leaves waiting."""
        return self._connections.flooded(self._session_id(sid))

    def cut(self, sid: str) -> None:
        """Ends the connection of a client that takes nothing. It may connect again."""
        session_id = self._session_id(sid)
        if session_id is not None:
            self._connections.cut(session_id)

    def _session_id(self, sid: str) -> str | None:
        found: str | None = self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        return found

    def _emit(
        self, event: str, message: object, to: str | Sequence[str] | None, passed_over: Sequence[str] = ()
    ) -> None:
        """Gives a message to the library, encoded already: so its size is known, and it is encoded only once."""
        encoded = msgspec.Raw(msgspec.json.encode(message))
        skipped = list(passed_over)
        receivers = -len(skipped)
        for each in _rooms(to):
            receivers += sum(1 for _ in self._server.manager.get_participants(NAMESPACE, each))
            self._socketio.emit(event, encoded, to=each, namespace=NAMESPACE, skip_sid=skipped)
        self.sent[event] += receivers
        packet = event_packet(self._server.packet_class, event, encoded)
        self.sent_bytes[event] += receivers * len(websocket_frame(packet.encode()))

    def _deliveries(
        self, event: str, messages: Sequence[object], to: str | Sequence[str] | None
    ) -> Iterator[tuple[str, str, list[Any], bytes]]:
        """For each receiver: sid, session id, packets for the library's queue, and frames for the socket.

        Packets and frames are encoded once for all. After each burst, other greenlets have a turn.
        """
        packets = [event_packet(self._server.packet_class, event, message) for message in messages]
        frames = b"".join(websocket_frame(packet.encode()) for packet in packets)
        for each in _rooms(to):
            for sid, session_id in self._server.manager.get_participants(NAMESPACE, each):
                yield sid, session_id, packets, frames
                self._burst += 1
                if self._burst >= BURST_MESSAGES:
                    self._burst = 0
                    self._socketio.sleep(0)


def _rooms(to: str | Sequence[str] | None) -> Sequence[str | None]:
    return [to] if to is None or isinstance(to, str) else to
