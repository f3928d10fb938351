"""Puts the web process together: HTTP, Socket.IO, and the door before both."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Flask
from flask_socketio import SocketIO

from phloem import redaction
from phloem.errors import PhloemError
from phloem.instrument import attachment
from phloem_server.access.application import Application
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.trail import Trail
from phloem_server.access.audit.witness import Witness
from phloem_server.access.errors import Forbidden
from phloem_server.access.limits import connections
from phloem_server.access.limits.limits import Limits
from phloem_server.access.principal import Principal
from phloem_server.api import routes
from phloem_server.api.calls.limiting import Limiting
from phloem_server.api.calls.resource import guard, note_code, of_error, of_forbidden
from phloem_server.api.first_rows import first_rows
from phloem_server.app.entrance import Entrance
from phloem_server.app.forwarding import forwarders
from phloem_server.app.loops import Loop, Loops
from phloem_server.app.metrics import Metrics
from phloem_server.app.observing import observer
from phloem_server.app.runtime import Runtime
from phloem_server.boards.activity import ActivityBoard
from phloem_server.boards.fleet import Fleet
from phloem_server.boards.queues import QueuesBoard
from phloem_server.boards.schedule import Schedule
from phloem_server.boards.views import ViewsBoard
from phloem_server.boards.worker_answers import WorkerInterview
from phloem_server.boards.workers import WorkersBoard
from phloem_server.control.brokers.management import Management
from phloem_server.control.destinations import Destinations
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.sender import Sender
from phloem_server.live import handlers
from phloem_server.live.admission_watch import AdmissionWatch
from phloem_server.live.announcements import Announcements
from phloem_server.live.audiences import Audiences
from phloem_server.live.board_hub import Board, BoardHub
from phloem_server.live.delivery import Delivery
from phloem_server.live.hub import Hub
from phloem_server.live.protocol import Json
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from phloem_server.transport.capacity import Admission
from phloem_server.transport.engineio.log import DebugLogger
from phloem_server.transport.engineio.packet import Packet
from phloem_server.transport.engineio.rooms import Rooms
from phloem_server.transport.fanout import Fanout
from phloem_server.transport.handshakes import Handshakes
from phloem_server.transport.open_files import connection_limit, waiting_limit
from phloem_server.web import errors, site
from phloem_server.web.middleware import segments
from phloem_server.web.middleware.forwarded import Forwarded
from phloem_server.web.middleware.prefix import Prefix

if TYPE_CHECKING:
    from phloem.record.record import Channel

MESSAGE_BYTES = 64 * 1024
"""Bytes of one message from a client, at most; the longest that fits the contract has a few hundred."""

library_logger = DebugLogger(logging.getLogger(f"{__name__}.socketio"))


def create_app(
    config: Config,
    *,
    follower: Follower,
    channel: Channel,
    registry: Registry,
    application: Application | None = None,
) -> Flask:
    """The WSGI application. Its threads are to be started and ended by `extensions["phloem"]`, a `Runtime`.

    Follower and channel are of one record; `registry` knows the Celery app whose tasks it shows and sends.
    `application` decides who may do what, where this is a part of one that does.
    """
    redaction.also(config.redact)
    entrance = Entrance.of(config, channel, application)
    app = Flask("phloem_server", static_folder=None)
    errors.register(app)
    app.register_error_handler(PhloemError, of_error)
    app.register_error_handler(Forbidden, of_forbidden)  # of calls, their blueprints tell it
    limits = Limits(config.limits)
    limiting = Limiting(limits, config.upload_limit)
    for before in (limiting.count_call, guard, limiting.count_work):
        app.before_request(before)
    for after in (note_code, limiting.tell):
        app.after_request(after)
    segments.register(app)
    management = Management(config.management_url) if config.management_url else None
    control = RemoteControl(registry.celery, management)
    fleet = Fleet(control, follower, every=config.survey_seconds, leases=channel.workers.all)
    schedule = Schedule(registry.celery, follower.runs, last_runs=follower.last_runs, prefix=config.prefix)
    socketio = _socketio(app, config)
    fanout = Fanout(socketio, direct=config.fanout == "direct")
    audiences = Audiences(follower.mirror)
    announcements = Announcements(follower, fanout, audiences, build=site.Build().name)
    delivery = Delivery(follower, fanout, audiences, announcements)
    hub = Hub(follower, fanout, audiences, announcements, delivery)
    shared_views = ViewsBoard(channel.views)
    board_hub = BoardHub(_boards(fleet, schedule, follower, shared_views), follower, fanout)
    trail = Trail(Chain.of(config, channel))
    witness = Witness(trail, config.trusted_proxies)
    app.register_blueprint(site.blueprint(follower=follower, first_rows=first_rows(follower)))
    for blueprint in routes.blueprints(
        config=config,
        follower=follower,
        row=follower.row,
        asks=entrance.protection.asks,
        known_sessions=entrance.sessions,
        accounts=entrance.accounts,
        channel=channel,
        registry=registry,
        sender=Sender(registry.celery, attachment.flush, attachment.sent),
        destinations=Destinations(registry.celery, control.consumed, follower.busy_queues),
        control=control,
        schedule=schedule,
        interview=WorkerInterview(control, follower.row),
        shared_views=shared_views,
        picture=lambda name, _: board_hub.picture(name),  # every principal sees the same
        report=attachment.report,
        chain=trail.chain,
    ):
        app.register_blueprint(blueprint)
    handshakes = Handshakes(
        waiting_limit(),
        count=lambda: fanout.sessions() - fanout.connected(),
        opening=fanout.opening,
        end=fanout.end,
    )
    admission = Admission(app.wsgi_app, connection_limit(config.connections), fanout.connected, handshakes)
    metrics = Metrics(follower, hub, fanout, admission)

    def admits(principal: Principal) -> bool:
        return admission.seats() and entrance.admits(principal)

    handlers.register(
        socketio.server,
        hub,
        board_hub,
        fanout,
        delivery.cut,
        metrics.answering,
        admits,
        refused=witness.refused,
        count=limits.count_message,
    )
    app.add_url_rule("/metrics", view_func=metrics.page)
    whole = segments.Segments(metrics.serving(witness.watching(entrance.door(connections.limiting(admission, limits)))))
    app.wsgi_app = Forwarded(Prefix(whole, config.prefix), config.trusted_proxies)  # type: ignore[method-assign]
    loops: dict[str, Loop] = {
        "follower": follower,
        "views": follower.views,
        "announcements": announcements,
        "delivery": delivery,
        "boards": board_hub,
        "fleet": fleet,
        "schedule": schedule.reader,
        "shared-views": shared_views,
        "handshakes": handshakes,
        "admissions": AdmissionWatch(hub, entrance.protection, entrance.sessions, entrance.shares),
        "audit": trail,
        **forwarders(config, trail.chain, channel.duties),
    }
    if config.observed_broker is not None:
        loops["observer"] = observer(config, follower=follower, channel=channel, registry=registry, ask=control.ask)
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
        always_connect=True,  # what a client is told at once comes after the answer that it is connected
        async_handlers=False,  # each client's messages are answered in their order, one at a time
        cors_allowed_origins=[],  # the door has decided; Engine.IO is not to decide again, by other rules
        max_http_buffer_size=MESSAGE_BYTES,
    )


def _boards(fleet: Fleet, schedule: Schedule, follower: Follower, views: ViewsBoard) -> dict[str, Board]:
    activity = ActivityBoard(follower)
    return {
        "workers": Board(WorkersBoard(fleet, follower).picture, fleet.look, fleet.keep_looking),
        "queues": Board(QueuesBoard(fleet, follower).picture, fleet.look, fleet.keep_looking),
        "schedule": Board(schedule.entries, schedule.reader.look, schedule.reader.keep_looking),
        "now": Board(activity.picture, part=activity.part),
        "views": Board(views.picture, views.look, views.keep_looking),
    }
