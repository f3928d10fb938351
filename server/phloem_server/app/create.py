"""Puts the web process together: HTTP, Socket.IO, and the door before both."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_socketio import SocketIO
from socketio import Server

from phloem.instrument import attachment
from phloem_server.access.door import Door
from phloem_server.api import routes
from phloem_server.app.metrics import Metrics
from phloem_server.boards.activity import ActivityBoard
from phloem_server.boards.fleet import Fleet
from phloem_server.boards.queues import QueuesBoard
from phloem_server.boards.schedule import Schedule
from phloem_server.boards.workers import WorkersBoard
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.sender import Sender
from phloem_server.live.announcements import Announcements
from phloem_server.live.audiences import Audiences
from phloem_server.live.board_hub import Board, Boards
from phloem_server.live.delivery import Delivery
from phloem_server.live.hub import Hub
from phloem_server.live.protocol import Json, Refusal
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from phloem_server.transport.capacity import Admission, connection_limit
from phloem_server.transport.engineio.log import DebugLogger
from phloem_server.transport.engineio.packet import NAMESPACE, Packet
from phloem_server.transport.engineio.rooms import Rooms
from phloem_server.transport.fanout import Fanout
from phloem_server.web import errors, site

if TYPE_CHECKING:
    from phloem.record.record import Channel

MESSAGE_LIMIT = 64 * 1024
"""Bytes of one message from a viewer; the longest that fits the contract has a few hundred."""

logger = logging.getLogger("phloem.viewers")
library = logging.getLogger("phloem.socketio")


def create_app(config: Config, *, follower: Follower, channel: Channel, registry: Registry) -> Flask:
    """The WSGI application. The follower is the caller's to start and to stop; `extensions["phloem"]` is its hub."""
    app = Flask("phloem_server", static_folder=None)
    app.config["SECRET_KEY"] = config.secret_key
    errors.register(app)
    sender = Sender(registry.celery, attachment.flush)
    app.register_blueprint(site.blueprint(follower=follower))
    control = RemoteControl(registry.celery)
    fleet = Fleet(control, follower, every=config.survey_seconds)
    schedule = Schedule(registry.celery, follower.runs)
    activity = ActivityBoard(follower)
    # With several processes on one port each request of who polls would reach another of them.
    transports = ["websocket"] if config.share_port else ["polling", "websocket"]
    socketio = SocketIO(
        app,
        transports=transports,
        async_mode=config.async_mode,
        json=Json,
        serializer=Packet,
        logger=DebugLogger(library),
        engineio_logger=DebugLogger(library),
        manage_session=False,
        client_manager=Rooms(),
        async_handlers=False,  # each viewer's messages are answered in their order, one at a time
        cors_allowed_origins=[],  # the door has decided; Engine.IO is not to decide again, by other rules
        max_http_buffer_size=MESSAGE_LIMIT,
    )
    fanout = Fanout(socketio, direct=config.fanout == "direct")
    audiences = Audiences(follower.mirror)
    announcements = Announcements(follower, fanout, audiences, build=site.Build().name)
    delivery = Delivery(follower, fanout, audiences, announcements)
    viewers = Hub(follower, fanout, audiences, announcements, delivery)
    admission = Admission(app.wsgi_app, connection_limit(config.connections), fanout.connected)
    boards = Boards(
        {
            "workers": Board(WorkersBoard(fleet, follower).picture, fleet.look, fleet.keep_looking),
            "queues": Board(QueuesBoard(fleet, follower).picture, fleet.look, fleet.keep_looking),
            "schedule": Board(schedule.entries),
            "now": Board(activity.picture, part=activity.part),
        },
        follower,
        fanout,
    )
    for blueprint in routes.blueprints(
        config=config,
        follower=follower,
        channel=channel,
        registry=registry,
        sender=sender,
        control=control,
        schedule=schedule,
        picture=lambda name, _: boards.picture(name),  # every principal sees the same
        report=attachment.report,
    ):
        app.register_blueprint(blueprint)
    metrics = Metrics(follower, viewers, fanout, admission)
    _listen(socketio.server, viewers, delivery, boards, fanout, metrics)
    app.add_url_rule("/metrics", view_func=metrics.page)
    app.extensions["phloem"] = viewers
    threading.Thread(target=announcements.run, name="phloem-announcements", daemon=True).start()
    threading.Thread(target=delivery.run, name="phloem-delivery", daemon=True).start()
    threading.Thread(target=boards.run, name="phloem-boards", daemon=True).start()
    fleet.start()
    app.wsgi_app = metrics.serving(Door(admission, config))  # type: ignore[assignment, method-assign]
    return app


def _listen(server: Server, viewers: Hub, delivery: Delivery, boards: Boards, fanout: Fanout, metrics: Metrics) -> None:
    """Hands each Socket.IO message to its handler. A message without its one argument is answered like any misfit.

    The handlers need nothing of Flask, so they are the server's own: Flask-SocketIO would make up an HTTP request
    for each message.
    """

    def guarded(handler: Any) -> Any:
        """`handler` for those who read what they are sent; who only asks on is cut off."""

        def handle(sid: str, *arguments: Any) -> Any:
            if fanout.flooded(sid):
                delivery.cut(sid)
                return None
            try:
                return handler(sid, *arguments)
            except Exception:
                logger.exception("A message could not be handled")
                return Refusal(error="The server could not handle this message; its log says why.")

        return handle

    def on(name: str, handler: Any) -> None:
        def answer(sid: str, *arguments: Any) -> Any:
            if len(arguments) != 1:
                return Refusal(error=f"{name} came with {len(arguments)} values; expected one object.")
            return handler(sid, arguments[0])

        server.on(name, guarded(metrics.answering(name, answer)), namespace=NAMESPACE)

    def either(viewed: Any, board: Any) -> Any:
        """Views and boards share the messages that open and close them."""
        return lambda sid, message: (board if Boards.meant(message) else viewed)(sid, message)

    def enter(sid: str, *_: Any) -> None:
        boards.connect(sid)
        viewers.connect(sid)

    def leave(sid: str, *_: Any) -> None:
        boards.disconnect(sid)
        viewers.disconnect(sid)

    refusing = metrics.answering("other", _refuse)
    server.on("connect", enter, namespace=NAMESPACE)
    server.on("disconnect", leave, namespace=NAMESPACE)
    on("watch", either(viewers.watch, boards.watch))
    on("seen", either(viewers.seen, boards.seen))
    on("unwatch", either(viewers.unwatch, boards.unwatch))
    server.on("*", lambda name, sid, *_: guarded(refusing)(sid, name), namespace=NAMESPACE)


def _refuse(_: str, name: Any) -> Refusal:
    return Refusal(error=f"There is no message {str(name)[:80]!r}; expected one of watch, seen, unwatch.")
