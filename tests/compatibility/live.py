"""Viewers of the first protocol: Socket.IO, packet by packet, over WebSocket and long-polling."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.compatibility.clients import ENGINE, Packets, Polling, WebSocket, ask
from tests.compatibility.normal import Normal
from tests.compatibility.processes import Stack, wait_until

REFUSED = (
    '["watch"]',
    '["watch",{},{}]',
    '["watch",null]',
    '["watch",[]]',
    '["watch","all"]',
    '["watch",{}]',
    '["watch",{"view":{},"task":"seed-sum"}]',
    '["watch",{"view":7}]',
    '["watch",{"view":{"colour":"red"}}]',
    '["watch",{"view":{"state":"DONE"}}]',
    '["watch",{"view":{"state":{}}}]',
    '["watch",{"view":{"limit":0}}]',
    '["watch",{"view":{"limit":1.5}}]',
    '["watch",{"view":{"before":-1}}]',
    '["watch",{"view":{"within":true}}]',
    '["watch",{"view":{"not":[]}}]',
    '["watch",{"view":{"not":{"colour":"red"}}}]',
    '["watch",{"view":{"not":{"name":["*********************"]}}}]',
    '["watch",{"view":{"q":["a"]}}]',
    '["watch",{"task":""}]',
    '["watch",{"task":7}]',
    f'["watch",{{"task":"{257 * "x"}"}}]',
    '["watch",{"view":{},"since":7}]',
    '["watch",{"view":{},"since":{"epoch":1}}]',
    '["watch",{"view":{},"since":{"offset":-0.5}}]',
    '["watch",{"view":{},"searching":"yes"}]',
    '["watch",{"board":"weather"}]',
    '["watch",{"board":7}]',
    '["watch",{"board":"now","since":{}}]',
    '["watch",{"board":"now","task":"seed-sum"}]',
    '["seen"]',
    '["seen",{},{}]',
    '["seen",{}]',
    '["seen",{"watch":"none"}]',
    '["seen",{"watch":"none","offset":1}]',
    '["seen",{"watch":"none","offset":"1"}]',
    '["seen",{"watch":"board:none","offset":1}]',
    '["seen",{"watch":"board:now"}]',
    '["unwatch",{}]',
    '["unwatch",{"watch":7}]',
    '["unwatch",{"watch":"none"}]',
    '["unwatch",{"watch":"board:now"}]',
    '["unwatch","none"]',
    '["hello"]',
    '["hello",{"a":1},2]',
    '["connect",{}]',
    '["*"]',
    "[7]",
    "[]",
    "{}",
    "[",
)

VIEWS = (
    '{"view":{}}',
    '{"view":{"state":"SUCCESS","limit":1}}',
    '{"view":{"state":["FAILURE","REVOKED"],"name":"shop.*","not":{"q":"nobody","state":"REVOKED"}}}',
    '{"view":{"queue":"nobody","within":3600,"older":0.001}}',
    '{"view":{"q":"Warehouse","parent_id":"seed-sum"},"unknown":1}',
    '{"view":{"worker":"nobody"},"since":null,"searching":true}',
    '{"task":"seed-sum"}',
    '{"task":"seed-import"}',
    '{"task":"seed-broken"}',
    '{"task":"none"}',
)


class Talk:
    """What viewers say and hear. `told` has it, under what was said."""

    def __init__(self, stack: Stack, normal: Normal) -> None:
        self._stack, self._normal = stack, normal
        self.told: dict[str, str] = {}

    def _tell(self, name: str, *packets: str) -> None:
        assert name not in self.told, f"{name} was said before"
        self.told[name] = "\n".join(map(self._normal.text, packets))

    def _call(self, viewer: Packets, message: str, name: str = "") -> Any:
        """Says something that is answered, and tells the answer; gives what it says."""
        _, answer = viewer.call(message)
        self._tell(name or (message if len(message) < 150 else message[:80] + "…"), answer)
        return json.loads(answer[answer.index("[") :])[0]

    def _alone(self, others: int = 0) -> None:
        """Waits until so many others are connected."""
        figure = f"\nphloem_viewers {others}.0\n"
        wait_until(lambda: figure in ask(self._stack.port, "GET", "/metrics").text, lambda: f"not {others} viewers")

    def _viewer(self, others: int = 0) -> WebSocket:
        """Somebody who is connected, and was told the status, when so many others are."""
        self._alone(others)
        viewer = WebSocket(self._stack.port)
        viewer.hear(lambda packet: packet.startswith("0"))
        viewer.send("40")
        viewer.hear(lambda packet: packet.startswith("40"))
        viewer.event("status")
        return viewer

    def refusals(self) -> None:
        """How one connects, and all that is refused."""
        with WebSocket(self._stack.port) as viewer:
            self._tell("connect: WebSocket", self._normal.head(viewer.head))
            self._tell("connect: Engine.IO", viewer.hear(lambda packet: packet.startswith("0")))
            viewer.send("40/elsewhere,")
            self._tell("connect to another namespace", viewer.hear(lambda packet: packet.startswith("44")))
            viewer.send('40{"token":"any"}')
            self._tell("connect to /", viewer.hear(lambda packet: packet.startswith("40")), viewer.event("status"))
            for message in REFUSED:
                self._call(viewer, message)
            viewer.send("3")
            viewer.send('451-["watch",{"_placeholder":true,"num":0}]')
            viewer.send('42["watch",{"board":"weather"}]')  # neither wants an answer
            self._call(viewer, '["seen",{"watch":"x","offset":0}]', "after what wanted no answer")
        for query in ("EIO=3&transport=polling", "EIO=4&transport=carrier", "EIO=4&transport=polling&sid=none"):
            answer = ask(self._stack.port, "GET", f"/socket.io/?{query}")
            self._tell(f"GET /socket.io/?{query}", self._normal.answer(answer))
        answer = ask(self._stack.port, "POST", f"{ENGINE}polling&sid=none", None, b"40")
        self._tell("POST /socket.io/ with a session that is none", self._normal.answer(answer))
        stranger = {"Origin": "https://evil.example", "Upgrade": "websocket", "Connection": "Upgrade"}
        answer = ask(self._stack.port, "GET", f"{ENGINE}websocket", stranger)
        self._tell("a WebSocket from elsewhere", self._normal.answer(answer))

    def boards(self) -> None:
        """The boards: the answer, and what is pushed first."""
        with self._viewer() as viewer:
            for board in ("workers", "queues", "schedule", "now"):
                self._call(viewer, f'["watch",{{"board":"{board}"}}]')
                self._tell(f"board {board}", viewer.event("board", f'"watch":"board:{board}"'))
                self._call(viewer, f'["seen",{{"watch":"board:{board}","offset":7}}]')
                self._call(viewer, f'["unwatch",{{"watch":"board:{board}"}}]', f"leave board {board}")

    def views(self) -> None:
        """Views of lists and tasks, and what is told while tasks change."""
        with self._viewer() as viewer:
            for view in VIEWS:
                answer = self._call(viewer, f'["watch",{view}]')
                self._call(viewer, f'["unwatch",{{"watch":"{answer["watch"]}"}}]', f"unwatch after {view}")
            self._resumption(viewer)
        with self._viewer() as viewer:
            for number in range(50):
                viewer.call(f'["watch",{{"view":{{"q":"{number}"}}}}]')
            self._call(viewer, '["watch",{"view":{"q":"50"}}]', "the 51st view")

    def _resumption(self, viewer: Packets) -> None:
        """Who was there before."""
        view: dict[str, Any] = {"view": {"name": "shop.hold"}}
        here = self._call(viewer, json.dumps(["watch", view]), "watch before it is resumed")
        epoch, offset = here["epoch"], here["offset"]
        for name, since in (
            ("from there", {"epoch": epoch, "offset": offset}),
            ("from the beginning", {"epoch": epoch, "offset": 0}),
            ("without an epoch", {"epoch": "", "offset": offset}),
            ("of another record", {"epoch": "another", "offset": 1}),
            ("from nowhere", {}),
            ("from ahead", {"epoch": epoch, "offset": offset + 1000}),
        ):
            self._call(viewer, json.dumps(["watch", {**view, "since": since}]), f"resume {name}")
        searching = {**view, "since": {"epoch": epoch, "offset": offset}, "searching": True}
        self._call(viewer, json.dumps(["watch", searching]), "resume while searching")
        self._call(viewer, f'["unwatch",{{"watch":"{here["watch"]}"}}]', "unwatch what was resumed")

    def changes(self, others: int) -> None:
        """A task that runs says something, goes on, and ends. So many others look at it."""
        with self._viewer(others) as viewer:
            listed = self._call(viewer, '["watch",{"view":{"name":"shop.hold"}}]', "watch a list")["watch"]
            running = self._call(viewer, '["watch",{"view":{"state":"PROGRESS"}}]', "watch what runs")["watch"]
            task = self._call(viewer, '["watch",{"task":"seed-hold"}]', "watch a task")
            looked = {"the list": listed, "the task": task["watch"]}

            def told(words: str, sign: str) -> None:
                self._stack.tell(words)
                for name, key in looked.items():
                    frame = viewer.frame(key, sign)
                    self._tell(f"{words}: {name}", frame)
                    said = {"watch": key, "offset": json.loads(frame[2:])[1]["to"]}
                    self._call(viewer, json.dumps(["seen", said]), f"{words}: seen in {name}")

            self._stack.tell("say anything")  # the first frame may repeat what was read when the task was opened
            for key in looked.values():
                viewer.frame(key, '"message":"anything"')
            told("say one more thing", '"message":"one more thing"')
            told("turn", '"current":2.0')
            with self._viewer(others + 1) as another:
                another.call('["watch",{"view":{"name":"shop.hold"}}]')
                self._tell("another comes", viewer.frame(listed, '"watching":{"view":2,'))
            self._alone(others + 1)
            told("end", '"state":"SUCCESS"')
            self._tell("end: what runs", viewer.frame(running, '"drop":["seed-hold"]'))
            self._alone(1)  # those who waited for the task have left
            since = {"epoch": task["epoch"], "offset": task["offset"]}
            for name, said in (("the list", {"view": {"name": "shop.hold"}}), ("the task", {"task": "seed-hold"})):
                self._call(viewer, json.dumps(["watch", {**said, "since": since}]), f"resume {name} after that")
            self._call(viewer, json.dumps(["unwatch", {"watch": running}]), "unwatch what runs")

    def polling(self) -> None:
        """Long-polling, and how it becomes a WebSocket."""
        self._alone()
        with Polling(self._stack.port) as viewer:
            self._normal.learn(viewer.sid, "<sid>")
            self._tell("polling: connect", self._normal.answer(viewer.opened))
            viewer.send("40")
            assert viewer.posted is not None
            self._tell("polling: posted", self._normal.answer(viewer.posted))
            self._tell("polling: /", viewer.hear(lambda packet: packet.startswith("40")), viewer.event("status"))
            self._call(viewer, '["watch",{"task":"seed-sum"}]', "polling: watch a task")
            self._call(viewer, '["watch",{"view":{"colour":"red"}}]', "polling: a refusal")
            self._call(viewer, '["watch",{"board":"schedule"}]', "polling: watch a board")
            self._tell("polling: a board", viewer.event("board"))
            with WebSocket(self._stack.port, sid=viewer.sid) as better:
                self._tell("upgrade", self._normal.head(better.head))
                better.send("2probe")
                self._tell("upgrade: probe", better.hear(lambda packet: packet.startswith("3")))
                better.send("5")
                self._call(better, '["seen",{"watch":"task:seed-sum","offset":0}]', "upgraded: seen")
                self._call(better, '["unwatch",{"watch":"task:seed-sum"}]', "upgraded: unwatch")
                better.send("1")

    def loss(self, meanwhile: Callable[[], None]) -> None:
        """Redis goes away."""
        with self._viewer() as viewer:
            viewer.call('["watch",{"view":{"limit":1}}]')
            self._stack.kill("worker")
            self._stack.kill("redis")
            self._tell("Redis is lost", viewer.event("status", '"live":false'))
            self._call(viewer, '["watch",{"view":{"state":"FAILURE","limit":1}}]', "lost: watch")
            self._call(viewer, '["watch",{"board":"now"}]', "lost: watch a board")
            meanwhile()
