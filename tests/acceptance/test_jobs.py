"""The bundled jobs, each against what it is for, with the processes of the Procfile."""

from __future__ import annotations

import csv
import email
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest
from celery import Celery
from celery.result import AsyncResult
from PIL import Image

from phloem_server.sources.result_backend import disconnect_backend
from tests import pictures
from tests import web_server as answers
from tests.api import Api
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until
from tests.web_server import WebServer


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The processes, with links of an address that is not theirs, as behind a proxy."""
    environment = {
        "PHLOEM_URL": "https://tasks.example.com/live",
        "PHLOEM_FETCH_PRIVATE": "1",
        "PHLOEM_LEASE_SECONDS": "3",
    }
    with Stack(tmp_path_factory.mktemp("jobs"), environment) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    for name in ("redis", "worker", "web"):
        stack.ensure(name)
    return Api(stack.url)


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    with answers.web_server() as server:
        yield server


class Program:
    """Another program that uses Celery and nothing of Phloem.

    It sends by one app and reads by another: an app with a result backend subscribes to the result of all it sends.
    """

    def __init__(self, redis_url: str) -> None:
        self.sender = Celery(broker=redis_url, set_as_current=False)
        self.reader = Celery(backend=redis_url, set_as_current=False)

    def state(self, task_id: str) -> str:
        return str(AsyncResult(task_id, app=self.reader).state)

    def result(self, task_id: str) -> Any:
        return AsyncResult(task_id, app=self.reader).result


@pytest.fixture
def program(stack: Stack) -> Iterator[Program]:
    running = Program(stack.redis.url)
    yield running
    running.sender.close()
    disconnect_backend(running.reader)
    running.reader.close()


def uploaded(api: Api, content: bytes, name: str) -> str:
    answer = api.post("/uploads", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def done(api: Api, job: str, **kwargs: Any) -> dict[str, Any]:
    """The result of a job that succeeds."""
    task = api.ended(api.submit(job, **kwargs))
    assert task["state"] == "SUCCESS", task["error"]
    found: dict[str, Any] = msgspec.json.decode(task["result"])
    return found


def downloaded(api: Api, file: dict[str, Any]) -> bytes:
    """A file of a result, as a browser gets it."""
    answer = api.get(f"/files/{file['id']}")
    assert (answer.status_code, len(answer.content)) == (200, file["size"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return answer.content


def test_an_event_is_noted_live_and_its_result_kept_by_nobody(stack: Stack, api: Api, program: Program) -> None:
    with Viewer(stack.url, view={"name": "phloem.jobs.log_event"}) as ann:
        task_id = api.submit("log_event", event="somebody signed in", level="warning", details={"who": "Ann", "age": 3})
        wait_until(lambda: ann.states(task_id)[-1:] == ["SUCCESS"], 60, "the viewer sees it end")
    [line] = [(each["level"], each["message"]) for each in api.log(task_id) if each["kind"] == "log"]
    assert line == ("warning", "somebody signed in, who: Ann, age: 3")
    assert api.task(task_id)["message"] == "somebody signed in, who: Ann, age: 3"
    assert program.state(task_id) == "PENDING"


@pytest.mark.parametrize(
    ("name", "kind"), [("cat.jpg", "JPEG"), ("cat.png", "PNG"), ("cat.webp", "WEBP"), ("cat.avif", "AVIF")]
)
def test_a_picture_is_opened_and_measured_in_every_format(api: Api, name: str, kind: str) -> None:
    content = pictures.encoded(pictures.picture(1600, 1200), kind)
    result = done(api, "resize_image", upload=uploaded(api, content, name), width=800, height=800)
    images = [Image.open(io.BytesIO(downloaded(api, each))) for each in result["files"]]
    assert [(image.format, image.size) for image in images] == [
        (kind, (800, 600)),
        (kind, (400, 300)),
        (kind, (160, 120)),
    ]


def test_a_batch_of_pictures_is_one_bar_and_many_files(api: Api) -> None:
    ids = [uploaded(api, pictures.jpeg(400, 300 + i), f"{'a rather long name ' * 12}{i}.jpg") for i in range(20)]
    task = api.ended(api.submit("resize_image", upload=ids, width=390, height=390, format="WebP"))
    assert task["state"] == "SUCCESS"
    bar = task["steps"][0]
    assert (bar["description"], bar["current"], bar["total"], bar["unit"]) == ("Resizing", 20, 20, "picture")
    made = msgspec.json.decode(task["result"])["files"]
    assert len(made) == 60
    assert Image.open(io.BytesIO(downloaded(api, made[-1]))).format == "WEBP"


def test_a_picture_of_two_and_a_half_thousand_million_pixels_is_refused_in_one_sentence(api: Api) -> None:
    task = api.ended(api.submit("resize_image", upload=uploaded(api, pictures.bomb_png(), "bomb.png")))
    assert (task["state"], task["error"]) == (
        "FAILURE",
        {
            "type": "JobError",
            "message": "bomb.png is too large: it has more than 40,000,000 pixels.",
            "traceback": None,
        },
    )


def test_a_report_of_today_names_what_ran_and_what_failed(api: Api) -> None:
    done(api, "countdown", duration=0)
    failed = api.ended(api.submit("resize_image", upload="0" * 32))
    today = datetime.now(UTC).date().isoformat()
    result = done(api, "build_report", day=today)
    reader = pypdf.PdfReader(io.BytesIO(downloaded(api, result["files"][0])))
    text = "\n".join(page.extract_text() for page in reader.pages)
    for said in (
        "phloem.jobs.countdown",
        "phloem.jobs.resize_image",
        "JobError: The uploaded picture is no longer there.",
    ):
        assert said in text
    links = {note.get_object()["/A"]["/URI"] for page in reader.pages for note in page.get("/Annots", [])}
    assert f"https://tasks.example.com/live/tasks/{failed['id']}" in links

    table = downloaded(api, done(api, "build_report", day=today, format="CSV")["files"][0])
    lines = {line["job"]: line for line in csv.DictReader(io.StringIO(table.decode()))}
    assert int(lines["phloem.jobs.countdown"]["succeeded"]) >= 1
    assert int(lines["phloem.jobs.resize_image"]["failed"]) >= 1
    assert float(lines["phloem.jobs.countdown"]["run_p99_seconds"]) >= 0


def test_the_daily_report_is_made_and_arrives_in_the_mailbox(stack: Stack, api: Api) -> None:
    stack.ensure("mailbox")
    result = done(api, "daily_report")
    [file] = result["files"]
    page, _, mail_id = result["mail"].rpartition("/")
    assert page == "https://tasks.example.com/live/tasks"
    wait_until(lambda: api.get(f"/tasks/{mail_id}").status_code == 200, 40, "the mail is a task of its own")
    mail = api.ended(mail_id)
    assert (mail["name"], mail["queue"], mail["state"]) == ("phloem.jobs.send_email", "mail", "SUCCESS"), mail["error"]
    messages = [
        email.message_from_bytes(path.read_bytes(), policy=default) for path in (stack.folder / "mailbox").glob("*.eml")
    ]
    [letter] = [each for each in messages if each["Message-ID"].startswith(f"<{mail_id}@")]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    assert f"{yesterday:%-d %B %Y}" in letter["Subject"]
    assert letter["Delivered-To"] == "operator@localhost"
    text = letter.get_body(("plain",))
    assert text is not None
    assert f"https://tasks.example.com/live/api/v1/files/{file['id']}" in text.get_content()
    [attached] = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == (file["filename"], downloaded(api, file))


def test_a_file_is_fetched_over_redirects_and_counted_in_bytes(api: Api, web: WebServer) -> None:
    body = bytes(range(256)) * 8000
    web.answers["/old"] = answers.moved("/new/data.bin")
    web.answers["/new/data.bin"] = answers.content(body, "application/octet-stream")
    task = api.ended(api.submit("fetch_url", url=f"{web.url}/old"))
    assert task["state"] == "SUCCESS", task["error"]
    result = msgspec.json.decode(task["result"])
    assert downloaded(api, result["files"][0]) == body
    [step] = task["steps"]
    assert (step["current"], step["total"], step["unit"]) == (len(body), len(body), "B")


def test_what_fails_for_a_moment_is_tried_again_visibly_and_what_fails_for_good_three_times(
    stack: Stack, api: Api, web: WebServer
) -> None:
    web.answers["/moody"] = answers.in_turn(answers.status(503), answers.content(b"better"))
    web.answers["/broken"] = answers.status(500)
    with Viewer(stack.url, view={"name": "phloem.jobs.fetch_url"}) as ann:
        broken = api.submit("fetch_url", url=f"{web.url}/broken")
        moody = api.submit("fetch_url", url=f"{web.url}/moody")
        ends = [api.ended(task_id, 60) for task_id in (moody, broken)]
        wait_until(lambda: ann.states(broken)[-1:] == ["FAILURE"], 40, "the viewer sees it end")
    assert [(task["state"], task["retries"]) for task in ends] == [("SUCCESS", 1), ("FAILURE", 3)]
    assert api.states(broken).count("STARTED") == 4
    assert "RETRY" in api.states(moody)
    sentence = "127.0.0.1 answered 500 Internal Server Error."
    assert (ends[1]["error"]["message"], ends[1]["error"]["traceback"]) == (sentence, None)


def test_what_is_not_there_fails_at_once_in_one_sentence(api: Api, web: WebServer) -> None:
    web.answers["/none"] = answers.status(404)
    task = api.ended(api.submit("fetch_url", url=f"{web.url}/none"))
    assert (task["state"], task["retries"], task["error"]["message"]) == (
        "FAILURE",
        0,
        "127.0.0.1 answered 404 Not Found.",
    )
    assert task["error"]["traceback"] is None


def test_a_file_that_a_job_made_acts_in_nobodys_name(api: Api, web: WebServer) -> None:
    web.answers["/x.html"] = answers.content(b"<script>alert(1)</script>", "text/html")
    [file] = done(api, "fetch_url", url=f"{web.url}/x.html")["files"]
    headers = api.get(f"/files/{file['id']}").headers
    assert headers["Content-Type"].startswith("application/octet-stream")
    assert headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in headers["Content-Security-Policy"]


def aged(stack: Stack, kind: str, file_id: str, days: float) -> Path:
    """Makes a kept file older; where it is."""
    path = stack.folder / kind / file_id
    beside = path.with_suffix(".json")
    described = msgspec.json.decode(beside.read_bytes())
    beside.write_bytes(msgspec.json.encode({**described, "created_at": described["created_at"] - days * 86400}))
    return path


def test_old_files_are_deleted_and_the_others_not(stack: Stack, api: Api) -> None:
    old = aged(stack, "uploads", uploaded(api, b"x" * 5000, "old.txt"), 31)
    young = aged(stack, "uploads", uploaded(api, b"y", "young.txt"), 29)
    precious = stack.folder / "precious.txt"
    precious.write_text("mine")
    (stack.folder / "uploads" / ("a" * 32)).symlink_to(precious)

    told = done(api, "cleanup_files", dry_run=True)
    assert (told["dry_run"], [each["filename"] for each in told["deleted"]]) == (True, ["old.txt"])
    assert old.exists()

    result = done(api, "cleanup_files")
    assert (result["count"], result["deleted"]) == (1, told["deleted"])
    assert result["freed"] == told["freed"] > 5000
    assert not old.exists()
    assert young.exists()
    assert precious.read_text() == "mine"
    assert api.get(f"/files/{old.name}").status_code == 404
    assert api.get(f"/files/{young.name}").content == b"y"


def test_results_go_with_the_tasks_that_they_belong_to(stack: Stack, api: Api) -> None:
    result = done(api, "resize_image", upload=uploaded(api, pictures.jpeg(50, 50), "cat.jpg"))
    path = aged(stack, "files", result["files"][0]["id"], 8)
    done(api, "cleanup_files")
    assert not path.exists()
    assert api.get(f"/files/{result['files'][1]['id']}").status_code == 200


def partial_files(stack: Stack) -> list[Path]:
    return [path for path in stack.folder.glob("files/.*") if path.name.endswith(".part")]


def test_a_worker_killed_while_it_fetches_leaves_nothing_that_is_served_or_stays(
    stack: Stack, api: Api, web: WebServer
) -> None:
    web.answers["/slow"] = answers.hangs(b"half" * 1000)
    before = {path.name for path in stack.folder.glob("files/*")}
    api.submit("fetch_url", url=f"{web.url}/slow")
    wait_until(lambda: any(path.stat().st_size for path in partial_files(stack)) or len(partial_files(stack)) > 1, 60)
    stack.kill("worker")

    left = partial_files(stack)
    assert left
    for path in left:
        assert api.get(f"/files/{path.name.strip('.')[:32]}").status_code == 404
    stack.start("worker")
    result = done(api, "cleanup_files", older_than=1000)
    assert {each["filename"] for each in result["deleted"]} == {None}
    assert {path.name for path in stack.folder.glob("files/*")} == before


def test_jobs_killed_in_the_middle_are_lost_and_leave_whole_files_or_none(stack: Stack, api: Api) -> None:
    old = [aged(stack, "uploads", uploaded(api, b"x", f"{i}.txt"), 31) for i in range(2)]
    picture = uploaded(api, pictures.jpeg(300, 200), "cat.jpg")
    readers = ["ann@example.com", "bob@example.com"]
    stack.ensure("mailbox")
    stack.kill("worker")
    held = "exec celery -A tests.acceptance.held worker --loglevel INFO --without-mingle --without-gossip"
    stack.add("held", f"{held} --concurrency 7")
    stack.start("held")
    ids = {
        "send_newsletter": api.submit("send_newsletter", to=readers, subject="News", body=""),
        "resize_image": api.submit("resize_image", upload=picture),
        "build_report": api.submit("build_report"),
        "daily_report": api.submit("daily_report"),
        "cleanup_files": api.submit("cleanup_files"),
    }
    letters = [f"{ids['send_newsletter']}.{number}" for number in (1, 2)]
    sent = f"{ids['send_newsletter']}.sent"

    def is_held(job: str) -> bool:
        return "held in the middle" in [each["message"] for each in api.log(ids[job])]

    for job in ids:
        wait_until(partial(is_held, job), 60, f"{job} is in the middle")
    wait_until(lambda: api.get(f"/tasks/{sent}").status_code == 200, 60, "the letters are through")
    assert api.ended(sent)["state"] == "SUCCESS"
    ids["log_event"] = api.submit("log_event", event="somebody signed in")  # last: it may take ten seconds
    wait_until(lambda: is_held("log_event"), 40, "log_event is in the middle")
    stack.kill("held")

    assert {job: api.ended(task_id, 60)["state"] for job, task_id in ids.items()} == dict.fromkeys(ids, "LOST")
    assert len(partial_files(stack)) == 2 * 3  # a picture and two reports, each with its description
    assert [path.exists() for path in old].count(True) == 1
    for kind in ("uploads", "files"):
        for beside in (stack.folder / kind).glob("*.json"):
            described = msgspec.json.decode(beside.read_bytes())
            answer = api.get(f"/files/{beside.stem}")
            assert answer.status_code == 404 or len(answer.content) == described["size"]

    stack.start("worker")
    done(api, "cleanup_files")
    assert not any(path.exists() for path in old)
    for kind in ("uploads", "files"):
        names = {path.name for path in (stack.folder / kind).iterdir() if not path.is_symlink()}
        assert {name.removesuffix(".json") for name in names if len(name) == 37} == {n for n in names if len(n) == 32}
        assert not [name for name in names if name.startswith(".")]
    # None of them ran again, and what the newsletter had begun went on without it.
    assert {job: api.states(task_id).count("STARTED") for job, task_id in ids.items()} == dict.fromkeys(ids, 1)
    assert [api.task(task_id)["state"] for task_id in ids.values()] == ["LOST"] * len(ids)
    messages = [path.read_bytes() for path in (stack.folder / "mailbox").glob("*.eml")]
    assert [sum(f"<{each}@".encode() in message for message in messages) for each in letters] == [1, 1]


def test_a_time_limit_is_shown_for_what_it_was(api: Api, program: Program) -> None:
    options = {"queue": "default", "soft_time_limit": 1}  # wins over that of the job
    sent = program.sender.send_task("phloem.jobs.countdown", kwargs={"duration": 60}, **options)
    wait_until(lambda: api.get(f"/tasks/{sent.id}").status_code == 200, 60, "the worker takes it")
    task = api.ended(sent.id)
    assert (task["state"], task["error"]["type"], task["error"]["message"]) == (
        "FAILURE",
        "SoftTimeLimitExceeded",
        "It ran longer than its soft time limit of 1 s.",
    )
    wait_until(lambda: program.state(sent.id) == "FAILURE", 40, "Celery says so as well")


def test_the_result_from_python_and_over_http_is_the_same(api: Api, program: Program) -> None:
    good = api.ended(api.submit("countdown", duration=0))
    bad = api.ended(api.submit("resize_image", upload="0" * 32))
    assert (program.state(good["id"]), program.result(good["id"])) == ("SUCCESS", msgspec.json.decode(good["result"]))
    failed = program.result(bad["id"])
    assert (program.state(bad["id"]), type(failed).__name__, str(failed)) == (
        bad["state"],
        bad["error"]["type"],
        bad["error"]["message"],
    )
    running = api.submit("countdown", duration=30)
    wait_until(lambda: api.task(running)["state"] == "PROGRESS", 60, "it runs")
    assert program.state(running) == "STARTED"
    program.sender.control.revoke(running, terminate=True)
    assert api.ended(running)["state"] == "REVOKED"
    wait_until(lambda: program.state(running) == "REVOKED", 40, "Celery says so as well")
