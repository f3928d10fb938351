"""Mail, from the form to the mailbox, with the processes of the Procfile."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from celery import Celery
from celery.utils import uuid

import phloem
from phloem.settings.smtp import SmtpServer
from tests import mail_server
from tests.api import Api
from tests.mail_server import Server
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

SUBJECT = "Grüße, 你好 and a rather long rest of a subject, so that it has to be folded somewhere on its way"
BODY = "Dear Zoë,\n\n.\n.. two dots begin this line\nFrom here on: 你好\n" + "x" * 2000 + "\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With a mailbox, and tries that follow each other soon."""
    with Stack(tmp_path_factory.mktemp("stack"), {"PHLOEM_MAIL_BACKOFF": "1", "PHLOEM_LEASE_SECONDS": "3"}) as running:
        running.start("mailbox")
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    stack.ensure("mailbox")
    stack.ensure("worker")
    return Api(stack.url)


def arrived(stack: Stack, task_id: str) -> list[EmailMessage]:
    """What lies in the mailbox of that task, read as files."""
    files = sorted((stack.folder / "mailbox").glob("*.eml"))
    messages = [email.message_from_bytes(file.read_bytes(), policy=default) for file in files]
    return [each for each in messages if each["Message-ID"].startswith(f"<{task_id}@")]


def test_a_mail_is_read_back_from_its_file_as_it_was_written(stack: Stack, api: Api) -> None:
    content = bytes(range(256)) * 1000
    upload = api.post("/uploads", files={"file": ("Übersicht 1.bin", content, "application/x-thing")}).json()["id"]
    to = ["ann@example.com", "bob@example.org"]
    task_id = api.submit("send_email", to=to, subject=SUBJECT, body=BODY, attachments=[upload])
    task = api.ended(task_id)
    assert task["state"] == "SUCCESS", task["error"]
    [message] = arrived(stack, task_id)
    assert message["Subject"] == SUBJECT
    assert message["To"] == ", ".join(to)
    assert message.get_all("Delivered-To") == to
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == BODY  # lines of mail end with both
    [attached] = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("Übersicht 1.bin", "application/x-thing")
    assert attached.get_payload(decode=True) == content


