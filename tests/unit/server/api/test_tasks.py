"""Reading tasks and their logs."""

from __future__ import annotations

import json
from urllib.parse import quote

import msgspec
import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.record.record import ChannelError
from phloem.testing import MemoryChannel
from tests.unit.server.api.served import Served, refused


def test_before_the_record_was_read_nobody_is_told_that_there_are_no_tasks(served: Served) -> None:
    served.follower.known = False
    refused(served.client.get("/api/v1/tasks"), 503, "could not be read yet")


def test_a_list_answers_with_where_it_stands_and_what_comes_next(served: Served) -> None:
    answer = served.client.get("/api/v1/tasks?state=STARTED&state=RETRY&name=re*&q=x&limit=5&before=9")
    body = answer.get_json()
    assert (body["epoch"], body["offset"], body["next"]) == ("e", 7, 5)
    assert [task["id"] for task in body["tasks"]] == ["1"]
    assert body["totals"] == {"STARTED": 1}
    query = served.follower.asked
    assert query is not None
    assert set(query.state) == {"STARTED", "RETRY"}
    assert (query.name, query.q, query.limit, query.before) == ("re*", "x", 5, 9)


def test_a_list_leaves_out_what_is_not_wanted(served: Served) -> None:
    served.client.get("/api/v1/tasks?not.state=SUCCESS&not.state=LOST&not.name=mail.*&not.q=a&root_id=r&older=2.5")
    query = served.follower.asked
    assert query is not None
    assert (query.not_.state, query.not_.name, query.not_.q) == (("LOST", "SUCCESS"), ("mail.*",), ("a",))
    assert (query.root_id, query.older) == ("r", 2.5)


def test_a_list_is_narrowed_by_error_times_durations_and_arguments(served: Served) -> None:
    search = "label=acme*&error=Timeout&since=2h&until=1796000000&ran=>10s&ran=<1m&waited=>1m&tries=>1"
    served.client.get(
        f"/api/v1/tasks?{search}&args.customer=ACME&args.order.id=17&not.args.0=x&not.error=a&not.error=b"
    )
    query = served.follower.asked
    assert query is not None
    assert (query.label, query.error, query.since, query.until) == ("acme*", "Timeout", "7200s", 1796000000.0)
    assert (query.ran, query.waited, query.tries) == (("<60", ">10"), (">60",), (">1",))
    assert query.args == {"customer": "ACME", "order.id": "17"}
    assert (query.not_.args, query.not_.error) == ({"0": "x"}, ("a", "b"))


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("since=noon", "since is 'noon'; expected a time (14:30)"),
        ("since=1h&since=2h", "since came 2 times"),
        ("ran=10s", "ran is '10s'; expected a comparison"),
        ("args=x", "args.customer=ACME"),
        ("not.args=x", "args.customer=ACME"),
        ("args.a=1&args.a=2", "args.a came 2 times"),
        ("group=g", "errors are not grouped"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("before=-1", "before"),
        ("before=x", "before"),
        ("state=DONE", "DONE"),
        ("colour=red", "colour"),
        ("name=a&name=b", "name"),
        ("not=SUCCESS", "not.state=SUCCESS"),
        ("not.colour=red", "colour"),
        ("not.state=DONE", "not.state is 'DONE'"),
        ("within=0", "within"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_a_search_that_cannot_be_answered_is_refused(served: Served, search: str, said: str) -> None:
    refused(served.client.get(f"/api/v1/tasks?{search}"), 400, said)


def told(channel: MemoryChannel, task_id: str, lines: int = 0) -> None:
    said = tuple(Line(at=float(each), level="info", message=f"line {each}") for each in range(lines))
    channel.record([Event(id=task_id, at=1.0, source="s", seq=1, run="r", state=State.STARTED, begins=True, log=said)])


@pytest.mark.parametrize("task_id", ["1", "a/b", "a b", "ünï", "x/log/y", "%2F"])
def test_a_task_is_told_by_its_id_whatever_that_is(served: Served, task_id: str) -> None:
    told(served.channel, task_id)
    answer = served.client.get(f"/api/v1/tasks/{quote(task_id, safe='')}")
    assert answer.get_json()["id"] == task_id
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_task_that_nobody_knows_is_not_found(served: Served) -> None:
    refused(served.client.get("/api/v1/tasks/x"), 404, "'x'")
    refused(served.client.get("/api/v1/tasks/x/log"), 404, "'x'")


def test_a_log_is_read_page_by_page(served: Served) -> None:
    told(served.channel, "1", lines=9)
    pages_read: list[list[str]] = []
    after = ""
    while True:
        body = served.client.get(f"/api/v1/tasks/1/log?limit=4&after={after}").get_json()
        pages_read.append([entry["message"] for entry in body["entries"]])
        if body["next"] is None:
            break
        after = body["next"]
    assert [len(page) for page in pages_read] == [4, 4, 2]
    assert [message for page in pages_read for message in page] == ["STARTED", *(f"line {each}" for each in range(9))]


@pytest.mark.parametrize("search", ["limit=0", "limit=1001", "after=x", "after=1-1&after=2-2"])
def test_a_log_is_asked_for_properly(served: Served, search: str) -> None:
    told(served.channel, "1")
    refused(served.client.get(f"/api/v1/tasks/1/log?{search}"), 400)


def test_while_redis_is_away_reading_says_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ChannelError("Redis at redis://r does not answer: gone")

    monkeypatch.setattr(served.channel, "task", away)
    refused(served.client.get("/api/v1/tasks/1"), 503, "does not answer")


def test_json_is_whole_and_exact(served: Served) -> None:
    told(served.channel, "1")
    body = json.loads(served.client.get("/api/v1/tasks/1").data)
    assert body == msgspec.json.decode(msgspec.json.encode(served.channel.task("1")))
