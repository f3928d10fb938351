"""The mail jobs, called directly: what they write, and what they refuse in one sentence."""

from __future__ import annotations

import email
import io
from collections.abc import Iterator
from contextlib import contextmanager
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec
import pytest
from celery import Celery, Task
from celery.exceptions import Ignore
from celery.utils.threads import LocalStack

from phloem.files import FileStore, Kind
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.jobs import send_email as module
from phloem.jobs import send_newsletter as newsletter_module
from phloem.jobs.app import app, settings
from phloem.jobs.errors import JobError
from phloem.jobs.mail import compose, delivery
from phloem.jobs.mail.compose import written
from phloem.jobs.mail.smtp_client import Unavailable
from phloem.jobs.send_email import pause, send_email
from phloem.jobs.send_newsletter import Outcome, send_letter, send_newsletter, summary
from phloem.settings import MAIL_BACKOFF_LIMIT, SettingError, Settings
from phloem.settings.smtp import SmtpServer
from phloem.testing.plugin import Reported
from tests import mail_server
from tests.mail_server import Server
from tests.processes import free_port


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    store = FileStore(tmp_path)
    monkeypatch.setattr(module, "files", store)
    return store


@pytest.fixture
def server(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with mail_server.running(Server()) as running:
        ours = SmtpServer.parse(f"smtp://127.0.0.1:{running.port}")
        monkeypatch.setattr(module, "settings", msgspec.structs.replace(settings, smtp=ours))
        yield running


def parsed(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=default)


def test_a_message_names_the_task_that_sends_it() -> None:
    first, again = (written("task 1", "a@example.com", ["b@example.com"], "Hello", "") for _ in range(2))
    assert parsed(first)["Message-ID"] == parsed(again)["Message-ID"] == "<task%201@example.com>"


def test_a_message_has_seven_bits_and_lines_that_every_server_takes() -> None:
    message = written("1", "a@example.com", ["b@example.com"] * 100, "é" * 500, "é\r\nx\n" + "你" * 5000)
    assert message.isascii()
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\n" not in message.replace(b"\r\n", b"")
    body = parsed(message).get_body()
    assert body is not None
    assert body.get_content().splitlines() == ["é", "x", "你" * 5000]


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\n", "a\u2028b", "a\0b", "\ud800", " ", "a\x1b[31m"]
)
def test_a_subject_is_one_line_and_no_header_besides(server: Server, subject: str) -> None:
    with pytest.raises(JobError, match=r"^subject: .* is no single line of printable text\.$"):
        send_email(["bob@example.com"], subject)
    assert server.envelopes == []


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Hi=0d=0aReply-To:_eve@evil.example?=",
        "=?utf-8?q?Hi=0d=0a=0d=0aA_body?=",
        "Hi =?utf-8?b?DQpSZXBseS1UbzogZXZlQGV2aWwuZXhhbXBsZQ==?=",
        "=?utf-8?q?Hello?=",
        "=?klingon?q?Hi?=",
    ],
)
def test_a_subject_that_a_reader_would_decode_is_refused(server: Server, subject: str) -> None:
    with pytest.raises(JobError, match=r"^subject: .*encoded word"):
        send_email(["bob@example.com"], subject)
    assert server.envelopes == []


@pytest.mark.parametrize(
    "subject",
    [
        "Hello",
        "Grüße, 你好",
        "Is 1 =? 2",
        "two  blanks ",
        " first",
        "À 10\u202fh\u00a0: 120\u00a0€, \U0001f469\u200d\U0001f467, می\u200cخواهم",  # blanks and joiners
        "x" * 500,
        "é" * 500,
        "é " * 250,
        "a word of ASCII and " * 20 + "its end",
        *(
            f"{'x' * shift} Re: Livraison à l'adresse indiquée, détails en pièce jointe pour l’équipe"
            for shift in range(40)
        ),
    ],
)
def test_a_subject_reads_as_it_was_given_by_new_readers_and_old_ones(subject: str) -> None:
    message = written("1", "a@example.com", ["b@example.com"], subject, "")
    assert parsed(message)["Subject"] == subject
    old = email.message_from_bytes(message)["Subject"].replace("\r\n", "")
    assert str(make_header(decode_header(old))) == subject
    assert max(map(len, message.split(b"\r\n"))) <= 78


def test_a_body_with_a_nul_arrives_as_it_is_though_no_mail_has_one() -> None:
    message = written("1", "a@example.com", ["b@example.com"], "x", "before\0after\n")
    assert b"\0" not in message
    body = parsed(message).get_body()
    assert body is not None
    assert body.get_content() == "before\0after\r\n"


def test_one_address_is_taken_as_well_as_a_list(server: Server) -> None:
    Signature.of(send_email).check([], {"to": "bob@example.com", "subject": "x"})
    assert send_email("bob@example.com", "Hello")["to"] == ["bob@example.com"]
    assert [envelope.rcpt_tos for envelope in server.envelopes] == [["bob@example.com"]]


