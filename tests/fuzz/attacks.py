"""What is said to the server, level by level. Each attack is one visit; it gives how many messages it said."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis

from tests.fuzz.mutate import VALUES, bent, deep, retold
from tests.fuzz.wire import BINARY, CLOSE, PING, TEXT, Wire, frame, handshake, request

VISIT = 60
"""Messages over one connection, at most."""


@dataclass(kw_only=True)
class Target:
    """The server, and what was recorded of real conversations with it: what viewers say, and what Redis publishes."""

    port: int
    redis_url: str
    channel: str
    meta: str
    epoch: str
    watches: tuple[str, ...]
    tasks: tuple[str, ...]
    published: Sequence[bytes] = field(default_factory=list)

    @property
    def messages(self) -> list[list[Any]]:
        """Socket.IO events as viewers send them."""
        since = {"epoch": self.epoch, "offset": 3}
        return [
            ["watch", {"view": {}}],
            ["watch", {"view": {"state": ["STARTED", "FAILURE"], "name": "a*", "limit": 20}, "since": since}],
            ["watch", {"view": {"queue": "celery", "worker": "w@h", "q": "a"}}],
            ["watch", {"task": self.tasks[0], "since": since}],
            ["seen", {"watch": self.watches[0], "offset": 5}],
            ["unwatch", {"watch": self.watches[-1]}],
        ]

    @property
    def packets(self) -> list[bytes]:
        """Engine.IO packets as viewers send them."""
        texts = [json.dumps(message) for message in self.messages]
        return [
            *(f"42{text}".encode() for text in texts),
            *(f"42{number}{text}".encode() for number, text in enumerate(texts)),
            *(b"40", b"41", b"2probe", b"5", b"3", b'431["ok"]', b'451-["watch",{"_placeholder":true,"num":0}]'),
        ]

    @property
    def requests(self) -> list[bytes]:
        """Requests as programs send them."""
        body = json.dumps({"name": "some.task", "kwargs": {"a": 1}}).encode()
        form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nabc\r\n--b--\r\n'
        task = self.tasks[0]
        return [
            request("GET", "/", self.port),
            request("GET", "/healthz", self.port),
            request("GET", "/api/v1/tasks?state=STARTED&name=a*&q=x&limit=5&before=9", self.port),
            request("GET", f"/api/v1/tasks/{task}", self.port),
            request("GET", f"/api/v1/tasks/{task}/log?after=1-1&limit=5", self.port),
            request("GET", "/api/v1/registry", self.port),
            request("GET", "/api/v1/files/0123456789abcdef", self.port, Range="bytes=0-5"),
            request("POST", "/api/v1/tasks", self.port, body, Content_Type="application/json"),
            request("POST", f"/api/v1/tasks/{task}/revoke", self.port, b"{}", Content_Type="application/json"),
            request("POST", "/api/v1/uploads", self.port, form, Content_Type="multipart/form-data; boundary=b"),
            request("GET", "/socket.io/?EIO=4&transport=polling", self.port),
            request("POST", "/socket.io/?EIO=4&transport=polling&sid=x", self.port, b'42["watch",{"view":{}}]'),
            handshake(self.port),
        ]


def junk(target: Target, chance: random.Random) -> int:
    """Bytes to the port that are hardly HTTP."""
    with Wire(target.port) as wire:
        if chance.random() < 0.2:
            wire.send(chance.randbytes(chance.choice((1, 10, 1000, 70_000))))
        else:
            wire.send(bent(chance, chance.choice(target.requests), target.requests))
        if chance.random() < 0.5:
            wire.read(0.05)
        if chance.random() < 0.3:
            wire.reset()
    return 1


def calls(target: Target, chance: random.Random) -> int:
    """HTTP calls that are well-formed and say nonsense."""
    said = 0
    with Wire(target.port) as wire:
        for _ in range(chance.randint(1, 10)):
            path = chance.choice(
                ("/api/v1/tasks", "/api/v1/tasks/a/revoke", "/api/v1/tasks/a/retry", "/api/v1/uploads", "/sign-in", "/")
            )
            if chance.random() < 0.5:
                query = bent(chance, b"state=STARTED&name=a*&limit=5&before=9&after=1-1", target.packets)
                escaped = "".join(chr(c) if chr(c).isalnum() or c in b"&=*-" else f"%{c:02X}" for c in query)
                wire.send(request("GET", f"/api/v1/tasks{chance.choice(('', '/x', '/x/log'))}?{escaped}", target.port))
            else:
                content = retold(chance, {"name": "a.b", "args": [1], "kwargs": {"a": 1}, "countdown": 1, "eta": "x"})
                body = deep(chance).encode() if chance.random() < 0.1 else json.dumps(content).encode()
                wire.send(request("POST", path, target.port, body, Content_Type="application/json"))
            said += 1
            wire.read(0.2)  # some wait for workers that do not come
            if not wire.open:
                break
    return said


def upgrades(target: Target, chance: random.Random) -> int:
    """Requests for a WebSocket that are not quite right, and a word or two after them."""
    paths = ("/socket.io/?EIO=4&transport=websocket", "/socket.io/?EIO=3&transport=websocket", "/socket.io/", "/",
             "/socket.io/?EIO=4&transport=websocket&sid=nobody", "/socket.io/?EIO=4&transport=nothing")  # fmt: skip
    faults: list[dict[str, str]] = [
        {},
        {"Sec_WebSocket_Version": chance.choice(("0", "7", "8", "99", "x", ""))},
        {"Sec_WebSocket_Key": chance.choice(("", "x", "é", "a" * 5000))},
        {"Connection": chance.choice(("close", "keep-alive, Upgrade", "Upgrade, Upgrade"))},
        {"Upgrade": chance.choice(("WebSocket", "h2c", ""))},
        {
            "Sec_WebSocket_Extensions": chance.choice(
                ("permessage-deflate", "permessage-deflate; client_max_window_bits")
            )
        },
        {"Sec_WebSocket_Protocol": "a, b"},
        {"Content_Length": chance.choice(("5", "-1", "99999999", "x"))},
        {"Origin": chance.choice(("null", "http://elsewhere", "http://127.0.0.1"))},
    ]
    data = handshake(target.port, chance.choice(paths), **chance.choice(faults))
    if chance.random() < 0.2:
        lines = data.split(b"\r\n")
        del lines[chance.randrange(1, len(lines) - 2)]
        data = b"\r\n".join(lines)
        if chance.random() < 0.5:  # a draft that some libraries still speak
            data = (
                data[:-2]
                + b"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1 .P00\r\n\r\n^n:ds[4U"
            )
    with Wire(target.port) as wire:
        wire.send(data)
        wire.read(0.1)
        if wire.open and chance.random() < 0.5:
            wire.send(frame(chance.choice(target.packets)))
        wire.read(0.01)
    return 1


def frames(target: Target, chance: random.Random) -> int:
    """WebSocket frames that RFC 6455 does not allow, or allows and nobody sends."""

    def one() -> bytes:
        payload = chance.choice((b"", b"3", *target.packets))
        match chance.randrange(12):
            case 0:
                return frame(payload, chance.randrange(16), fin=chance.random() < 0.5, rsv=chance.randrange(8))
            case 1:
                return frame(payload, masked=False)
            case 2:
                return frame(payload, length=chance.choice((2**63, 2**64 - 1, 2**31, 65_537, 65_535)))
            case 3:
                return frame(chance.randbytes(chance.choice((126, 1000))), chance.choice((CLOSE, PING)))
            case 4:
                return frame(chance.randbytes(chance.randrange(20)), TEXT)
            case 5:
                return frame(chance.randbytes(chance.choice((0, 1, 2, 10))), CLOSE)
            case 6:
                return frame(chance.randbytes(chance.choice((1, 66_000, 64_000))), BINARY)
            case 7:
                return frame(payload, TEXT, fin=False) + frame(payload, TEXT)
            case 8:
                return b"".join(
                    [frame(payload, TEXT, fin=False)] + [frame(b"x" * 30_000, 0, fin=False)] * chance.choice((1, 5, 40))
                )
            case 9:
                return frame(payload, 0)
            case 10:
                return frame(b"", TEXT, fin=False) + frame(b"", 0, fin=False) * 300
            case _:
                return frame(b"", chance.choice((PING, 10))) * 10

    return _converse(target, chance, one, greeted=chance.random() < 0.7, most=8)


def packets(target: Target, chance: random.Random) -> int:
    """Engine.IO and Socket.IO packets, mutated or made up."""

    def one() -> bytes:
        match chance.randrange(10):
            case 0 | 1 | 2:
                return frame(bent(chance, chance.choice(target.packets), target.packets))
            case 3:
                return frame(f"4{chance.choice('25')}{chance.choice(('', '1', '[', deep(chance)))}".encode()[:64_000])
            case 4:
                count = chance.choice(("1", "9999999999", "0", "-1", "99999999999", "²"))
                return frame(f'45{count}-["watch",{{"_placeholder":true,"num":{count}}}]'.encode()) + frame(
                    b"x" * chance.choice((1, 60_000)), BINARY
                ) * chance.choice((1, 1, 20))
            case 5:
                return frame(f'42{chance.choice((9**9, 9**90, 9**120))}["watch",{{"view":{{}}}}]'.encode())
            case 6:
                return frame(
                    chance.choice((b"40/unknown,", b'40/a?b=c,{"a":1}', b"40[]", b"41/unknown,", b"44", b"46"))
                )
            case 7:
                values = [chance.choice(VALUES)(chance) for _ in range(chance.randrange(4))]
                return frame(f"42{chance.choice(('', '7'))}{json.dumps(values)}".encode()[:64_000])
            case 8:
                return frame(chance.choice((b"", b"7", b"x", b"b", b"bAAAA", b"b!!", b"\xef\xbb\xbf4", "²".encode())))
            case _:
                return frame(chance.choice((b"1", b"0", b"6", b"5", b"2", b"3", b"41", b"40", b"43[]", b'431{"a":1}')))

    return _converse(target, chance, one, greeted=chance.random() < 0.9)


def messages(target: Target, chance: random.Random) -> int:
    """Messages that viewers could send, but do not: well-formed, and as much as can be had."""

    def one() -> bytes:
        number = chance.choice(("", "1", "77"))
        name, content = chance.choice(target.messages)
        match chance.randrange(6):
            case 0:
                content = {"view": {chance.choice(("q", "name", "queue", "worker")): chance.randbytes(4).hex()}}
                return _event(number, "watch", content)
            case 1:
                return _event(number, "watch", {"task": chance.randbytes(8).hex()})
            case 2:
                return _event(number, "watch", {"view": {"name": "*a" * chance.randrange(40) + "*b"}})
            case 3:
                key = chance.choice((*target.watches, "", "x" * 200))
                return _event(number, chance.choice(("seen", "unwatch")), {"watch": key, "offset": 2**62})
            case 4:
                return _event(number, chance.choice((name, "seen", "nothing", "connect", "disconnect")), content, *"ab")
            case _:
                return _event(number, name, retold(chance, content))

    return _converse(target, chance, one)


def polling(target: Target, chance: random.Random) -> int:
    """Long-polling, with several requests at once and packets that do not belong."""
    base = "/socket.io/?EIO=4&transport=polling"
    with Wire(target.port) as wire:
        wire.send(request("GET", base, target.port))
        answer = wire.read()
        _, found, rest = answer.partition(b'"sid":"')
        sid = rest.partition(b'"')[0].decode() if found else "nobody"
        said = 1
        for _ in range(chance.randint(1, 10)):
            some = [
                bent(chance, chance.choice(target.packets), target.packets) for _ in range(chance.choice((1, 2, 20)))
            ]
            if chance.random() < 0.5:
                some.insert(0, b"40")
            body = chance.choice((b"\x1e".join(some), b"d=" + some[0], b"", b"x" * 70_000))
            wire.send(request(chance.choice(("POST", "POST", "PUT")), f"{base}&sid={sid}", target.port, body))
            said += 1
            wire.read(0.1)
            if chance.random() < 0.2:
                wire.send(request("GET", f"{base}&sid={sid}{chance.choice(('', '&j=1', '&j=x'))}", target.port))
                said += 1
                wire.read(0.05)
            if not wire.open:
                break
    return said


def publications(target: Target, chance: random.Random) -> int:
    """Messages on the channel of events that Phloem did not publish, or not so."""
    with redis.Redis.from_url(target.redis_url) as client:
        for _ in range(VISIT):
            here = int(client.hget(target.meta, "offset") or 0)
            client.publish(target.channel, _publication(target, chance, here))
    return VISIT


def _publication(target: Target, chance: random.Random, here: int) -> bytes:
    real = chance.choice(target.published)
    match chance.randrange(7):
        case 0 | 1:
            return bent(chance, real, target.published)
        case 2:
            return json.dumps(retold(chance, json.loads(real))).encode()
        case 3:
            content = json.loads(real)
            place = chance.choice((0, -1, 2**53, 2**62, 2**63 - 1, 2**64, content["to"] + 10**6, content["from"] - 1))
            content[chance.choice(("from", "to"))] = place
            content["epoch"] = chance.choice((content["epoch"], "another", ""))
            return json.dumps(content).encode()
        case 4:  # what a relay takes for the next message, and applies
            content = json.loads(real)
            for task in content["tasks"]:
                task["offset"] = here + 1
            content = retold(chance, content)
            if isinstance(content, dict):
                content |= {"epoch": target.epoch, "from": here - 100, "to": here + chance.choice((1, 10, 1000, 2**62))}
            return json.dumps(content).encode()
        case 5:
            return chance.choice((b"", b"null", b"[]", b"1", chance.randbytes(100), b"x" * 1_000_000))
        case _:
            return deep(chance).encode()


def _converse(
    target: Target, chance: random.Random, one: Callable[[], bytes], *, greeted: bool = True, most: int = VISIT
) -> int:
    """Opens a WebSocket, says things over it until it is closed, and leaves in one way or another."""
    said = 0
    with Wire(target.port) as wire:
        wire.send(handshake(target.port))
        wire.read()
        if greeted:
            wire.send(frame(b"40"))
            wire.read()
        for _ in range(chance.randint(1, most)):
            wire.send(one())
            said += 1
            wire.read_all()
            if not wire.open:
                break
        match chance.randrange(4):
            case 0:
                wire.reset()
            case 1:
                wire.send(frame(b"\x03\xe8", CLOSE))
                wire.read(0.5)
            case 2:
                wire.send(frame(b"1"))
                wire.read(0.5)
    return said


def _event(number: str, name: str, *contents: Any) -> bytes:
    return frame(f"42{number}{json.dumps([name, *contents])}".encode()[:64_000])


LEVELS: dict[Callable[[Target, random.Random], int], int] = {
    junk: 10,
    calls: 4,
    upgrades: 8,
    frames: 8,
    packets: 10,
    messages: 10,
    polling: 4,
    publications: 3,
}
"""Each level, and how often it is attacked."""
