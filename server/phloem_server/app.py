"""Puts the web process together: HTTP, Socket.IO, and the door before both."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from flask_socketio import SocketIO

from phloem import recorder
from phloem.files import FileStore
from phloem_server import acts, api, errors, pages
from phloem_server.access import Door
from phloem_server.config import Config
from phloem_server.control import Control
from phloem_server.fanout import NAMESPACE, Fanout
from phloem_server.mailbox import calls as mailbox
from phloem_server.messages import Json, Refusal
from phloem_server.metrics import Metrics
from phloem_server.packets import Aside, Packet
from phloem_server.registry import Registry
from phloem_server.relay import Relay
from phloem_server.sending import Sender
from phloem_server.viewers import Viewers

if TYPE_CHECKING:
    from phloem.channel import Channel

MESSAGE_LIMIT = 64 * 1024
"""Bytes of one message from a viewer; the longest that fits the contract has a few hundred."""

logger = logging.getLogger("phloem.viewers")
library = logging.getLogger("phloem.socketio")


def create_app(config: Config, *, relay: Relay, channel: Channel, registry: Registry) -> Flask:
    """The WSGI application. The relay is the caller's to start and to stop."""
    app = Flask("phloem_server", static_folder=None)
    app.config["SECRET_KEY"] = config.secret_key
    errors.register(app)
    sender = Sender(registry.celery, recorder.flush)
    app.register_blueprint(pages.blueprint(relay=relay))
    app.register_blueprint(
        api.blueprint(
            config=config,
            relay=relay,
            channel=channel,
            registry=registry,
            files=FileStore(config.data_dir),
            sender=sender,
        )
    )
    app.register_blueprint(
        acts.blueprint(
            channel=channel,
            registry=registry,
            sender=sender,
            control=Control(registry.celery),
            report=recorder.report,
        )
    )
    app.register_blueprint(mailbox.blueprint(config))
    socketio = SocketIO(
        app,
        async_mode=config.async_mode,
        json=Json,
        serializer=Packet,
        logger=Aside(library),
        engineio_logger=Aside(library),
        manage_session=False,
        cors_allowed_origins=[],  # the door has decided; Engine.IO is not to decide again, by other rules
        max_http_buffer_size=MESSAGE_LIMIT,
    )
    fanout = Fanout(socketio, direct=config.fanout == "direct")
    viewers = Viewers(relay, fanout)
    metrics = Metrics(relay, viewers, fanout)
    _listen(socketio, viewers, fanout, metrics)
    app.add_url_rule("/metrics", view_func=metrics.page)
    threading.Thread(target=viewers.run, name="phloem-viewers", daemon=True).start()
    app.wsgi_app = metrics.serving(Door(app.wsgi_app, config))  # type: ignore[assignment, method-assign]
    return app


def _listen(socketio: SocketIO, viewers: Viewers, fanout: Fanout, metrics: Metrics) -> None:
    """Hands each Socket.IO message to its handler. A message without its one argument is answered like any misfit."""

    def sid() -> str:
        return str(request.sid)  # type: ignore[attr-defined]

    def guarded(handler: Any) -> Any:
        """`handler` for those who read what they are sent; who only asks on is cut off."""

        def handle(*arguments: Any) -> Any:
            if not fanout.flooded(sid()):
                return handler(*arguments)
            viewers.cut(sid())
            return None

        return handle

    def on(name: str, handler: Any) -> None:
        def answer(*arguments: Any) -> Any:
            if len(arguments) != 1:
                return Refusal(error=f"{name} came with {len(arguments)} values; expected one object.")
            return handler(sid(), arguments[0])

        socketio.on_event(name, guarded(metrics.answering(name, answer)), namespace=NAMESPACE)

    def refuse(name: Any, *_: Any) -> Refusal:
        known = ", ".join(("watch", "seen", "unwatch"))
        return Refusal(error=f"There is no message {str(name)[:80]!r}; expected one of {known}.")

    def fail(error: Exception) -> Refusal:
        logger.error("A message could not be handled", exc_info=error)
        return Refusal(error="The server could not handle this message; its log says why.")

    socketio.on_event("connect", lambda *_: viewers.connect(sid()), namespace=NAMESPACE)
    socketio.on_event("disconnect", lambda *_: viewers.disconnect(sid()), namespace=NAMESPACE)
    on("watch", viewers.watch)
    on("seen", viewers.seen)
    on("unwatch", viewers.unwatch)
    socketio.on_event("*", guarded(metrics.answering("other", refuse)), namespace=NAMESPACE)
    socketio.on_error_default(fail)
