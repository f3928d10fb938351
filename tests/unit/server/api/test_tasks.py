"""The HTTP calls, against a channel in memory and a Celery app whose broker is in memory too."""

import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from celery import Celery
from celery._state import task_join_will_block
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from phloem.files import FileStore
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line, Task
from phloem.record.record import ChannelError
from phloem.testing import MemoryChannel
from phloem_server.api import tasks as api
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender
from phloem_server.mirror.query import Query
from phloem_server.settings import Config
from phloem_server.web import problem as errors
from phloem_server.web import site as pages
from phloem_server.web.body import BODY_LIMIT

LIMIT = 10_000


class FakePage(msgspec.Struct):
    epoch: str
    offset: int
    tasks: tuple[Task, ...]
    totals: dict[str, int]
    next: int | None


class FakeRelay:
    """Remembers what it was asked."""

    live = True
    known = True
    asked: Query | None = None

    def page(self, query: Query) -> FakePage:
        self.asked = query
        task = Task(id="1", state=State.STARTED, offset=7, first_offset=5)
        return FakePage("e", 7, (task,), {"STARTED": 1}, 5)


class Buffered(FlaskClient):
    """Reads each answer to its end, so that no file stays open."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, buffered=True, **kwargs)


class Setup:
    """An application and what it stands on."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.celery = Celery("test", broker="memory://", set_as_current=False)
        self.celery.task(name="resize", shared=False)(resize)
        self.celery.task(name="quiet", shared=False, ignore_result=True)(quiet)
        self.celery.control.purge()  # all apps of a process share the broker in memory
        self.channel = MemoryChannel()
        self.relay = FakeRelay()
        self.files = FileStore(folder / "data")
        self.static = folder / "static"
        self.flushed = 0
        self.app = Flask(__name__, static_folder=None)
        errors.register(self.app)
        self.app.register_blueprint(
            api.blueprint(
                config=Config(data_dir=folder / "data", upload_limit=limit),
                relay=self.relay,
                channel=self.channel,
                registry=Registry(self.celery, "test"),
                files=self.files,
                sender=Sender(self.celery, lambda: self.record()),
            )
        )
        self.app.register_blueprint(pages.blueprint(relay=self.relay, static=self.static))
        self.app.test_client_class = Buffered
        self.client = self.app.test_client()

    def record(self) -> None:
        self.flushed += 1

    def sent(self, queue: str = "celery") -> Any:
        """The message that waits in a queue of the broker, and its headers."""
        with self.celery.connection_for_read() as connection:
            message = connection.SimpleQueue(queue).get(block=False)
            message.ack()
            return message.headers, message.payload


def resize(upload: str, width: int = 800) -> None: ...


def quiet() -> None: ...


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    made = Setup(tmp_path)
    yield made
    made.celery.close()


def problem(answer: TestResponse, status: int, *said: str) -> None:
    assert answer.content_type == "application/problem+json"
    assert answer.status_code == status
    body = answer.get_json(force=True)
    assert body["status"] == status
    for each in said:
        assert each in body["detail"]


# --- sending -----------------------------------------------------------------------------------


def test_a_sent_task_is_accepted_at_once_with_its_addresses(setup: Setup) -> None:
    answer = setup.client.post("/api/v1/tasks", json={"name": "resize", "args": ["a.jpg"]})
    assert answer.status_code == 202
    body = answer.get_json()
    assert body["url"] == f"/api/v1/tasks/{body['id']}" == answer.headers["Location"]
    assert body["page"] == f"/tasks/{body['id']}"
    headers, (args, kwargs, _) = setup.sent()
    assert (headers["id"], headers["task"]) == (body["id"], "resize")
    assert (args, kwargs) == (["a.jpg"], {})


def test_the_answer_waits_until_the_task_is_in_the_record(setup: Setup) -> None:
    setup.client.post("/api/v1/tasks", json={"name": "quiet"})
    assert setup.flushed == 1


