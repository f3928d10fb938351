"""The connections of one Engine.IO server: how it is changed to write directly, and what is known of each session."""

from __future__ import annotations

import logging
import time
from typing import Any

from phloem_server.listeners import Listeners
from phloem_server.transport.engineio.direct_session import DirectSession, DirectSessions
from phloem_server.transport.engineio.limits import flooded, guarded_requests
from phloem_server.transport.engineio.rehearsal import LibraryChanged, rehearse_direct, rehearse_shared
from phloem_server.transport.engineio.shared_websocket import SharedWebSocket, WebSockets

QUEUED_MESSAGES = 8
"""Messages that may wait in the library's queue of a session that is offered one more."""

logger = logging.getLogger(__name__)


class Connections:
    """Changes an Engine.IO server when it is made, until `close`. Sessions are named by Engine.IO's session id.

    `direct` says whether WebSockets are written to without the library's queue. That needs eventlet, and libraries
    whose private names are what they were; where one of those has changed, a warning names it.
    `on_free` is called when a WebSocket that was blocked can take more. It may be called in another greenlet.
    """

    def __init__(self, engine: Any, *, direct: bool) -> None:
        self.on_free: Listeners[[]] = Listeners()
        self.direct = direct and engine.async_mode == "eventlet"
        self._engine = engine
        self._closed = engine.create_event()
        self._library_requests, self._library_async = engine.handle_request, engine._async
        self._library_send_packet = engine.send_packet
        engine.handle_request = guarded_requests(engine)
        engine.send_packet = self._send_packet
        self._sessions = DirectSessions(engine, self.on_free)
        if self.direct:
            try:
                rehearse_shared(engine)
                rehearse_direct(engine, self._sessions)
            except LibraryChanged as changed:
                logger.warning("Viewers are sent to the plain, slower way: %s is not what it was.", changed)
                self.direct = False
        self._websockets = WebSockets(engine, self.on_free, shared=self.direct)
        self._shared = self._websockets.shared
        engine._async = {**engine._async, "sleep": self._sleep}
        if engine._async.get("websocket") is not None:  # otherwise this mode has long-polling only
            engine._async["websocket"] = self._websockets.open

    def count(self) -> int:
        """The number of sessions, whatever their transport."""
        return len(self._engine.sockets)

    def sessions(self) -> list[str]:
        """The ids of all sessions."""
        return list(self._engine.sockets)

    def get(self, session_id: str) -> SharedWebSocket | DirectSession | None:
        """What to write to for a session; None if it has to take the library's queue, as with long-polling."""
        session = self._engine.sockets.get(session_id)
        return session if isinstance(session, DirectSession) else self._shared.get(session_id)

    def has_room(self, session_id: str | None) -> bool:
        """Whether a session exists and can take one more message."""
        session = self._engine.sockets.get(session_id)
        if session is None:
            return False
        writer = self.get(session.sid)
        return (writer is None or not writer.blocked) and session.queue.qsize() < QUEUED_MESSAGES

    def waiting(self, session_id: str | None) -> int:
        """The number of messages that wait for the session's client, without those that the system holds."""
        session = self._engine.sockets.get(session_id)
        return 0 if session is None else int(session.queue.qsize())

    def flooded(self, session_id: str | None) -> bool:
        """Whether more messages wait for the session than a client that reads ever leaves waiting."""
        session = self._engine.sockets.get(session_id)
        return session is not None and flooded(session)

    def cut(self, session_id: str) -> None:
        """Ends the connection of a session, however much is still to be written."""
        writer = self.get(session_id)
        if writer is not None:
            writer.cut()
        elif (session := self._engine.sockets.get(session_id)) is not None:
            self._engine.start_background_task(session.close, wait=False, abort=True)

    def close(self) -> None:
        """Ends all sessions and background tasks of the server, and leaves it as the library made it.

        Call it once no connection is accepted any more. The readers of WebSockets end and close them a moment later.
        """
        self._sessions.uninstall()
        engine = self._engine
        engine.handle_request, engine._async = self._library_requests, self._library_async
        engine.send_packet = self._library_send_packet
        in_use = self._websockets.cut()
        for session in list(engine.sockets.values()):
            if session.sid not in in_use:
                session.close(wait=False, abort=True)
        while engine.service_task_handle is not None and engine.service_task_event is None:
            engine.sleep(0.01)  # the task makes that event itself, when it begins
        engine.shutdown()
        self._closed.set()

    def _send_packet(self, session_id: str, packet: Any) -> None:
        """The library's `send_packet`, except that a client which answered no ping is disconnected in the background.

        The library does so within the call, and calls the handler of "disconnect", which may take locks that the
        caller of this holds.
        """
        session = self._engine.sockets.get(session_id)
        if session is None or session.closed or isinstance(session, DirectSession):
            self._library_send_packet(session_id, packet)
        elif session.last_ping and time.time() - session.last_ping > self._engine.ping_timeout:
            if not session.closing:
                reason = self._engine.reason.PING_TIMEOUT
                self._engine.start_background_task(session.close, wait=False, abort=True, reason=reason)
        else:
            session.queue.put(packet)

    def _sleep(self, seconds: float = 0) -> Any:
        """The library's `sleep`, which `close` ends. Each of the library's sessions sleeps until its next ping."""
        if seconds > 0:
            return self._closed.wait(seconds)
        return self._library_async["sleep"](seconds)
