"""Packets of Socket.IO: what a client sends is read strictly, and an event is encoded as the library does."""

from __future__ import annotations

import pytest
from socketio import packet

from phloem_server.live.protocol import Json
from phloem_server.transport.engineio.packet import Packet, event_packet


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
def test_what_clients_send_is_read_as_it_is(text: str, kind: int, data: object, number: int | None) -> None:
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
def test_what_no_client_sends_is_an_event_without_a_handler(sent: object) -> None:
    read = Packet(encoded_packet=sent)
    assert read.packet_type == packet.EVENT
    (name,) = read.data
    assert name == f"({str(sent)[:80]})"


def test_the_id_of_an_awaited_answer_is_kept_as_far_as_it_could_be_read() -> None:
    assert Packet(encoded_packet='212["disconnect"]').id == 12
    assert Packet(encoded_packet='51-12["watch"]').id == 12


def test_the_library_itself_waits_for_attachments_and_takes_its_own_events_from_clients() -> None:
    assert packet.Packet(encoded_packet='59999-["watch"]').attachment_count == 9999
    assert packet.Packet(encoded_packet='2["disconnect"]').data == ["disconnect"]


def test_what_is_sent_is_as_the_library_has_it() -> None:
    given = {"packet_type": packet.ACK, "namespace": "/", "id": 3, "data": [{"ok": True}]}
    assert Packet(**given).encode() == packet.Packet(**given).encode() == '33[{"ok":true}]'


def test_an_event_is_encoded_as_the_library_does() -> None:
    assert event_packet(Packet, "frame", {"number": 1}).encode() == '42["frame",{"number":1}]'
