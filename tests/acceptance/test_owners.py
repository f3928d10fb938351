"""Two owners on one server: neither gets a byte of what is the other's."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
import websocket

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem.sharing.token import KEY_NAME, Share, new_id, sign
from tests.processes import Stack

TASKS = 10_000
EACH = TASKS // 2
"""Tasks of each owner."""
STATES = (State.RECEIVED, State.STARTED, State.FAILURE, State.SUCCESS)
MINE, THEIRS = "zqa", "zqb"
"""Stand in every text of the tasks of the two owners, in ids as well."""

QUERIES = 80
PAIRS = 300
"""Refusals of a foreign and of a missing task whose times are compared."""


class Owners:
    """A server with the tasks of two owners, and what the first of them is sent."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.channel = RedisChannel(Settings(redis_url=stack.redis.url, namespace="test"))
        self._numbers = count(1)
        self.token = self.share(owner=MINE)
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.token}"
        self.traffic: list[str] = []

    def share(self, **of: Any) -> str:
        said = Share(id=new_id(), actions=("see", "revoke", "retry"), exp=time.time() + 600, **of)
        return sign(said, self.channel.keys.get(KEY_NAME))

    def record(self, owner: str, *numbers: int, state: State | None = None) -> None:
        self.channel.record([self._event(owner, number, state) for number in numbers])

    def get(self, path: str, **options: Any) -> requests.Response:
        """Asks as the first owner."""
        return self.ask("GET", path, **options)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        answer = self.session.request(method, f"{self.stack.url}{path}", timeout=60, **options)
        self.traffic.append(f"{answer.headers}\n{answer.text}")
        return answer

    def connect(self) -> Wire:
        """Connects as the first owner."""
        return Wire(self.stack.port, self.token, self.traffic)

    def _event(self, owner: str, number: int, state: State | None) -> Event:
        task_id, now = f"{owner}-{number}", time.time()
        return Event(
            id=task_id,
            at=now,
            source="test",
            seq=next(self._numbers),
            run=task_id,
            state=state or STATES[number % len(STATES)],
            name=f"{owner}.work{number % 7}",
            label=f"{owner} label",
            queue="celery",
            worker="w1",
            owner=owner,
            args=f"('{owner}',)",
            root_id=f"{owner}-{number - number % 10}",
            message=f"{owner} says",
            created_at=now - number,
            log=(Line(at=now, level="info", message=f"{owner} logs"),),
        )


class Wire:
    """A Socket.IO connection that keeps all it is sent."""

    def __init__(self, port: int, token: str, traffic: list[str]) -> None:
        self._traffic = traffic
        self._numbers = count(1)
        self._answers: dict[int, Any] = {}
        url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket&token={token}"
        self._socket = websocket.create_connection(url, timeout=60)
        self._socket.send("40")
        self.frames: list[dict[str, Any]] = []
        self.read_until(lambda text: text.startswith("40"))

    def watch(self, **asked: Any) -> dict[str, Any]:
        """The answer to `watch`."""
        number = next(self._numbers)
        self._socket.send(f"42{number}" + json.dumps(["watch", asked]))
        answer = self.read_until(lambda text: text.startswith(f"43{number}["))
        found: dict[str, Any] = json.loads(answer[len(f"43{number}") :])[0]
        return found

    def unwatch(self, watch: str) -> None:
        self._socket.send("42" + json.dumps(["unwatch", {"watch": watch}]))

    def read_until(self, wanted: Any) -> str:
        while True:
            text = str(self._socket.recv())
            if text == "2":
                self._socket.send("3")
                continue
            self._traffic.append(text)
            if text.startswith("42"):
                name, message = json.loads(text[2:])
                if name == "frame":
                    self.frames.append(message)
            if wanted(text):
                return text

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def owners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owners]:
    with Stack(tmp_path_factory.mktemp("owners"), parts=("redis",)) as stack:
        found = Owners(stack)
        for start in range(0, EACH, 50):
            for owner in (MINE, THEIRS):
                found.record(owner, *range(start, start + 50))
        stack.start("web")
        yield found
        found.session.close()
        found.channel.close()


