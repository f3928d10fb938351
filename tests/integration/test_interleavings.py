"""Recording, hearing, losing, reading, telling and watching in any order: in the end all clients show the same.

Only the sockets are paper. Redis, the record, follower, views, delivery and the client's store are real; pages, windows
and memories are made small, so that their ends are met often. Each seed is another order, the same at every run.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.commands.watch.store import Store
from phloem_server.live.cursor import BEHIND_AFTER
from phloem_server.live.protocol import Answer
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.list_view import ListView
from phloem_server.mirror.query.query import Query
from tests.unit.server.live.stage import Clients, Wire

SEEDS = range(60)
IDS = [f"{text}{number}" for text in ("a", 'b"q', "c\\x", "d\nl", "é\u2028", 'h,"queue":"n"\n') for number in range(2)]
STATES = (*(state for state in State if state is not State.LOST), None)
LISTS: list[dict[str, Any]] = [
    {"limit": 2},
    {"limit": 3, "state": ["STARTED", "PROGRESS"]},
    {"limit": 3, "name": "n"},
    {"limit": 2, "q": "m"},
    {"limit": 1, "state": ["STARTED", "RETRY"]},
]
ASKED: list[dict[str, Any]] = [*({"view": asked} for asked in LISTS), {"task": IDS[0]}, {"task": IDS[2]}]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem.record.redis_record.PAGE", 3)
    monkeypatch.setattr("phloem_server.mirror.follower.PAGE", 3)
    monkeypatch.setattr("phloem_server.mirror.list_view.SLICE", 2)
    monkeypatch.setattr("phloem_server.mirror.list_view.GONE_KEPT", 3)


class Restless(RedisChannel):
    """A record in which more happens between any two pages that are read, until it is `quiet`."""

    def __init__(self, settings: Settings, chance: random.Random) -> None:
        super().__init__(settings)
        self.quiet = False
        self._chance = chance
        self._said = 0

    def happen(self) -> None:
        """One to five events, of any kind, of any task."""
        self.record([self._event() for _ in range(self._chance.choice((1, 1, 2, 5)))])

    def changed(self, since: Position) -> Iterator[Changes]:
        for page in super().changed(since):
            yield page
            for _ in range(0 if self.quiet else self._chance.choice((0, 0, 1, 3))):
                self.happen()

    def _event(self) -> Event:
        self._said += 1
        chance = self._chance
        facts: dict[str, Any] = {}
        for name, values in (("name", ("n", 'x\\"y\n', 'z,"q":1')), ("worker", ("w", "w\n")), ("percent", (5.0, 50.0))):
            if chance.random() < 0.5:
                facts[name] = chance.choice(values)
        if chance.random() < 0.4:
            facts["log"] = (Line(at=1.0, level="info", message='m\n"'),)
        return Event(
            id=chance.choice(IDS),
            at=1000.0 + self._said,
            source="p",
            seq=self._said,
            state=chance.choice(STATES),
            run=chance.choice((None, "r1", 'r"2', "ré\n")),
            attempt=chance.randrange(3),
            **facts,
        )


@dataclass
class Watcher:
    """A client that keeps one watch, as the real ones do."""

    sid: str
    asked: dict[str, Any]
    clients: Clients
    wire: Wire
    store: Store = field(default_factory=Store)
    key: str | None = None
    read: int = 0

    def come(self) -> None:
        self.read = len(self.wire.sent)
        self.clients.hub.connect(self.sid)
        self.watch()

    def leave(self) -> None:
        for room in self.wire.rooms.values():
            room.discard(self.sid)
        self.clients.hub.disconnect(self.sid)
        self.sid += "'"

    def watch(self) -> None:
        """Asks, from where it has been; refused, it asks again with its next look."""
        self.key = None
        here = self.store.position
        since = {"since": {"epoch": here.epoch, "offset": here.offset}} if here else {}
        answer = self.clients.hub.watch(self.sid, {**self.asked, **since, "searching": self.store.searching})
        if isinstance(answer, Answer):
            self.store.answer(answer)
            self.key = answer.watch
        else:
            assert answer.again, answer

    def look(self) -> None:
        """Reads what was sent."""
        if self.key is None:
            self.watch()
        while self.read < len(self.wire.sent):
            sid, event, message = self.wire.sent[self.read]
            self.read += 1
            if sid != self.sid or event not in ("frame", "resync") or message.watch != self.key:
                continue
            if event == "resync" or not self.store.take(message):
                self.watch()
        if self.key is not None and self.store.position is not None:
            self.clients.hub.seen(self.sid, {"watch": self.key, "offset": self.store.position.offset})


class World:
    """One record, one process, several clients; and whatever can happen to them."""

    def __init__(self, redis_url: str, seed: int) -> None:
        self.chance = random.Random(seed)
        kept = self.chance.choice((4, 8, 100))
        settings = Settings(redis_url=redis_url, namespace=f"seed{seed}", retention_tasks=kept)
        self.channel = Restless(settings, self.chance)
        self.listening = self.channel.listen(idle=0.002)
        self.messages: list[Changes] = []
        self.interfering = False
        self.hear()
        self.follower = Follower(self.channel)
        self.wire = Wire()
        self.clients = Clients(self.follower, self.wire)
        self.follower.catch_up()
        self.follower.continuity.begin(settled_in=0)
        self.watchers: list[Watcher] = []
        self.wire.meanwhile = self.interfere

    def interfere(self) -> None:
        """Something happens while others wait for a socket: messages come in, and are taken in or not."""
        if not self.channel.quiet and not self.interfering and self.chance.random() < 0.1:
            self.interfering = True
            goes_on: list[Callable[[], object]] = [
                self.channel.happen,
                lambda: self.take(lost=0.05),
                self.follower.catch_up,
                self.follower.mirror.tend,
            ]
            self.chance.choice(goes_on)()
            self.interfering = False

    def hear(self) -> None:
        """Messages come in; they are not looked at yet."""
        while (message := next(self.listening)) is not None:
            if isinstance(message, Changes):
                self.messages.append(message)

    def take(self, lost: float) -> None:
        """The follower looks at some, or all, of what came. That share of them never came."""
        self.hear()
        while self.messages and (not lost or self.chance.random() < 0.8):
            message = self.messages.pop(0)
            if self.chance.random() < lost:
                continue
            if self.follower.fits(message):
                self.follower.take(message, heard=True)
            elif message.to > self.follower.position.offset:
                self.follower.catch_up()

    def step(self) -> None:
        kinds = {
            self.channel.happen: 35,
            lambda: self.take(lost=0.05): 20,
            lambda: self.follower.catch_up(flows=self.chance.random() < 0.6): 7,
            self.clients.delivery.flush: 18,
            self.clients.announcements.announce: 2,
            self.join: 5,
            self.follower.mirror.tend: 4,
        }
        if self.watchers:
            watcher = self.chance.choice(self.watchers)
            kinds |= {
                watcher.look: 5,
                lambda: self.fall_behind(watcher): 5,
                lambda: self.wire.blocked.symmetric_difference_update({watcher.sid}): 3,
                lambda: self.come_back(watcher): 3,
            }
        [happens] = self.chance.choices(list(kinds), list(kinds.values()))
        happens()

    def join(self) -> None:
        if len(self.watchers) < 8:
            watcher = Watcher(f"s{len(self.watchers)}", self.chance.choice(ASKED), self.clients, self.wire)
            self.watchers.append(watcher)
            watcher.come()

    def fall_behind(self, watcher: Watcher) -> None:
        """Nothing was heard of the client for a while."""
        for _, cursors in self.clients.audiences.each():
            if watcher.sid in cursors:
                cursors[watcher.sid].waiting_since = self.clients.clock.now - BEHIND_AFTER - 1

    def come_back(self, watcher: Watcher) -> None:
        """The connection breaks, having brought all or not; things happen, and the client is there again."""
        if self.chance.random() < 0.7:
            watcher.look()
        watcher.leave()
        self.channel.happen()
        self.take(lost=0.05)
        self.clients.delivery.flush()
        watcher.come()

    def settle(self) -> None:
        """Nothing happens any more, all is heard, and all clients look."""
        self.channel.quiet = True
        self.wire.blocked.clear()
        self.take(lost=0)
        self.follower.catch_up()
        for _ in range(6):
            for view in self.follower.mirror.opened():
                if isinstance(view, ListView) and not view.awaited:
                    self.follower.mirror.fill(view)
            self.clients.delivery.flush()
            for watcher in self.watchers:
                watcher.look()

    def compare(self) -> None:
        """With a follower that is new to the record."""
        fresh = Follower(self.channel)
        fresh.catch_up()
        assert list(self.follower.index.newest()) == list(fresh.index.newest())
        for watcher in self.watchers:
            asked, store = watcher.asked, watcher.store
            view = fresh.mirror.open(Query.parse(asked["view"], None) if "view" in asked else asked["task"])
            fresh.views.refresh(view)
            if isinstance(view, ListView):
                fresh.mirror.fill(view)
            else:
                logged = {entry.id for entry in self.channel.short_log(asked["task"], 500)}
                assert logged <= {entry.id for entry in store.log}, asked
            assert {task.id: task for task in store.tasks} == {task.id: task for task in view.news(None).put}, asked
            assert _present(store.totals) == _present(view.totals()), asked


def _present(totals: Any) -> dict[str, int]:
    return {state: count for state, count in totals.items() if count}


@pytest.mark.parametrize("seed", SEEDS)
def test_in_whatever_order_things_happen_all_clients_end_with_what_is_recorded(redis_url: str, seed: int) -> None:
    world = World(redis_url, seed)
    with closing(world.listening):
        for _ in range(world.chance.choice((30, 80, 150))):
            world.step()
        world.settle()
        world.compare()
