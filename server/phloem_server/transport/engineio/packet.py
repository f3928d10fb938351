"""Socket.IO packets, strictly: what no viewer has a reason to send is a message that is refused, and no error.

python-socketio takes what comes at its word. It waits for as many binary attachments as are announced, and keeps all
that came so far; it calls the handler of "disconnect" for whoever sends an event of that name; and what cannot be
read it reports with a traceback, once for each packet.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

from socketio import packet

_INTERNAL = ("connect", "disconnect", "*")
_SHOWN = 80


class Packet(packet.Packet):  # type: ignore[misc]  # it comes without types
    """A packet, which when read is a connect, a disconnect, an acknowledgement, or an event with a name.

    All else becomes an event of a name that nobody handles, the beginning of what came in brackets. It keeps the id
    and the namespace as far as they could be read, so that whoever awaits an answer gets one.
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
            self.packet_type, self.data = packet.EVENT, [f"({str(encoded_packet)[:_SHOWN]})"]

    def _fits(self) -> bool:
        if self.packet_type == packet.EVENT:
            named = isinstance(self.data, list) and bool(self.data) and isinstance(self.data[0], str)
            return named and self.data[0] not in _INTERNAL
        return self.packet_type in (packet.CONNECT, packet.DISCONNECT, packet.ACK)


class Aside(logging.LoggerAdapter[logging.Logger]):
    """A logger for the libraries, on which everything is said at the level DEBUG.

    What they call errors is what clients sent; in whatever amount, it is not for the log of those who run the server.
    Failures of our own handlers are caught and told before the libraries see them.
    """

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        super().log(min(level, logging.DEBUG), msg, *args, **kwargs)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs
