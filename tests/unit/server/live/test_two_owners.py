"""What a client that is limited to an owner is sent does not depend on what happens to the tasks of others."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from phloem.model.changes import Position
from phloem.model.state import State
from phloem_server.access.principal import Principal
from phloem_server.commands.watch.store import Store
from phloem_server.live.protocol import Answer, Refusal
from phloem_server.mirror import list_view, task_view
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.moments import Arrivals, Counted, micros
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.scope import Scope
from tests.unit.server.live.stage import Stage

SCOPE = Scope(owner="ann")
ANN = Principal.of_role("viewer", "session", owner="ann")
TIMES = {"now", "since", "known_at", "lag", "tick"}
STATES = (State.STARTED, State.PROGRESS, State.SUCCESS)


class Traffic:
    """All that Ann is sent while others do so many things before each of hers."""

    def __init__(self, others: int) -> None:
        self.stage = Stage()
        self.others = others
        self.sent: list[Any] = []
        self.began = micros(time.time()) - 1000
        self._names: dict[str, str] = {}

    def run(self) -> list[Any]:
        """What she is sent, with a word in place of each time and each random name."""
        self.stage.hub.connect("ann", ANN)
        since: dict[str, Any] = {}
        for number in range(6):
            self._others_work()
            self.stage.say(f"ann-{number % 4}", STATES[number % 3], owner="ann")
            if number == 0:
                since = self._watch({"view": {}})
                self._watch({"task": "ann-1"})
            self.stage.delivery.flush()
            self._others_work()
            self.stage.delivery.flush()
        self.stage.hub.disconnect("ann")
        self._others_work()
        self.stage.hub.connect("ann", ANN)
        for at in (since, {**since, "offset": 4}, {**since, "epoch": "another"}):
            self._watch({"view": {}, "since": at})
        self._pages()
        self.sent += [message for sid, _, message in self.stage.wire.sent if sid == "ann"]
        return [self._plain(None, msgspec.to_builtins(message)) for message in self.sent]

    def _others_work(self) -> None:
        for number in range(self.others):
            self.stage.record(f"bob-{number}", STATES[number % 3], owner="bob")
        self.stage.follower.catch_up()

    def _watch(self, message: dict[str, Any]) -> dict[str, Any]:
        answer = self.stage.hub.watch("ann", message)
        self.sent.append(answer)
        assert isinstance(answer, Answer), answer
        return {"epoch": answer.epoch, "offset": answer.offset}

    def _pages(self) -> None:
        page = self.stage.follower.page(Query.parse({"limit": 2}, SCOPE))
        assert page.next is not None
        self.sent += [page, self.stage.follower.page(Query.parse({"limit": 2, "before": page.next}, SCOPE))]
        task = self.stage.channel.task("ann-1")
        assert task is not None
        self.sent.append(self.stage.follower.seen(task, SCOPE))

    def _plain(self, name: str | None, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._plain(key, each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(name, each) for each in value]
        if name in TIMES:
            return "a time"
        if name in ("epoch", "watch"):
            return self._names.setdefault(value, f"{name} {len(self._names)}")
        if isinstance(value, int) and self.began <= value <= micros(time.time()) + 100_000:
            return "a moment"
        return value


def test_what_an_owner_is_sent_is_the_same_however_much_happens_to_others() -> None:
    alone = Traffic(0).run()
    assert Traffic(10).run() == alone
    assert Traffic(1_000).run() == alone


def _positions_off(patch: pytest.MonkeyPatch) -> None:
    for module in (list_view, task_view):
        patch.setattr(module, "positions", lambda *, limited: Counted())


def _rows_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TaskIndex, "seen", lambda index, task, scope: scope.shown(task, index.get))


def _places_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Arrivals, "of", lambda _, place: place)


@pytest.mark.parametrize("off", [_positions_off, _rows_off, _places_off])
def test_without_moments_it_would_tell_how_much_that_is(
    off: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    off(monkeypatch)
    assert Traffic(10).run() != Traffic(20).run()


def test_who_sees_all_tasks_is_told_offsets_without_gaps() -> None:
    stage = Stage()
    answer = stage.watch("all", {"view": {}})
    for number in range(1, 6):
        stage.say(f"bob-{number}", State.STARTED, owner="bob")
        stage.delivery.flush()
        frame = stage.wire.to("all", "frame")[-1]
        assert (frame.epoch, frame.from_, frame.to) == (answer.epoch, number - 1, number)
        assert [(task.offset, task.first_offset) for task in frame.put] == [(number, number)]


class Viewer:
    """A client that does with moments what clients do with offsets."""

    def __init__(self, stage: Stage, view: dict[str, Any]) -> None:
        self.stage = stage
        self.view = view
        self.store = Store()
        self.resumed = 0
        self._read = 0
        self._connections = 0
        self.sid = ""

    def come(self) -> None:
        self._connections += 1
        self.sid = f"ann-{id(self)}-{self._connections}"
        self._read = 0
        self.stage.hub.connect(self.sid, ANN)
        self.watch()

    def leave(self) -> None:
        self.stage.hub.disconnect(self.sid)

    def watch(self) -> None:
        here = self.store.position
        since = {} if here is None else {"since": {"epoch": here.epoch, "offset": here.offset}}
        answer = self.stage.hub.watch(self.sid, {**self.view, **since})
        while isinstance(answer, Refusal) and answer.again:  # the record is to be compared first
            self.stage.follower.catch_up()
            answer = self.stage.hub.watch(self.sid, {**self.view, **since})
        assert isinstance(answer, Answer), answer
        self.resumed += answer.resumed
        self.store.answer(answer)

    def read(self) -> None:
        for frame in self.stage.wire.to(self.sid, "frame")[self._read :]:
            self._read += 1
            if frame.watch == self.watched and not self.store.take(frame):
                self.watch()
        assert self.store.position is not None
        self.stage.hub.seen(self.sid, {"watch": self.watched, "offset": self.store.position.offset})

    @property
    def watched(self) -> str:
        return next(iter(self.stage.audiences.connection(self.sid).cursors))  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("seed", range(12))
def test_a_client_with_moments_misses_nothing_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)
    stage = Stage()
    viewers = [Viewer(stage, {"view": {"limit": 5}}), Viewer(stage, {"view": {}}), Viewer(stage, {"task": "ann-1"})]
    for viewer in viewers:
        viewer.come()
    for _ in range(150):
        _happen(stage, viewers, chance)
    stage.wire.blocked.clear()
    for _ in range(3):
        stage.clock.now += 10
        stage.delivery.flush()
        for viewer in viewers:
            viewer.read()
    for viewer in viewers:
        shown = {task.id: (task.state, task.run) for task in viewer.store.tasks}
        assert shown == dict(_true(stage, viewer.view)), viewer.view


def _happen(stage: Stage, viewers: list[Viewer], chance: random.Random) -> None:
    viewer = chance.choice(viewers)
    match chance.randrange(8):
        case 0 | 1:
            stage.record(f"ann-{chance.randrange(9)}", chance.choice(STATES), owner="ann")
        case 2 | 3:
            stage.record(f"bob-{chance.randrange(50)}", chance.choice(STATES), owner="bob")
        case 4:
            stage.follower.catch_up()
        case 5:
            stage.clock.now += chance.choice((0.1, 3.0))
            stage.delivery.flush()
        case 6:
            stage.wire.blocked ^= {viewer.sid}
        case 7:
            viewer.read()
            if chance.random() < 0.3:
                viewer.leave()
                stage.wire.blocked.discard(viewer.sid)
                viewer.come()


def _true(stage: Stage, view: dict[str, Any]) -> Iterator[tuple[str, tuple[State, str | None]]]:
    rows = [stage.channel.task(f"ann-{number}") for number in range(9)]
    found = sorted((task for task in rows if task is not None), key=lambda task: -task.first_offset)
    if "task" in view:
        found = [task for task in found if task.id == view["task"]]
    for task in found[: view.get("view", {}).get("limit", 200)]:
        yield task.id, (task.state, task.run)


def test_a_client_that_comes_back_to_its_view_is_told_what_is_new() -> None:
    stage = Stage()
    viewer = Viewer(stage, {"view": {}})
    viewer.come()
    stage.say("ann-1", State.STARTED, owner="ann")
    stage.delivery.flush()
    viewer.read()
    viewer.leave()
    stage.say("bob-1", State.STARTED, owner="bob")
    stage.say("ann-2", State.STARTED, owner="ann")
    viewer.come()
    assert viewer.resumed == 1
    assert {task.id for task in viewer.store.tasks} == {"ann-1", "ann-2"}


def test_one_that_comes_from_another_process_is_given_all_once_this_one_knows_as_much() -> None:
    first = Stage()
    second = Stage(first.channel)
    viewer = Viewer(first, {"view": {}})
    viewer.come()
    first.say("ann-1", State.STARTED, owner="ann")
    first.delivery.flush()
    viewer.read()
    here = viewer.store.position
    assert here is not None
    second.hub.connect("ann", ANN)
    asked = {"view": {}, "since": {"epoch": here.epoch, "offset": here.offset}}
    refusal = second.hub.watch("ann", asked)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.again) == ("record_behind", True)
    second.follower.catch_up()
    answer = second.hub.watch("ann", asked)
    assert isinstance(answer, Answer)
    assert (answer.resumed, [task.id for task in answer.tasks]) == (False, ["ann-1"])
    assert answer.epoch == here.epoch


@pytest.mark.parametrize("offset", [0, 3, 4, 5, 2**53])
def test_no_offset_that_a_client_makes_up_tells_where_the_record_is(offset: int) -> None:
    answers = []
    for others in (2, 4, 9):
        stage = Stage()
        for number in range(others):
            stage.say(f"bob-{number}", State.STARTED, owner="bob")
        stage.hub.connect("ann", ANN)
        epoch = stage.watch("ann", {"view": {}}).epoch
        since = Position(epoch=epoch, offset=offset)
        answer = stage.hub.watch("ann", {"view": {}, "since": msgspec.to_builtins(since)})
        answers.append((type(answer), getattr(answer, "resumed", None), getattr(answer, "code", None)))
    assert len(set(answers)) == 1