def queries() -> Iterator[dict[str, Any]]:
    """Random queries, none of which holds the whole mark of the other owner."""
    chance = random.Random(13)
    values: dict[str, list[Any]] = {
        "state": ["STARTED", ["FAILURE", "SUCCESS"]],
        "name": ["*", "zq*", "*work3"],
        "owner": ["*", MINE, "zq*"],
        "queue": ["celery"],
        "worker": ["w*"],
        "q": ["says", "zq", "label", "work1"],
        "root_id": [f"{MINE}-10"],
        "within": [1e6],
        "older": [0.5],
        "limit": [1, 10, 200],
        "before": [10**6, int(time.time() * 1e6)],
        "not": [{"owner": MINE}, {"q": "zqa"}, {"state": "SUCCESS"}, {"name": "*work1"}],
    }
    for _ in range(QUERIES):
        chosen = chance.sample(sorted(values), chance.randint(0, 4))
        yield {name: chance.choice(values[name]) for name in chosen}


def flat(query: dict[str, Any]) -> dict[str, Any]:
    """A query as it stands in an address."""
    unlike = {f"not.{name}": value for name, value in query.get("not", {}).items()}
    return {**{name: value for name, value in query.items() if name != "not"}, **unlike}


def test_lists_counts_resumes_boards_files_and_errors_hold_nothing_of_the_other_owner(owners: Owners) -> None:
    ended = threading.Event()

    def work() -> None:
        chance = random.Random(1)
        while not ended.is_set():
            for owner in (THEIRS, MINE):
                owners.record(owner, *(chance.randrange(EACH) for _ in range(5)), state=chance.choice(STATES))
            ended.wait(0.02)

    working = threading.Thread(target=work)
    working.start()
    try:
        _ask_for_all(owners)
    finally:
        ended.set()
        working.join()
    leaks = [text for text in owners.traffic if THEIRS in text]
    assert leaks == []
    assert sum(MINE in text for text in owners.traffic) > QUERIES


def _ask_for_all(owners: Owners) -> None:
    wire = owners.connect()
    everything = wire.watch(view={})
    assert sum(everything["totals"].values()) == EACH
    since = {"epoch": everything["epoch"], "offset": everything["offset"]}
    for query in queries():
        page = owners.get("/api/v1/tasks", params=flat(query)).json()
        assert sum(page["totals"].values()) <= EACH
        assert {task["owner"] for task in page["tasks"]} <= {MINE}
        answer = wire.watch(view=query)
        assert answer["ok"], answer
        assert {task["owner"] for task in answer["tasks"]} <= {MINE}
        assert answer["watching"]["all"] == 1
        wire.unwatch(answer["watch"])
    wire.close()
    for _ in range(10):  # away, and back
        wire = owners.connect()
        answer = wire.watch(view={}, since=since)
        since = {"epoch": answer["epoch"], "offset": answer["offset"]}
        wire.read_until(lambda text: text.startswith('42["frame"'))
        wire.close()
    wire = owners.connect()
    for board in ("workers", "queues", "schedule", "now"):
        refusal = wire.watch(board=board)
        assert (refusal["ok"], refusal["code"]) == (False, "scope_exceeded")
        assert owners.get(f"/api/v1/{board}").status_code == 403
    wire.close()
    for path in ("/metrics", "/api/v1/workers/w1", "/api/v1/audit", "/api/v1/tokens", "/api/v1/users"):
        assert owners.get(path).status_code == 403
    assert owners.get("/api/v1/sessions").json() == {"sessions": []}
    for path in ("/api/v1/files/nothing", "/api/v1/mailbox/nothing", "/api/v1/tasks/%00", "/api/v1/tasks?limit=x"):
        assert owners.get(path).status_code in (400, 404)
    for path in ("/api/v1/registry", "/api/v1/mailbox"):
        assert owners.get(path).status_code == 200
    assert f'"owner":"{MINE}"' in owners.get("/").text  # the page brings its first rows along


def test_no_number_grows_with_what_the_other_owner_does(owners: Owners) -> None:
    owners.traffic.clear()
    wire = owners.connect()
    answer = wire.watch(view={"limit": 3})
    wire.watch(task=f"{MINE}-2")
    for others in (0, 500):
        for start in range(0, others, 50):
            owners.record(THEIRS, *range(start, start + 50), state=State.STARTED)
        owners.record(MINE, 2, state=STATES[others % 3])
        wire.read_until(lambda text: text.startswith('42["frame"'))
        page = owners.get("/api/v1/tasks", params={"limit": 3}).json()
        owners.get("/api/v1/tasks", params={"limit": 3, "before": page["next"]})
        owners.get(f"/api/v1/tasks/{MINE}-2")
    wire.close()
    wire = owners.connect()
    wire.watch(view={"limit": 3}, since={"epoch": answer["epoch"], "offset": answer["offset"]})
    wire.close()
    positions = re.findall(r'"(?:offset|first_offset|from|to|next|before)":([0-9]+)', "".join(owners.traffic))
    assert len(positions) > 40
    assert [each for each in positions if not abs(int(each) / 1e6 - time.time()) < 3600] == []