@pytest.mark.parametrize("to", ["bob", "bob@example.com, eve@example.com", ""])
def test_one_text_is_one_address(server: Server, to: str) -> None:
    with pytest.raises(JobError, match=r"^to: .* is no mail address"):
        send_email(to, "Hello")
    assert server.envelopes == []


@pytest.mark.parametrize("subject", ["a\nb", "=?utf-8?q?Hi=0d=0aX:_y?="])
def test_a_newsletter_whose_subject_every_letter_would_be_refused_for_is_not_begun(subject: str) -> None:
    with pytest.raises(JobError, match=r"^subject: "):
        send_newsletter(["bob@example.com"], subject, "News")


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?a=0d=0aReply-To:_eve@evil.example?=.txt",
        "=?utf-8?q?a=22=0d=0a=0d=0aA_body?=",
        "x =?utf-8?b?DQpYOiB5?=",
    ],
)
def test_the_name_of_an_attachment_begins_no_header(store: FileStore, name: str) -> None:
    upload = store.add("uploads", io.BytesIO(b"x"), name, "text/plain")
    message = written("1", "a@example.com", ["b@example.com"], "Hello", "", [upload])
    assert b"\r\nReply-To" not in message
    [part] = parsed(message).iter_attachments()
    assert set(part.keys()) == {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"}
    assert part.get_filename() == name.replace("=?", "= ?")


@pytest.mark.parametrize(
    "address",
    [
        "bob",
        "bob@",
        "@example.com",
        "two..dots@example.com",
        ".bob@example.com",
        "bob@example.com\n",
        "bob@example.com\r\nBcc: eve@example.com",
        "Bob <bob@example.com>",
        "bob@example.com,eve@example.com",
        "bob@example.com> SIZE=1",
        "b\0b@example.com",
        "bób@example.com",
        "bob@-example.com",
        "bob@ex ample.com",
        '"a b"@example.com',
    ],
)
def test_what_is_no_mail_address_is_refused_before_anything_is_sent(server: Server, address: str) -> None:
    with pytest.raises(JobError, match=r"^to: .* is no mail address such as ann@example\.com\.$"):
        send_email(["ann@example.com", address], "Hello")
    assert server.named == []


def test_a_body_with_half_a_character_is_refused() -> None:
    with pytest.raises(JobError, match="half of a character"):
        written("1", "a@example.com", ["b@example.com"], "Hello", "\ud800")


@pytest.mark.parametrize("kind", ["uploads", "files"])
def test_what_was_uploaded_and_what_a_job_made_can_be_attached(server: Server, store: FileStore, kind: Kind) -> None:
    file = store.add(kind, io.BytesIO(b"figures"), "report.pdf", "application/pdf")
    send_email(["bob@example.com"], "Hello", attachments=[file.id])
    content = server.envelopes[0].original_content
    assert content is not None
    [part] = parsed(content).iter_attachments()
    assert (part.get_filename(), part.get_payload(decode=True)) == ("report.pdf", b"figures")


def test_a_file_that_is_gone_is_named(server: Server) -> None:
    with pytest.raises(JobError, match=f"The file {'0' * 32} is no longer there"):
        send_email(["bob@example.com"], "Hello", attachments=["0" * 32])


def test_attachments_that_are_too_large_are_refused_before_they_are_read(
    server: Server, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "ATTACHED_LIMIT_BYTES", 10)
    upload = store.add("uploads", io.BytesIO(b"eleven byte"), "a.txt", "text/plain")
    upload.path.unlink()
    upload.path.mkdir()  # which cannot be read
    with pytest.raises(JobError, match="11 bytes in all; a mail takes 10"):
        written("1", "a@example.com", ["b@example.com"], "Hello", "", [upload])


def test_an_attached_message_stays_an_attachment(store: FileStore) -> None:
    upload = store.add("uploads", io.BytesIO(b"Subject: Evil\r\n\r\n"), "a\r\nX: y.eml", "message/rfc822")
    [part] = parsed(written("1", "a@example.com", ["b@example.com"], "Hello", "", [upload])).iter_attachments()
    assert (part.get_content_type(), part.get_payload(decode=True)) == (
        "application/octet-stream",
        b"Subject: Evil\r\n\r\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": [], "subject": "x"},
        {"to": ["bob"], "subject": "x"},
        {"to": ["bob@example.com"] * 101, "subject": "x"},
        {"to": ["bob@example.com"] * 10_000, "subject": "x"},
        {"to": [1], "subject": "x"},
        {"to": None, "subject": "x"},
        {"to": ["bob@example.com"]},
        {"to": ["bob@example.com"], "subject": ""},
        {"to": ["bob@example.com"], "subject": "x" * 501},
        {"to": ["bob@example.com"], "subject": 1},
        {"to": ["bob@example.com"], "subject": "x", "body": "x" * 500_001},
        {"to": ["bob@example.com"], "subject": "x", "attachments": ["../../etc/passwd"]},
        {"to": ["bob@example.com"], "subject": "x", "attachments": ["0" * 32] * 11},
        {"to": ["bob@example.com"], "subject": "x", "bcc": "eve@example.com"},
    ],
)
def test_arguments_that_do_not_fit_are_told_in_one_line(arguments: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError) as refusal:
        Signature.of(send_email).check([], arguments)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_a_newsletter_has_up_to_a_thousand_readers() -> None:
    signature = Signature.of(send_newsletter)
    signature.check([], {"to": ["bob@example.com"] * 1000, "subject": "x", "body": ""})
    for refused in ([], ["bob@example.com"] * 1001):
        with pytest.raises(ArgumentsError, match=r"^to: "):
            signature.check([], {"to": refused, "subject": "x", "body": ""})


