"""Puts the web process together: HTTP, Socket.IO, and the door before both."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Flask
from flask_socketio import SocketIO

from phloem.instrument import attachment
from phloem_server.access.door import Door
from phloem_server.api import routes
from phloem_server.app.loops import Loop, Loops
from phloem_server.app.metrics import Metrics
from phloem_server.app.runtime import Runtime
from phloem_server.boards.activity import ActivityBoard
from phloem_server.boards.fleet import Fleet
from phloem_server.boards.queues import QueuesBoard
from phloem_server.boards.schedule import Schedule
from phloem_server.boards.workers import WorkersBoard
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.sender import Sender
from phloem_server.live import handlers
from phloem_server.live.announcements import Announcements
from phloem_server.live.audiences import Audiences
from phloem_server.live.board_hub import Board, BoardHub
from phloem_server.live.delivery import Delivery
from phloem_server.live.hub import Hub
from phloem_server.live.protocol import Json
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from phloem_server.transport.capacity import Admission, connection_limit
from phloem_server.transport.engineio.log import DebugLogger
from phloem_server.transport.engineio.packet import Packet
from phloem_server.transport.engineio.rooms import Rooms
from phloem_server.transport.fanout import Fanout
from phloem_server.web import errors, site

if TYPE_CHECKING:
    from phloem.record.record import Channel

MESSAGE_BYTES = 64 * 1024
"""Bytes of one message from a client, at most; the longest that fits the contract has a few hundred."""

library_logger = DebugLogger(logging.getLogger(f"{__name__}.socketio"))


def create_app(config: Config, *, follower: Follower, channel: Channel, registry: Registry) -> Flask:
    """The WSGI application. Its threads are to be started and ended by `extensions["phloem"]`, a `Runtime`.

    Follower and channel are of one record; `registry` knows the Celery app whose tasks it shows and sends.
    """
    app = Flask("phloem_server", static_folder=None)
    app.config["SECRET_KEY"] = config.secret_key
    errors.register(app)
    control = RemoteControl(registry.celery)
    fleet = Fleet(control, follower, every=config.survey_seconds)
    schedule = Schedule(registry.celery, follower.runs)
    socketio = _socketio(app, config)
    fanout = Fanout(socketio, direct=config.fanout == "direct")
    audiences = Audiences(follower.mirror)
    announcements = Announcements(follower, fanout, audiences, build=site.Build().name)
    delivery = Delivery(follower, fanout, audiences, announcements)
    hub = Hub(follower, fanout, audiences, announcements, delivery)
    board_hub = BoardHub(_boards(fleet, schedule, follower), follower, fanout)
    app.register_blueprint(site.blueprint(follower=follower))
    for blueprint in routes.blueprints(
        config=config,
        follower=follower,
        channel=channel,
        registry=registry,
        sender=Sender(registry.celery, attachment.flush),
        control=control,
        schedule=schedule,
        picture=lambda name, _: board_hub.picture(name),  # every principal sees the same
        report=attachment.report,
    ):
        app.register_blueprint(blueprint)
    admission = Admission(app.wsgi_app, connection_limit(config.connections), fanout.connected)
    metrics = Metrics(follower, hub, fanout, admission)
    handlers.register(socketio.server, hub, board_hub, fanout, delivery.cut, metrics.answering)
    app.add_url_rule("/metrics", view_func=metrics.page)
    app.wsgi_app = metrics.serving(Door(admission, config))  # type: ignore[assignment, method-assign]
    loops: dict[str, Loop] = {
        "follower": follower,
        "views": follower.views,
        "announcements": announcements,
        "delivery": delivery,
        "boards": board_hub,
        "fleet": fleet,
    }
    app.extensions["phloem"] = Runtime(hub, fanout, Loops(loops))
    return app


def _socketio(app: Flask, config: Config) -> SocketIO:
    return SocketIO(
        app,
        # With several processes on one port each request of long-polling would reach another of them.
        transports=["websocket"] if config.share_port else ["polling", "websocket"],
        async_mode=config.async_mode,
        json=Json,
        serializer=Packet,
        logger=library_logger,
        engineio_logger=library_logger,
        manage_session=False,
        client_manager=Rooms(),
        async_handlers=False,  # each client's messages are answered in their order, one at a time
        cors_allowed_origins=[],  # the door has decided; Engine.IO is not to decide again, by other rules
        max_http_buffer_size=MESSAGE_BYTES,
    )


def _boards(fleet: Fleet, schedule: Schedule, follower: Follower) -> dict[str, Board]:
    activity = ActivityBoard(follower)
    return {
        "workers": Board(WorkersBoard(fleet, follower).picture, fleet.look, fleet.keep_looking),
        "queues": Board(QueuesBoard(fleet, follower).picture, fleet.look, fleet.keep_looking),
        "schedule": Board(schedule.entries),
        "now": Board(activity.picture, part=activity.part),
    }
