"""Socket.IO packets: strict reading, and encoding a message once for all connections.

python-socketio takes what arrives at its word. It waits for as many binary attachments as are announced, and keeps
those that arrived so far; it calls the handler of "disconnect" for an event of that name; and a packet that it cannot
read it reports with a traceback, once for each.
"""

from __future__ import annotations

from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from socketio import packet

NAMESPACE = "/"
"""The one namespace of Socket.IO that is used."""

_INTERNAL = ("connect", "disconnect", "*")
_SHOWN_CHARACTERS = 80


class Packet(packet.Packet):  # type: ignore[misc]  # it comes without types
    """A packet that is read as a connect, a disconnect, an acknowledgement, or an event with a name.

    Anything else becomes an event that has no handler: its name is the beginning of the text in parentheses. It keeps
    the id and the namespace as far as they could be read, so that a client that waits for an answer gets one.
    """

    data: Any
    uses_binary_events = False  # nothing that is sent is binary

    def __init__(self, *given: Any, encoded_packet: Any = None, **named: Any) -> None:
        super().__init__(*given, **named)
        if encoded_packet is None:
            return
        try:
            fits = isinstance(encoded_packet, str) and not self.decode(encoded_packet) and self._fits()
        except (ValueError, IndexError, RecursionError):
            fits = False
        if not fits:
            self.packet_type, self.data = packet.EVENT, [f"({str(encoded_packet)[:_SHOWN_CHARACTERS]})"]

    def _fits(self) -> bool:
        if self.packet_type == packet.EVENT:
            named = isinstance(self.data, list) and bool(self.data) and isinstance(self.data[0], str)
            return named and self.data[0] not in _INTERNAL
        return self.packet_type in (packet.CONNECT, packet.DISCONNECT, packet.ACK)


def event_packet(packet_class: type[Any], event: str, message: object) -> Any:
    """An event as the Engine.IO packet that carries it. `packet_class` is that of the Socket.IO server."""
    text = packet_class(packet.EVENT, namespace=NAMESPACE, data=[event, message]).encode()
    return EnginePacket(MESSAGE, text)