def test_a_record_that_fails_does_not_unsay_the_acceptance(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no record")

    monkeypatch.setattr(setup, "record", fail)
    answer = setup.client.post("/api/v1/tasks", json={"name": "quiet"})
    assert answer.status_code == 202


def test_a_task_that_ignores_its_result_is_sent_that_way(setup: Setup) -> None:
    setup.client.post("/api/v1/tasks", json={"name": "quiet"})
    headers, _ = setup.sent()
    assert headers["ignore_result"] is True


def test_sending_subscribes_to_no_result(setup: Setup) -> None:
    denied: list[bool] = []
    backend = setup.celery.backend
    backend.on_task_call = lambda *_: denied.append(task_join_will_block())
    setup.client.post("/api/v1/tasks", json={"name": "resize", "args": ["a.jpg"]})
    assert denied == [True]


def test_a_queue_can_be_chosen(setup: Setup) -> None:
    setup.client.post("/api/v1/tasks", json={"name": "quiet", "queue": "media"})
    headers, _ = setup.sent("media")
    assert headers["task"] == "quiet"


@pytest.mark.parametrize(
    ("given", "header", "seconds"),
    [
        (lambda now: {"countdown": 60}, "eta", 60),
        (lambda now: {"eta": now + 60}, "eta", 60),
        (lambda now: {"eta": datetime.fromtimestamp(now + 60, UTC).isoformat()}, "eta", 60),
        (lambda now: {"expires": 60}, "expires", 60),
        (lambda now: {"expires": now + 60}, "expires", 60),
        (lambda now: {"expires": datetime.fromtimestamp(now + 60, UTC).isoformat()}, "expires", 60),
    ],
)
def test_when_it_runs_and_expires_can_be_told_in_several_ways(
    setup: Setup, given: Callable[[float], dict[str, object]], header: str, seconds: int
) -> None:
    now = time.time()
    answer = setup.client.post("/api/v1/tasks", json={"name": "quiet", **given(now)})
    assert answer.status_code == 202
    headers, _ = setup.sent()
    at = datetime.fromisoformat(headers[header])
    assert abs(at - datetime.fromtimestamp(now + seconds, UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "resise"}, ["'resise'", "resize"]),
        ({"name": "resize"}, ["resize", "upload"]),
        ({"name": "resize", "args": ["a"], "kwargs": {"width": "wide"}}, ["width", "wide"]),
        ({"name": "resize", "args": ["a"], "kwargs": {"depth": 1}}, ["depth"]),
        ({"name": "celery.backend_cleanup"}, ["celery.backend_cleanup"]),
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"name": "quiet", "task": "x"}, ["task"]),
        ({"name": "quiet", "args": {}}, ["args"]),
        ({"name": "quiet", "kwargs": []}, ["kwargs"]),
        ({"name": "quiet", "queue": ""}, ["queue"]),
        ({"name": "quiet", "queue": "a\nb"}, ["queue"]),
        ({"name": "quiet", "countdown": -1}, ["countdown"]),
        ({"name": "quiet", "countdown": 1e300}, ["countdown"]),
        ({"name": "quiet", "countdown": "soon"}, ["countdown"]),
        ({"name": "quiet", "countdown": 1, "eta": time.time() + 5}, ["countdown", "eta"]),
        ({"name": "quiet", "eta": 60}, ["eta", "1970"]),
        ({"name": "quiet", "eta": 1e300}, ["eta"]),
        ({"name": "quiet", "eta": "tomorrow"}, ["eta"]),
        ({"name": "quiet", "eta": "2999-01-01T00:00:00"}, ["eta"]),
        ({"name": "quiet", "expires": -5}, ["expires", "past"]),
        ({"name": "quiet", "expires": 1e9}, ["expires", "2001"]),
        ([], ["object"]),
        ("quiet", ["object"]),
    ],
)
def test_what_does_not_fit_is_refused_in_words_that_name_it(setup: Setup, body: object, said: list[str]) -> None:
    problem(setup.client.post("/api/v1/tasks", json=body), 422, *said)
    assert setup.flushed == 0


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b'{"name": "quiet", "args": ' + b"[" * 100_000, "application/json", 400),
        (b'{"name": "quiet"}', "text/plain", 415),
        (b"name=quiet", "application/x-www-form-urlencoded", 415),
        (b'{"name": "quiet"}', "", 415),
        (b'{"name": "quiet", "args": ["' + b"x" * 2_000_000 + b'"]}', "application/json", 413),
    ],
)
def test_a_body_that_is_no_json_is_refused(setup: Setup, data: bytes, content_type: str, status: int) -> None:
    answer = setup.client.post("/api/v1/tasks", data=data, content_type=content_type)
    problem(answer, status)