def test_who_sees_all_is_told_offsets(owners: Owners) -> None:
    """The twin of the test before it."""
    page = requests.get(f"{owners.stack.url}/api/v1/tasks", timeout=10).json()
    assert TASKS <= page["offset"] < 10 * TASKS
    assert page["epoch"] != owners.get("/api/v1/tasks").json()["epoch"]
    assert all(task["first_offset"] <= task["offset"] <= page["offset"] for task in page["tasks"])


def test_a_count_is_that_of_the_owner_alone(owners: Owners) -> None:
    page = owners.get("/api/v1/tasks", params={"name": f"{MINE}.work*", "within": 10**7}).json()
    assert sum(page["totals"].values()) == EACH
    assert owners.get("/api/v1/tasks", params={"not.owner": MINE}).json()["totals"] == dict.fromkeys(State, 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/log"), ("POST", "/revoke"), ("GET", "/call"), ("POST", "/retry")],
)
def test_a_foreign_task_is_answered_as_one_that_there_is_not(owners: Owners, method: str, path: str) -> None:
    foreign = owners.ask(method, f"/api/v1/tasks/{THEIRS}-1{path}")
    missing = owners.ask(method, f"/api/v1/tasks/{THEIRS}-x{path}")
    own = owners.ask(method, f"/api/v1/tasks/{MINE}-1{path}")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace(f"{THEIRS}-1", "ID") == missing.text.replace(f"{THEIRS}-x", "ID")
    assert own.status_code != 404 or own.json()["code"] != "task_unknown"


def test_who_watches_a_foreign_task_sees_what_who_watches_a_missing_one_does(owners: Owners) -> None:
    for owner in (MINE, THEIRS):
        owners.record(owner, TASKS, state=State.RECEIVED)
    wire = owners.connect()
    answers = [wire.watch(task=f"{THEIRS}-{name}") for name in (TASKS, "x")]
    same = ("ok", "tasks", "drop", "totals", "log", "watching", "next", "searching", "live")
    foreign, missing = ({name: answer[name] for name in same} for answer in answers)
    assert foreign == missing
    wire.frames.clear()
    own = wire.watch(task=f"{MINE}-{TASKS}")
    assert [task["id"] for task in own["tasks"]] == [f"{MINE}-{TASKS}"]
    owners.record(THEIRS, TASKS, state=State.STARTED)
    owners.record(MINE, TASKS, state=State.STARTED)
    wire.read_until(lambda text: text.startswith('42["frame"') and '"STARTED"' in text)
    told = [frame for frame in wire.frames if frame["watch"] == answers[0]["watch"]]
    assert [frame["put"] for frame in told] == [[] for _ in told]
    assert len(told) == len([frame for frame in wire.frames if frame["watch"] == answers[1]["watch"]])
    wire.close()


def test_to_refuse_a_foreign_task_takes_as_long_as_to_refuse_a_missing_one(owners: Owners) -> None:
    """In what share of pairs the foreign one took longer: half of them, within what chance explains (four sigma)."""
    chance = random.Random(2)
    longer = 0
    for number in range(PAIRS):
        seconds: dict[str, float] = {}
        ids = [f"{THEIRS}-{number + 10}", f"{MINE}-none{number}"]
        for task_id in chance.sample(ids, 2):
            start = time.perf_counter()
            assert owners.get(f"/api/v1/tasks/{task_id}").status_code == 404
            seconds[task_id] = time.perf_counter() - start
        longer += seconds[ids[0]] > seconds[ids[1]]
    assert abs(longer - PAIRS / 2) < 4 * (PAIRS / 4) ** 0.5, longer


def test_without_a_token_both_are_seen(owners: Owners) -> None:
    """The twin of all of these."""
    assert requests.get(f"{owners.stack.url}/api/v1/tasks/{THEIRS}-1", timeout=40).json()["owner"] == THEIRS