def test_what_a_task_of_an_owner_makes_and_mails_is_there_for_them_and_for_nobody_else(
    stack: Stack, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REDIS_URL", "PHLOEM_NAMESPACE"):
        monkeypatch.setenv(variable, stack.environment[variable])
    acme, bolt = (Api(stack.url, phloem.share(owner=owner)) for owner in ("acme", "bolt"))

    def sent(name: str, owner: str, **kwargs: Any) -> dict[str, Any]:
        with Celery(broker=stack.redis.url, set_as_current=False) as producer:
            headers = {"phloem_owner": owner}
            task_id = producer.send_task(f"phloem.jobs.{name}", kwargs=kwargs, queue="default", headers=headers).id
        wait_until(lambda: api.get(f"/tasks/{task_id}").ok, 60, f"{name} is on record")
        return api.ended(task_id)

    for owner in ("acme", "bolt"):
        sent("send_email", owner, to="ann@example.com", subject=owner)
    report = sent("build_report", "acme", format="CSV")
    result = json.loads(report["result"])
    assert (report["owner"], result["ended"]) == ("acme", 1)  # the one mail that is theirs
    path = f"/files/{result['files'][0]['id']}"
    assert [each.get(path).status_code for each in (acme, bolt, api)] == [200, 404, 200]
    foreign, missing = bolt.get(path), bolt.get(f"/files/{'0' * 32}")
    assert foreign.text.replace(path[7:], "0" * 32) == missing.text
    for who, whose in ((acme, "acme"), (bolt, "bolt")):
        assert [each["subject"] for each in who.get("/mailbox").json()["messages"]] == [whose]
        own = {task["id"] for task in api.get("/tasks", params={"owner": whose}).json()["tasks"]}
        assert {task["id"] for task in who.get("/tasks").json()["tasks"]} == own


def test_progress_covers_the_conversation_and_the_bytes(stack: Stack, api: Api) -> None:
    task = api.ended(api.submit("send_email", to=["ann@example.com"], subject="Hello"))
    said = [step["description"] for step in task["steps"]]
    assert said[0] == "Sending"
    assert said[1].startswith("Connecting to 127.0.0.1:")
    assert said[2:] == ["Naming recipients", "Sending the message"]
    data = task["steps"][-1]
    assert (data["unit"], data["done"], data["current"]) == ("B", True, data["total"])
    assert task["percent"] == 100


def test_a_server_that_is_down_and_comes_back_gets_the_mail_once(stack: Stack, api: Api) -> None:
    stack.stop("mailbox")
    task_id = api.submit("send_email", to=["ann@example.com"], subject="Late")
    waiting = wait_until(lambda: (task := api.task(task_id))["state"] == "RETRY" and task, 60, "it waits for a retry")
    assert waiting["eta"] is not None
    assert "Connection refused" in waiting["error"]["message"]
    assert waiting["error"]["traceback"] is None
    stack.start("mailbox")
    task = api.ended(task_id)
    assert task["state"] == "SUCCESS", task
    assert task["retries"] >= 1
    assert len(arrived(stack, task_id)) == 1


def test_a_message_that_comes_twice_is_one_mail(stack: Stack, api: Api) -> None:
    task_id, kwargs = uuid(), {"to": ["ann@example.com"], "subject": "Once"}
    with Celery(broker=stack.redis.url, set_as_current=False) as program:
        for _ in range(2):
            program.send_task("phloem.jobs.send_email", kwargs=kwargs, task_id=task_id, queue="mail")
    wait_until(lambda: api.get(f"/tasks/{task_id}").status_code == 200, 60, "a worker takes it")
    said = "Another worker has the same message and does this; here nothing is done."
    wait_until(lambda: said in [each["message"] for each in api.log(task_id)], 60, "the second one is noticed")
    wait_until(lambda: str(api.task(task_id)["message"]).endswith(f": {said}"), 60, lambda: str(api.task(task_id)))
    wait_until(lambda: arrived(stack, task_id), 60, "it arrives")
    after = api.submit("send_email", to=["bob@example.com"], subject="After that")
    assert api.ended(after)["state"] == "SUCCESS"
    assert len(arrived(stack, task_id)) == 1


@pytest.mark.parametrize(
    ("kwargs", "named"),
    [
        ({"to": [], "subject": "x"}, "to: expected `array` of length >= 1"),
        ({"to": ["ann@example.com"] * 10_000, "subject": "x"}, "to: expected `array` of length <= 100"),
        ({"to": ["ann"], "subject": "x"}, "to[0]"),
        ({"to": ["ann@example.com"], "subject": 7}, "subject: expected `str`"),
        (
            {"to": ["ann@example.com"], "subject": "x", "body": "x" * 500_001},
            "body: expected `str` of length <= 500000",
        ),
    ],
)
def test_what_is_no_mail_is_refused_before_it_is_a_task(api: Api, kwargs: dict[str, Any], named: str) -> None:
    answer = api.post("/tasks", json={"name": "phloem.jobs.send_email", "kwargs": kwargs})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"subject": "a\r\nBcc: eve@example.com"}, "no single line of printable text"),
        ({"subject": "x", "to": ["a..b@example.com"]}, "no mail address such as ann@example.com"),
        ({"subject": "x", "attachments": ["0" * 32]}, "is no longer there"),
    ],
)
def test_what_only_the_job_can_see_fails_with_a_sentence_and_sends_nothing(
    stack: Stack, api: Api, kwargs: dict[str, Any], said: str
) -> None:
    task_id = api.submit("send_email", **{"to": ["ann@example.com"], **kwargs})
    task = api.ended(task_id)
    assert (task["state"], task["retries"], task["error"]["traceback"]) == ("FAILURE", 0, None)
    assert said in task["error"]["message"]
    assert arrived(stack, task_id) == []


