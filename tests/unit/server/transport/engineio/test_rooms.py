"""Rooms of Socket.IO: which clients are in which, also while others leave."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from flask_socketio import SocketIO
from socketio import Manager

from phloem_server.live.protocol import Json
from phloem_server.transport.engineio.rooms import Rooms


def manager() -> Manager:
    socketio = SocketIO(Flask("rooms"), async_mode="threading", json=Json, client_manager=Rooms())
    return socketio.server.manager


def test_one_client_a_room_and_all_clients_are_found() -> None:
    rooms = manager()
    ann, bob, _ = (rooms.connect(f"session-{name}", "/") for name in ("ann", "bob", "cid"))
    for sid in (ann, bob):
        rooms.enter_room(sid, "/", "view")
    assert dict(rooms.get_participants("/", ann)) == {ann: "session-ann"}
    assert set(dict(rooms.get_participants("/", "view")).values()) == {"session-ann", "session-bob"}
    assert len(list(rooms.get_participants("/", None))) == 3
    assert list(rooms.get_participants("/", "unknown")) == []


def test_a_client_that_disconnected_is_in_no_room_and_none_has_a_room_of_its_own() -> None:
    rooms = manager()
    sids = [rooms.connect(f"session{number}", "/") for number in range(5)]
    for sid in sids:
        rooms.enter_room(sid, "/", "view")
    assert set(rooms.rooms["/"]) == {None, "view"}
    for sid in sids[1:]:
        rooms.disconnect(sid, "/", ignore_queue=True)
        assert list(rooms.get_participants("/", sid)) == []
    assert dict(rooms.get_participants("/", "view")) == {sids[0]: "session0"}


class Dropping(dict[Any, Any]):
    """Rooms each of which waits a moment before it is dropped, for another client to enter meanwhile."""

    def __init__(self, rooms: dict[Any, Any]) -> None:
        super().__init__(rooms)
        self.begun = threading.Event()
        self.entered = threading.Event()

    def __delitem__(self, room: Any) -> None:
        self.begun.set()
        self.entered.wait(0.2)
        super().__delitem__(room)


def test_a_client_that_enters_a_room_that_the_last_one_is_leaving_is_in_it() -> None:
    rooms = manager()
    ann, bob = (rooms.connect(f"session-{name}", "/") for name in ("ann", "bob"))
    rooms.enter_room(ann, "/", "view")
    dropping = rooms.rooms["/"] = Dropping(rooms.rooms["/"])

    def enter() -> None:
        rooms.enter_room(bob, "/", "view")
        dropping.entered.set()

    leaving = threading.Thread(target=rooms.leave_room, args=(ann, "/", "view"))
    leaving.start()
    assert dropping.begun.wait(20)
    entering = threading.Thread(target=enter)
    entering.start()
    leaving.join(20)
    entering.join(20)
    assert dict(rooms.get_participants("/", "view")) == {bob: "session-bob"}