@pytest.mark.parametrize("job", [send_email, send_letter, send_newsletter])
def test_a_message_is_taken_before_the_work_so_that_a_dead_worker_sends_nothing_again(job: Task) -> None:
    assert job.acks_late is False


def test_pauses_double_and_differ() -> None:
    first = settings.mail_backoff
    for retries in range(3):
        pauses = {pause(retries) for _ in range(20)}
        assert all(first * 2**retries <= each <= 1.5 * first * 2**retries for each in pauses)
        assert len(pauses) > 1


def test_a_letter_that_is_refused_says_so_and_does_not_fail(server: Server) -> None:
    server.refusals["bob@example.com"] = "550 No such user"
    outcome = send_letter("bob@example.com", "News", "Nothing new")
    assert outcome["to"] == "bob@example.com"
    assert "550 No such user" in outcome["refused"]
    assert send_letter("ann@example.com", "News", "Nothing new") == {"to": "ann@example.com", "refused": None}


def test_a_summary_counts_and_names_who_was_refused() -> None:
    no: Outcome = {"to": "b@example.com", "refused": "550 No"}
    assert summary([{"to": "a@example.com", "refused": None}, no]) == {"sent": 1, "refused": [no]}


@contextmanager
def message(task: Task, retries: int = 0) -> Iterator[None]:
    """As inside a worker that has taken a message of this task."""
    task.bind(app)  # as a worker does with all tasks
    task.request_stack = task.request_stack or LocalStack()
    task.push_request(id="1", retries=retries, called_directly=False)
    try:
        yield
    finally:
        task.pop_request()


@pytest.fixture
def results(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """An app that keeps its results in Redis, in the place of the jobs'."""
    with Celery(backend=redis_url, set_as_current=False) as other:
        monkeypatch.setattr(delivery, "app", other)
        yield other
        other.backend.client.connection_pool.disconnect()


@pytest.mark.usefixtures("results")
def test_a_message_that_two_workers_have_is_sent_by_one_and_the_other_says_why_not(
    server: Server, phloem_run: Reported
) -> None:
    with message(send_email):
        module.mailed(send_email, ["bob@example.com"], "Hello", "", [])
        with pytest.raises(Ignore):
            module.mailed(send_email, ["bob@example.com"], "Hello", "", [])
    assert len(server.envelopes) == 1
    assert "Another worker has the same message" in phloem_run.lines[-1][1]
    with message(send_email, retries=1):  # another try is another message
        module.mailed(send_email, ["bob@example.com"], "Hello", "", [])
    assert len(server.envelopes) == 2


@pytest.mark.usefixtures("results")
def test_a_newsletter_that_two_workers_have_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    monkeypatch.setattr(newsletter_module, "chord", lambda letters: lambda _: begun.append(len(letters)))
    monkeypatch.setattr(newsletter_module, "as_they_end", lambda *_: iter(()))
    with message(send_newsletter):
        send_newsletter.run(["bob@example.com"], "News", "")
        with pytest.raises(Ignore):
            send_newsletter.run(["bob@example.com"], "News", "")
    assert begun == [1]


def test_a_claim_that_cannot_be_made_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    with Celery(backend=f"redis://127.0.0.1:{free_port()}", set_as_current=False) as other, message(send_email):
        other.conf.result_backend_transport_options = {"retry_policy": {"max_retries": 0}}
        monkeypatch.setattr(delivery, "app", other)
        with pytest.raises(Unavailable, match="whether another worker does this"):
            delivery.claim(send_email)


def test_the_longest_wait_ends_before_the_broker_hands_the_message_to_a_second_worker() -> None:
    assert MAIL_BACKOFF_LIMIT * 2 ** (module.TRIES_AGAIN - 1) * 1.5 < 3600
    assert (
        Settings.from_environment({"PHLOEM_MAIL_BACKOFF": str(MAIL_BACKOFF_LIMIT)}).mail_backoff == MAIL_BACKOFF_LIMIT
    )
    with pytest.raises(SettingError, match="from 1 to 590"):
        Settings.from_environment({"PHLOEM_MAIL_BACKOFF": str(MAIL_BACKOFF_LIMIT + 1)})
