from __future__ import annotations

import logging

import pytest
from socketio import packet

from phloem_server.live.protocol import Json
from phloem_server.transport.engineio.packet import Aside, Packet


@pytest.fixture(autouse=True)
def json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Packet, "json", Json)


@pytest.mark.parametrize(
    ("text", "kind", "data", "number"),
    [
        ('2["watch",{"view":{}}]', packet.EVENT, ["watch", {"view": {}}], None),
        ('27["seen"]', packet.EVENT, ["seen"], 7),
        ("0", packet.CONNECT, None, None),
        ('0{"token":1}', packet.CONNECT, {"token": 1}, None),
        ("1", packet.DISCONNECT, None, None),
        ('35["ok"]', packet.ACK, ["ok"], 5),
    ],
)
def test_what_viewers_send_is_read_as_it_is(text: str, kind: int, data: object, number: int | None) -> None:
    read = Packet(encoded_packet=text)
    assert (read.packet_type, read.data, read.id) == (kind, data, number)


@pytest.mark.parametrize(
    "sent",
    [
        *(
            "",
            "2",
            "2[",
            "2[]",
            "2{}",
            "2[1]",
            '2[["watch"]]',
            "2null",
            '2["disconnect"]',
            '2["connect"]',
            '2["*","a"]',
        ),
        *("4", '4"no"', "7", "x", "²", "2" + "9" * 101 + '["watch"]', "2" + "[" * 30_000, '2["\\ud800"]'),
        *('51-["watch",{"_placeholder":true,"num":0}]', "59999999999-[]", "599999999999-[]", "5²-[]", '50-["watch"]'),
        *(b"\x00\x01", b"", 5, 1.5, {"a": 1}, [], True),
    ],
)
def test_what_no_viewer_sends_is_an_event_that_nobody_handles(sent: object) -> None:
    read = Packet(encoded_packet=sent)
    assert read.packet_type == packet.EVENT
    (name,) = read.data
    assert name == f"({str(sent)[:80]})"


def test_who_awaits_an_answer_gets_one_as_far_as_the_id_could_be_read() -> None:
    assert Packet(encoded_packet='212["disconnect"]').id == 12
    assert Packet(encoded_packet='51-12["watch"]').id == 12


def test_left_alone_the_library_waits_for_attachments_and_lets_viewers_name_its_own_events() -> None:
    assert packet.Packet(encoded_packet='59999-["watch"]').attachment_count == 9999
    assert packet.Packet(encoded_packet='2["disconnect"]').data == ["disconnect"]


def test_what_is_sent_is_as_the_library_has_it() -> None:
    given = {"packet_type": packet.ACK, "namespace": "/", "id": 3, "data": [{"ok": True}]}
    assert Packet(**given).encode() == packet.Packet(**given).encode() == '33[{"ok":true}]'


def test_what_libraries_call_errors_is_said_aside(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log = Aside(logging.getLogger("phloem.socketio"))
    log.error("Invalid session %s", "x")
    log.exception("message handler error")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "Invalid session x"),
        ("DEBUG", "message handler error"),
    ]
