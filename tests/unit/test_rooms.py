"""Rooms of Socket.IO: who is in which, when somebody leaves, and what that costs."""

from __future__ import annotations

from flask import Flask
from flask_socketio import SocketIO
from socketio import Manager

from phloem_server.messages import Json
from phloem_server.rooms import Rooms


def manager() -> Manager:
    socketio = SocketIO(Flask("rooms"), async_mode="threading", json=Json, client_manager=Rooms())
    return socketio.server.manager


def test_one_viewer_a_room_and_all_are_found() -> None:
    rooms = manager()
    ann, bob, _ = (rooms.connect(f"session-{name}", "/") for name in ("ann", "bob", "cid"))
    for sid in (ann, bob):
        rooms.enter_room(sid, "/", "view")
    assert dict(rooms.get_participants("/", ann)) == {ann: "session-ann"}
    assert set(dict(rooms.get_participants("/", "view")).values()) == {"session-ann", "session-bob"}
    assert len(list(rooms.get_participants("/", None))) == 3
    assert list(rooms.get_participants("/", "nobody")) == []


def test_who_left_is_in_no_room_and_no_viewer_has_one_for_himself() -> None:
    rooms = manager()
    sids = [rooms.connect(f"session{number}", "/") for number in range(5)]
    for sid in sids:
        rooms.enter_room(sid, "/", "view")
    assert set(rooms.rooms["/"]) == {None, "view"}
    for sid in sids[1:]:
        rooms.disconnect(sid, "/", ignore_queue=True)
        assert list(rooms.get_participants("/", sid)) == []
    assert dict(rooms.get_participants("/", "view")) == {sids[0]: "session0"}
