"""What comes in and does not fit: a clear answer, and nothing else changes."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import socketio

from tests.api import Api
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack.url)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": "phloem.jobs.countdwn"}, "phloem.jobs.countdown"),
        ({"name": "phloem.jobs.countdown", "kwargs": {"duration": "long"}}, "duration"),
        ({"name": "phloem.jobs.countdown", "kwargs": {"seconds": 3}}, "seconds"),
        ({"name": "phloem.jobs.countdown", "args": [1, 2, 3]}, "argument"),
        ({"name": "phloem.jobs.countdown", "kwargs": {"duration": -1}}, "duration"),
        ({"name": "phloem.jobs.resize_image", "kwargs": {}}, "upload"),
        ({"kwargs": {}}, "name"),
        ({"name": "phloem.jobs.countdown", "colour": "blue"}, "colour"),
    ],
)
def test_a_task_that_cannot_run_is_refused_and_named(api: Api, body: dict[str, Any], named: str) -> None:
    answer = api.post("/tasks", json=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize(
    ("job", "kwargs", "named"),
    [
        ("log_event", {"event": ""}, "event"),
        ("log_event", {"event": "x" * 1001}, "event"),
        ("log_event", {"event": "x", "level": "loud"}, "level"),
        ("log_event", {"event": "x", "details": {"a": {}}}, "details"),
        ("resize_image", {"upload": []}, "upload"),
        ("resize_image", {"upload": ["0" * 32] * 21}, "upload"),
        ("resize_image", {"upload": "../../etc/passwd"}, "upload"),
        ("resize_image", {"upload": "0" * 32, "format": "GIF"}, "format"),
        ("build_report", {"day": "yesterday"}, "day"),
        ("build_report", {"day": 20261120}, "day"),
        ("build_report", {"format": "DOC"}, "format"),
        ("daily_report", {"day": "2026-11-20"}, "day"),
        ("fetch_url", {}, "url"),
        ("fetch_url", {"url": "file:///etc/passwd"}, "url"),
        ("fetch_url", {"url": "http://" + "x" * 5000}, "url"),
        ("fetch_url", {"url": ["http://example.com"]}, "url"),
        ("cleanup_files", {"older_than": -1}, "older_than"),
        ("cleanup_files", {"older_than": "30"}, "older_than"),
        ("cleanup_files", {"dry_run": "yes"}, "dry_run"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_and_named(
    api: Api, job: str, kwargs: dict[str, Any], named: str
) -> None:
    answer = api.post("/tasks", json={"name": f"phloem.jobs.{job}", "kwargs": kwargs})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert any(f"{named}{mark}" in answer.json()["detail"] for mark in (": ", "[", '": unexpected'))


@pytest.mark.parametrize(
    ("job", "kwargs", "sentence"),
    [
        (
            "resize_image",
            {"upload": "../../../../etc/passwd".ljust(32, "x")},
            "The uploaded picture is no longer there.",
        ),
        ("build_report", {"day": "2026-02-30"}, "There is no day 2026-02-30."),
        (
            "build_report",
            {"day": "2026-02-02", "until": "2026-02-01"},
            "A report covers 1 to 366 days; from 2026-02-02 to 2026-02-01 there are 0.",
        ),
        (
            "fetch_url",
            {"url": "http://ann:secret@127.0.0.1/"},
            "An address with a user name or a password in it is not fetched.",
        ),
    ],
)
def test_what_only_the_job_can_judge_fails_in_one_sentence_without_a_traceback(
    api: Api, job: str, kwargs: dict[str, Any], sentence: str
) -> None:
    task = api.ended(api.submit(job, **kwargs))
    assert (task["state"], task["error"]["message"], task["error"]["traceback"]) == ("FAILURE", sentence, None)
    assert "secret" not in msgspec.json.encode(task).decode()


def test_a_text_file_as_an_image_fails_with_a_sentence(api: Api) -> None:
    upload = api.post("/uploads", files={"file": ("cat.jpg", b"I am not a cat", "image/jpeg")}).json()
    task = api.ended(api.submit("resize_image", upload=upload["id"]))
    assert task["state"] == "FAILURE"
    assert "cat.jpg" in task["error"]["message"]
    assert "image" in task["error"]["message"] or "picture" in task["error"]["message"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_fetched_unless_somebody_allowed_it(stack: Stack, api: Api, host: str) -> None:
    task = api.ended(api.submit("fetch_url", url=f"http://{host}:{stack.port}/api/v1/tasks"))
    assert (task["state"], task["retries"], task["error"]["traceback"]) == ("FAILURE", 0, None)
    assert "not on the public Internet" in task["error"]["message"]


def test_an_upload_over_the_limit_is_refused_and_not_kept(stack: Stack, api: Api) -> None:
    uploads = stack.folder / "uploads"
    before = sorted(uploads.iterdir()) if uploads.exists() else []
    answer = api.post("/uploads", files={"file": ("big.bin", bytes(51 * 1024 * 1024))})
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert (sorted(uploads.iterdir()) if uploads.exists() else []) == before


@pytest.mark.parametrize(
    "filename", ["../../evil.txt", "a/../../evil.txt", "evil\0.txt", "..\\evil.txt", "/etc/evil.txt"]
)
def test_a_file_name_is_a_name_and_no_path(stack: Stack, api: Api, filename: str) -> None:
    answer = api.post("/uploads", files={"file": (filename, b"hello", "text/plain")})
    assert answer.status_code == 201
    upload = answer.json()
    assert not set("/\\\0") & set(upload["filename"])
    assert (stack.folder / "uploads" / upload["id"]).read_bytes() == b"hello"
    places = (stack.folder, stack.folder / "uploads", stack.folder.parent, stack.folder.parent.parent, Path("/etc"))
    assert [found for place in places for found in place.glob("*evil*")] == []


def _nonsense(chance: random.Random) -> tuple[Any, ...]:
    values: list[Any] = [None, 0, -1, 1e300, "", "x" * 5000, [], {}, [[]], {"view": 3}, {"task": {}}, True]
    values += [
        {"watch": chance.random()},
        {"view": {"state": [None]}},
        {"since": []},
        {"view": {}, "since": 1},
        b"\0\xff",
    ]
    return tuple(chance.choice(values) for _ in range(chance.randrange(3)))


def test_a_thousand_messages_that_do_not_fit_leave_connection_and_server_alive(stack: Stack, api: Api) -> None:
    chance = random.Random(1)
    refused: list[Any] = []
    client = socketio.Client(reconnection=False)
    lost: list[str] = []
    client.on("disconnect", lambda *reason: lost.append(str(reason)))
    client.connect(stack.url, transports=["websocket"])
    names = ("watch", "seen", "unwatch", "frame", "no such message")
    for _ in range(1000):
        client.emit(chance.choice(names), _nonsense(chance), callback=refused.append)
    wait_until(lambda: len(refused) == 1000, 60, lambda: f"{len(refused)} of 1000 were answered")
    assert all(answer["ok"] is False and answer["error"] for answer in refused)
    answer = client.call("watch", {"view": {}}, timeout=10)
    assert answer["ok"] is True
    assert lost == []
    client.disconnect()
    assert stack.ready()


RAW = [
    "4",
    "42",
    "42[",
    '42{"a":1}',
    "42[]",
    "42[1]",
    '420["watch"]',
    "43",
    "451-",
    "451-[]",
    "49",
    "4999",
    "x",
    "",
    "1",
    "6",
]


@pytest.mark.parametrize("packet", RAW)
def test_a_broken_packet_harms_nobody_else(stack: Stack, packet: str) -> None:
    with Viewer(stack.url, view={}) as ann:
        client = socketio.Client(reconnection=False)
        client.connect(stack.url, transports=["websocket"])
        with closing(client.eio.ws.sock):  # the library leaves one that was cut off to the collector
            client.eio.ws.send(packet)
            client.disconnect()
        task_id = Api(stack.url).submit("countdown", duration=0)
        wait_until(lambda: ann.states(task_id)[-1:] == ["SUCCESS"], 40, "the others go on")
    assert stack.ready()