def test_a_body_of_json_that_does_not_tell_its_length_is_limited_as_well(setup: Setup) -> None:
    for size, status in ((BODY_LIMIT - 100, 202), (BODY_LIMIT, 413)):
        answer = setup.client.post(
            "/api/v1/tasks",
            input_stream=io.BytesIO(b'{"name": "resize", "args": ["' + b"x" * size + b'"]}'),
            headers={"Transfer-Encoding": "chunked"},
            content_type="application/json",
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert answer.status_code == status, answer.get_json()


def test_while_the_broker_is_away_nothing_is_accepted(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    setup.celery.conf.broker_url = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    answer = setup.client.post("/api/v1/tasks", json={"name": "quiet"})
    problem(answer, 503, "not accepted")
    assert answer.headers["Retry-After"] == "1"
    assert setup.flushed == 0
    assert time.monotonic() - began < 3


def test_before_the_record_was_read_nobody_is_told_that_there_are_no_tasks(setup: Setup) -> None:
    setup.relay.known = False
    problem(setup.client.get("/api/v1/tasks"), 503, "could not be read yet")


# --- reading -----------------------------------------------------------------------------------


def test_a_list_answers_with_where_it_stands_and_what_comes_next(setup: Setup) -> None:
    answer = setup.client.get("/api/v1/tasks?state=STARTED&state=RETRY&name=re*&q=x&limit=5&before=9")
    body = answer.get_json()
    assert (body["epoch"], body["offset"], body["next"]) == ("e", 7, 5)
    assert [task["id"] for task in body["tasks"]] == ["1"]
    assert body["totals"] == {"STARTED": 1}
    query = setup.relay.asked
    assert query is not None
    assert set(query.state) == {"STARTED", "RETRY"}
    assert (query.name, query.q, query.limit, query.before) == ("re*", "x", 5, 9)


def test_a_list_leaves_out_what_is_not_wanted(setup: Setup) -> None:
    setup.client.get("/api/v1/tasks?not.state=SUCCESS&not.state=LOST&not.name=mail.*&not.q=a&root_id=r&older=2.5")
    query = setup.relay.asked
    assert query is not None
    assert (query.not_.state, query.not_.name, query.not_.q) == (("LOST", "SUCCESS"), ("mail.*",), ("a",))
    assert (query.root_id, query.older) == ("r", 2.5)


@pytest.mark.parametrize(
    ("search", "said"),
    [
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
def test_a_search_that_cannot_be_answered_is_refused(setup: Setup, search: str, said: str) -> None:
    problem(setup.client.get(f"/api/v1/tasks?{search}"), 400, said)


def told(channel: MemoryChannel, task_id: str, lines: int = 0) -> None:
    said = tuple(Line(at=float(each), level="info", message=f"line {each}") for each in range(lines))
    channel.record([Event(id=task_id, at=1.0, source="s", seq=1, run="r", state=State.STARTED, begins=True, log=said)])


@pytest.mark.parametrize("task_id", ["1", "a/b", "a b", "ünï", "x/log/y", "%2F"])
def test_a_task_is_told_by_its_id_whatever_that_is(setup: Setup, task_id: str) -> None:
    from urllib.parse import quote

    told(setup.channel, task_id)
    answer = setup.client.get(f"/api/v1/tasks/{quote(task_id, safe='')}")
    assert answer.get_json()["id"] == task_id
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_task_that_nobody_knows_is_not_found(setup: Setup) -> None:
    problem(setup.client.get("/api/v1/tasks/x"), 404, "'x'")
    problem(setup.client.get("/api/v1/tasks/x/log"), 404, "'x'")


def test_a_log_is_read_page_by_page(setup: Setup) -> None:
    told(setup.channel, "1", lines=9)
    pages_read: list[list[str]] = []
    after = ""
    while True:
        body = setup.client.get(f"/api/v1/tasks/1/log?limit=4&after={after}").get_json()
        pages_read.append([entry["message"] for entry in body["entries"]])
        if body["next"] is None:
            break
        after = body["next"]
    assert [len(page) for page in pages_read] == [4, 4, 2]
    assert [message for page in pages_read for message in page] == ["STARTED", *(f"line {each}" for each in range(9))]


@pytest.mark.parametrize("search", ["limit=0", "limit=1001", "after=x", "after=1-1&after=2-2"])
def test_a_log_is_asked_for_properly(setup: Setup, search: str) -> None:
    told(setup.channel, "1")
    problem(setup.client.get(f"/api/v1/tasks/1/log?{search}"), 400)


def test_while_redis_is_away_reading_says_so(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ChannelError("Redis at redis://r does not answer: gone")

    monkeypatch.setattr(setup.channel, "task", away)
    problem(setup.client.get("/api/v1/tasks/1"), 503, "does not answer")


def test_the_registry_tells_what_can_be_sent(setup: Setup) -> None:
    tasks = setup.client.get("/api/v1/registry").get_json()["tasks"]
    assert [task["name"] for task in tasks] == ["quiet", "resize"]
    assert tasks[1]["schema"]["required"] == ["upload"]


def test_the_session_tells_the_page_what_it_has_to_know(setup: Setup) -> None:
    body = setup.client.get("/api/v1/session").get_json()
    assert body["password"] is False
    assert body["files"] == {"max_upload": LIMIT}
    assert body["version"]


# --- files -------------------------------------------------------------------------------------


def send_file(setup: Setup, content: bytes, name: str = "cat.png", kind: str = "image/png") -> TestResponse:
    return setup.client.post("/api/v1/uploads", data={"file": (io.BytesIO(content), name, kind)})


def stored(setup: Setup) -> list[Path]:
    return [path for path in (setup.files._data_dir).rglob("*") if path.is_file()]


def test_an_upload_is_kept_and_told(setup: Setup) -> None:
    answer = send_file(setup, b"x" * LIMIT)
    assert answer.status_code == 201
    body = answer.get_json()
    assert (body["filename"], body["size"], body["content_type"]) == ("cat.png", LIMIT, "image/png")
    assert answer.headers["Location"] == f"/api/v1/files/{body['id']}"
    kept = setup.files.get("uploads", body["id"])
    assert kept is not None
    assert kept.path.read_bytes() == b"x" * LIMIT


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 64 * 1024, LIMIT * 30])
def test_an_upload_over_the_limit_is_refused_before_it_is_stored(setup: Setup, size: int) -> None:
    problem(send_file(setup, b"x" * size), 413, f"{LIMIT:,}")
    assert stored(setup) == []


def test_an_upload_beyond_the_number_that_is_kept_is_refused(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.files, "_most", 1)
    assert send_file(setup, b"x").status_code == 201
    problem(send_file(setup, b"x"), 507, "1 files are kept already", "PHLOEM_FILES_LIMIT")


def test_a_form_with_too_much_beside_its_file_is_told_so(setup: Setup) -> None:
    many = {f"field{number}": "x" for number in range(20)}
    answer = setup.client.post("/api/v1/uploads", data={**many, "file": (io.BytesIO(b"x"), "a.txt")})
    problem(answer, 413, "more than its file")
    assert stored(setup) == []


def test_an_upload_may_be_larger_than_other_bodies(tmp_path: Path) -> None:
    setup = Setup(tmp_path, limit=BODY_LIMIT * 3)
    body = (
        b"--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n"
        + b"x" * (BODY_LIMIT * 2)
        + b"\r\n--b--\r\n"
    )
    answer = setup.client.post("/api/v1/uploads", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.get_json()["size"] == BODY_LIMIT * 2


def test_a_body_that_does_not_tell_its_length_is_limited_as_well(setup: Setup) -> None:
    head = b"--b\r\nContent-Disposition: form-data; name=file; filename=a\r\nContent-Type: text/plain\r\n\r\n"
    answer = setup.client.post(
        "/api/v1/uploads",
        input_stream=io.BytesIO(head + b"x" * (LIMIT * 30) + b"\r\n--b--\r\n"),
        headers={"Transfer-Encoding": "chunked"},
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"wsgi.input_terminated": True},
    )
    problem(answer, 413)
    assert stored(setup) == []


@pytest.mark.parametrize(
    "data", [{}, {"other": (io.BytesIO(b"x"), "a")}, {"file": "text"}, {"file": (io.BytesIO(b"x"), "")}]
)
def test_an_upload_without_a_file_is_refused(setup: Setup, data: dict[str, Any]) -> None:
    answer = setup.client.post("/api/v1/uploads", data=data, content_type="multipart/form-data")
    problem(answer, 422, "file")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a\0b", "/etc/passwd", "..\\x"])
def test_a_file_name_never_leads_out_of_the_folder(setup: Setup, name: str) -> None:
    body = send_file(setup, b"x", name).get_json()
    assert not set(body["filename"]) & set("/\\\0")
    assert {path.parent.name for path in stored(setup)} == {"uploads"}


def made(setup: Setup, name: str, kind: str, content: bytes = b"0123456789") -> str:
    return setup.files.add("files", io.BytesIO(content), name, kind).id


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("image/png", True),
        ("image/jpeg", True),
        ("application/pdf", True),
        ("text/plain", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("application/xhtml+xml", False),
        ("text/javascript", False),
        ("application/x-unheard-of", False),
    ],
)
def test_only_types_that_cannot_act_are_shown_and_the_rest_is_saved(setup: Setup, kind: str, shown: bool) -> None:
    answer = setup.client.get(f"/api/v1/files/{made(setup, 'a.x', kind)}")
    assert answer.data == b"0123456789"
    assert answer.mimetype == (kind if shown else "application/octet-stream")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("inline" if shown else "attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_file_keeps_its_name_in_any_script(setup: Setup) -> None:
    answer = setup.client.get(f"/api/v1/files/{made(setup, 'Bericht „Süd“.csv', 'text/csv')}")
    assert "filename*=UTF-8''Bericht%20%E2%80%9ES%C3%BCd%E2%80%9C.csv" in answer.headers["Content-Disposition"]


def test_a_file_can_be_had_in_parts_and_not_twice(setup: Setup) -> None:
    url = f"/api/v1/files/{made(setup, 'a.png', 'image/png')}"
    part = setup.client.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"234")
    etag = setup.client.get(url).headers["ETag"]
    assert setup.client.get(url, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("file_id", ["nothing", "..", "%2e%2e%2fx", "0" * 32, "a%00b"])
def test_a_file_that_is_not_there_is_not_found(setup: Setup, file_id: str) -> None:
    problem(setup.client.get(f"/api/v1/files/{file_id}"), 404)


def test_a_file_that_was_deleted_beside_the_store_is_not_found(setup: Setup) -> None:
    file_id = made(setup, "a.png", "image/png")
    kept = setup.files.get("files", file_id)
    assert kept is not None
    kept.path.unlink()
    problem(setup.client.get(f"/api/v1/files/{file_id}"), 404)


# --- the page ----------------------------------------------------------------------------------

PERSON = {"Accept": "text/html"}


def build(setup: Setup) -> None:
    (setup.static / "assets").mkdir(parents=True)
    (setup.static / "index.html").write_text("<title>Phloem</title>")
    (setup.static / "assets" / "index-1a2b.js").write_text("go()")
    (setup.static / "favicon.svg").write_text("<svg/>")
    (setup.static.parent / "secret").write_text("no")


@pytest.mark.parametrize("path", ["/", "/launch", "/tasks/1", "/tasks/a%2Fb"])
def test_every_address_of_the_page_is_answered_with_it(setup: Setup, path: str) -> None:
    build(setup)
    answer = setup.client.get(path)
    assert answer.text == "<title>Phloem</title>"
    assert answer.headers["Cache-Control"] == "no-cache"
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert setup.client.get(path, headers=etag).status_code == 304


def test_what_is_named_by_its_content_is_kept_for_good(setup: Setup) -> None:
    build(setup)
    caching = setup.client.get("/assets/index-1a2b.js").headers["Cache-Control"]
    assert "immutable" in caching
    assert setup.client.get("/favicon.svg").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/nowhere", "/assets/none.js", "/a/b/c", "/..%2fsecret", "/assets/..%2f..%2fsecret"])
def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(setup: Setup, path: str) -> None:
    build(setup)
    problem(setup.client.get(path), 404)
    page = setup.client.get(path, headers=PERSON)
    assert page.status_code == 404
    assert page.mimetype == "text/html"


def test_an_unknown_call_is_a_problem_also_for_people(setup: Setup) -> None:
    problem(setup.client.get("/api/v1/nothing", headers=PERSON), 404)
    problem(setup.client.post("/api/v1/nothing"), 404)
    problem(setup.client.delete("/api/v1/tasks"), 405)


def test_a_page_that_was_not_built_says_how_to_build_it(setup: Setup) -> None:
    page = setup.client.get("/", headers=PERSON)
    assert page.status_code == 503
    assert "bin/build" in page.text
    problem(setup.client.get("/"), 503, "bin/build")


def test_it_is_healthy_while_it_lives_and_ready_while_the_relay_is_live(setup: Setup) -> None:
    assert setup.client.get("/healthz").status_code == 200
    assert setup.client.get("/readyz").status_code == 200
    setup.relay.live = False
    assert setup.client.get("/healthz").status_code == 200
    problem(setup.client.get("/readyz"), 503, "Redis")


def test_json_is_whole_and_exact(setup: Setup) -> None:
    told(setup.channel, "1")
    body = json.loads(setup.client.get("/api/v1/tasks/1").data)
    assert body == msgspec.json.decode(msgspec.json.encode(setup.channel.task("1")))