@pytest.fixture
def server(stack: Stack) -> Iterator[Server]:
    """A mail server that answers as it is told, in the place of the mailbox."""
    stack.ensure("worker")
    stack.stop("mailbox")
    with mail_server.running(Server(port_of_mailbox(stack))) as running:
        yield running
    stack.start("mailbox")


def port_of_mailbox(stack: Stack) -> int:
    return SmtpServer.parse(stack.environment["SMTP_URL"]).port


def test_a_refused_recipient_is_a_failure_in_the_servers_words_and_no_retry(stack: Stack, server: Server) -> None:
    server.refusals["nobody@example.com"] = "550 5.1.1 Nobody of this name lives here"
    api = Api(stack.url)
    to = ["ann@example.com", "nobody@example.com"]
    task_id = api.submit("send_email", to=to, subject="Hello")
    task = api.ended(task_id)
    assert (task["state"], task["retries"]) == ("FAILURE", 0)
    assert "nobody@example.com: 550 5.1.1 Nobody of this name lives here" in task["error"]["message"]
    assert task["error"]["traceback"] is None
    assert "RETRY" not in api.states(task_id)
    assert server.named == to
    assert server.envelopes == []


def test_a_server_that_says_later_is_asked_again(stack: Stack, server: Server) -> None:
    server.answers = ["452 4.3.1 The disk is full"]
    api = Api(stack.url)
    task_id = api.submit("send_email", to=["ann@example.com"], subject="Hello")
    assert api.ended(task_id)["state"] == "SUCCESS"
    assert api.states(task_id).count("RETRY") >= 1
    assert len(server.envelopes) == 1


def test_a_worker_that_is_killed_in_mid_conversation_leaves_a_lost_task_and_sends_nothing_again(
    stack: Stack, server: Server
) -> None:
    server.answers = ["be silent"]
    api = Api(stack.url)
    task_id = api.submit("send_email", to=["ann@example.com"], subject="Hello")
    wait_until(lambda: not server.answers, 60, "the message is on its way")
    stack.kill("worker")
    assert api.ended(task_id, 60)["state"] == "LOST"
    stack.start("worker")
    after = api.submit("send_email", to=["bob@example.com"], subject="After that")
    assert api.ended(after)["state"] == "SUCCESS"
    assert server.named == ["ann@example.com", "bob@example.com"]
    assert api.task(task_id)["state"] == "LOST"


def test_a_newsletter_is_one_mail_for_each_and_one_bar_for_all(stack: Stack, api: Api) -> None:
    readers = [f"reader-{number}@example.com" for number in range(20)]
    wrong = "two..dots@example.com"
    with Viewer(stack.url, view={"name": "phloem.jobs.send_newsletter"}) as viewer:
        task_id = api.submit("send_newsletter", to=[*readers, wrong], subject="News", body="All is well.")
        task = api.ended(task_id)
        wait_until(lambda: viewer.states(task_id)[-1:] == ["SUCCESS"], 40, "the viewer sees the end")
        percents = viewer.percents(task_id)
    assert task["state"] == "SUCCESS", task["error"]
    assert percents == sorted(percents)
    assert (task["percent"], task["steps"][0]["total"], task["steps"][0]["unit"]) == (100, 21, "mail")
    result = json.loads(task["result"])
    assert result["sent"] == 20
    assert [each["to"] for each in result["refused"]] == [wrong]
    for number in range(1, 21):
        [message] = arrived(stack, f"{task_id}.{number}")
        assert message["To"] == readers[number - 1]
    assert [api.task(each)["queue"] for each in (task_id, f"{task_id}.1")] == ["default", "mail"]
    called_back = api.ended(f"{task_id}.sent")
    assert json.loads(called_back["result"]) == result
    assert called_back["root_id"] == task_id


def test_two_newsletters_that_take_all_processes_of_the_worker_make_room_for_their_mails(
    stack: Stack, api: Api
) -> None:
    ids = [api.submit("send_newsletter", to=["ann@example.com"], subject="News", body="") for _ in range(3)]
    for task_id in ids:
        assert api.ended(task_id, 50)["state"] == "SUCCESS"
        assert len(arrived(stack, f"{task_id}.1")) == 1
