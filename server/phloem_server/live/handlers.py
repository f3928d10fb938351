"""Hands each Socket.IO message to the hub that answers it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from socketio import Server

from phloem_server.access.errors import RateLimited
from phloem_server.access.permissions import may_connect
from phloem_server.access.principal import Principal, principal_of
from phloem_server.live.board_hub import BoardHub, is_about_boards
from phloem_server.live.errors import MessageFailed, MessageInvalid, MessageUnknown
from phloem_server.live.hub import Hub
from phloem_server.live.protocol import NEEDS, TO_SERVER, Refusal
from phloem_server.transport.engineio.packet import NAMESPACE
from phloem_server.transport.fanout import Fanout
from phloem_server.web.environ import KEPT

OTHER = "other"
"""Stands for the name of a message that is none of the protocol's."""

Handler = Callable[..., Any]

logger = logging.getLogger(__name__)


class Counted(Protocol):
    """Wraps the handler of a message, to count what it answers. The name is that of the message, or OTHER."""

    def __call__(self, name: str, handler: Handler) -> Handler: ...


def register(
    server: Server,
    hub: Hub,
    boards: BoardHub,
    fanout: Fanout,
    cut: Callable[[str], object],
    counted: Counted = lambda _, handler: handler,
    admits: Callable[[Principal], bool] = lambda _: True,
    refused: Callable[[Mapping[str, Any], str, str], object] = lambda *_: None,
    count: Callable[[Mapping[str, Any], str], object] = lambda *_: None,
) -> None:
    """Registers the handlers with a Socket.IO server; `cut` ends a connection.

    `admits` says whether a principal that the door let in may still connect: a client may leave and connect again, as
    often as it likes, on what one request opened.
    `refused` is told of each message that is refused: what is kept of the environ of its connection, the name of the
    message, and the code. `count` is told of each message, in the same way, and raises RateLimited to refuse it.

    They need nothing of Flask, so they are the server's own: Flask-SocketIO would make up an HTTP request for each
    message.
    """
    guard = _Guard(fanout, cut)
    callers: dict[str, Mapping[str, Any]] = {}

    def connect(sid: str, environ: Mapping[str, Any], *_: Any) -> bool:
        principal = principal_of(environ)
        if not admits(principal) or not may_connect(principal):
            return False
        callers[sid] = {name: environ[name] for name in KEPT if name in environ}
        boards.connect(sid, principal)
        hub.connect(sid, principal)
        return True

    def disconnect(sid: str, *_: Any) -> None:
        callers.pop(sid, None)
        boards.disconnect(sid)
        hub.disconnect(sid)

    def telling(name: str, handler: Handler) -> Handler:
        def handle(sid: str, *arguments: Any) -> Any:
            caller = callers.get(sid, {})
            try:
                count(caller, name)
                answer = handler(sid, *arguments)
            except RateLimited as limited:
                answer = Refusal.of(limited)
            if caller and isinstance(answer, Refusal):
                refused(caller, name, answer.code)
            return answer

        return handle

    server.on("connect", connect, namespace=NAMESPACE)
    server.on("disconnect", disconnect, namespace=NAMESPACE)
    for name in TO_SERVER.keys() & NEEDS.keys():  # views and boards share the messages that open and close them
        either = _one_argument(name, _either(getattr(hub, name), getattr(boards, name)))
        server.on(name, guard(counted(name, telling(name, either))), namespace=NAMESPACE)
    refuse = guard(counted(OTHER, _refuse))
    server.on("*", lambda name, sid, *_: refuse(sid, name), namespace=NAMESPACE)


class _Guard:
    """Lets a handler answer clients that read what they are sent; one that only requests is cut."""

    def __init__(self, fanout: Fanout, cut: Callable[[str], object]) -> None:
        self._fanout = fanout
        self._cut = cut

    def __call__(self, handler: Handler) -> Handler:
        def handle(sid: str, *arguments: Any) -> Any:
            if self._fanout.flooded(sid):
                self._cut(sid)
                return None
            try:
                return handler(sid, *arguments)
            except Exception:
                logger.exception("A message could not be handled")
                return Refusal.of(MessageFailed("The server could not handle this message; its log says why."))

        return handle


def _one_argument(name: str, handler: Callable[[str, Any], Any]) -> Handler:
    """`handler` of a message with one argument; one that comes with more or fewer is refused."""

    def handle(sid: str, *arguments: Any) -> Any:
        if len(arguments) != 1:
            return Refusal.of(MessageInvalid(f"{name} came with {len(arguments)} values; expected one object."))
        return handler(sid, arguments[0])

    return handle


def _either(of_views: Callable[[str, Any], Any], of_boards: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda sid, message: (of_boards if is_about_boards(message) else of_views)(sid, message)


def _refuse(_: str, name: Any) -> Refusal:
    known = ", ".join(TO_SERVER)
    return Refusal.of(MessageUnknown(f"There is no message {str(name)[:80]!r}; expected one of {known}."))
