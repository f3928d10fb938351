"""The conversation with a mail server: real servers on loopback that say yes, no, later, or nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from phloem.jobs.mail import smtp_client
from phloem.jobs.mail.smtp_client import TIME_LIMIT_SECONDS, Refused, Unavailable, Unconfirmed, deliver
from phloem.settings.smtp import SmtpServer
from phloem.testing.plugin import Reported
from tests import mail_server
from tests.mail_server import PASSWORD, USER, Server
from tests.processes import free_port

MESSAGE = b"Subject: Hello\r\n\r\n.\r\n.. and a dot\r\n" + b"x y z\r\n" * 30_000
TO = ["bob@example.com", "cid@example.com"]


@pytest.fixture
def server() -> Iterator[Server]:
    with mail_server.running(Server()) as running:
        yield running


def at(server: Server, scheme: str = "smtp", who: str = "", options: str = "") -> SmtpServer:
    return SmtpServer.parse(f"{scheme}://{who}127.0.0.1:{server.port}{options}")


def test_a_message_arrives_byte_for_byte(server: Server) -> None:
    deliver(at(server, options="?from=ann@example.com"), MESSAGE, TO)
    [envelope] = server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ann@example.com", TO)
    assert envelope.original_content == MESSAGE


def test_progress_counts_recipients_and_bytes(server: Server, phloem_run: Reported) -> None:
    deliver(at(server), MESSAGE, TO)
    assert [(step.description, step.current, step.unit) for step in phloem_run.steps] == [
        ("Sending", 4, ""),
        (f"Connecting to 127.0.0.1:{server.port}", 0, ""),
        ("Naming recipients", 2, "recipient"),
        ("Sending the message", len(MESSAGE) + 2, "B"),  # with two dots put before two dots
    ]
    assert phloem_run.percent == 100


def test_a_refused_recipient_is_told_in_the_servers_words_and_nobody_gets_it(server: Server) -> None:
    server.refusals["cid@example.com"] = "550-5.1.1 No such user.\r\n550 5.1.1 Have you spelt it right?"
    with pytest.raises(Refused) as refusal:
        deliver(at(server), MESSAGE, TO)
    assert "cid@example.com: 550 5.1.1 No such user. 5.1.1 Have you spelt it right?" in str(refusal.value)
    assert server.envelopes == []


@pytest.mark.parametrize(
    ("answer", "kind"), [("452 4.2.2 Full", Unavailable), ("421 Going down", Unavailable), ("554 Spam", Refused)]
)
def test_4xx_asks_for_another_try_and_5xx_does_not(server: Server, answer: str, kind: type[Exception]) -> None:
    server.answers = [answer]
    with pytest.raises(kind, match=answer):
        deliver(at(server), MESSAGE, TO)
    server.refusals["bob@example.com"] = answer
    with pytest.raises(kind, match=answer):
        deliver(at(server), MESSAGE, TO)


def test_a_connection_that_breaks_before_the_last_answer_asks_for_no_other_try(server: Server) -> None:
    server.answers = ["hang up"]
    with pytest.raises(Unconfirmed, match="See whether it arrived"):
        deliver(at(server), MESSAGE, TO)


def test_a_confirmation_has_its_own_time_and_one_that_does_not_come_asks_for_no_other_try(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_client, "CONFIRM_SECONDS", 0.2)
    server.answers = ["be silent"]
    with pytest.raises(Unconfirmed, match=r"no answer within 0.2 s"):
        deliver(at(server), MESSAGE, TO)


def test_a_server_has_ten_minutes_to_confirm_and_the_task_has_longer() -> None:
    assert smtp_client.CONFIRM_SECONDS >= 600  # RFC 5321, 4.5.3.2.6
    assert TIME_LIMIT_SECONDS > smtp_client.CONFIRM_SECONDS + 4 * smtp_client.TIMEOUT_SECONDS


def test_a_server_that_is_away_asks_for_another_try() -> None:
    port = free_port()
    with pytest.raises(Unavailable, match=f"^127.0.0.1:{port} cannot be reached: Connection refused.$"):
        deliver(SmtpServer.parse(f"smtp://127.0.0.1:{port}"), MESSAGE, TO)


def test_a_server_that_says_nothing_asks_for_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_client, "TIMEOUT_SECONDS", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(Unavailable, match=r"no answer within 0.2 s"),
    ):
        deliver(SmtpServer.parse(f"smtp://127.0.0.1:{silent.getsockname()[1]}"), MESSAGE, TO)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfe\r\n" * 5, b"220 " + b"x" * 9000])
def test_what_is_no_mail_server_is_told_in_a_sentence(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises((Refused, Unavailable)) as refusal:
            deliver(SmtpServer.parse(f"smtp://127.0.0.1:{listener.getsockname()[1]}"), MESSAGE, TO)
        thread.join()
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 600


def test_a_message_that_is_larger_than_the_server_takes_is_not_sent() -> None:
    with mail_server.running(Server(), data_size_limit=1000) as server:
        with pytest.raises(Refused, match="takes 1,000"):
            deliver(at(server), MESSAGE, TO)
        assert server.named == []


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is one that this process trusts."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture(params=["starttls", "tls"])
def secured(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[tuple[Server, str, str]]:
    """A server that lets nobody but USER send, over TLS: itself, the scheme and the option that reach it."""
    context = mail_server.context(authority.issue_cert("127.0.0.1"))
    common = {"authenticator": mail_server.sign_in, "auth_required": True}
    if request.param == "starttls":
        with mail_server.running(Server(), tls_context=context, require_starttls=True, **common) as server:
            yield server, "smtp", "?starttls=1"
    else:
        # aiosmtpd does not count TLS from the first byte as TLS here.
        with (
            pytest.warns(UserWarning, match="Requiring AUTH"),
            mail_server.running(Server(), ssl_context=context, auth_require_tls=False, **common) as server,
        ):
            yield server, "smtps", ""


def test_it_signs_in_over_tls(trusted: None, secured: tuple[Server, str, str]) -> None:
    server, scheme, options = secured
    deliver(at(server, scheme, f"{USER}:{quote(PASSWORD)}@", options), MESSAGE, TO)
    assert len(server.envelopes) == 1


def test_a_wrong_password_is_refused_and_not_told(trusted: None, secured: tuple[Server, str, str]) -> None:
    server, scheme, options = secured
    with pytest.raises(Refused, match="does not let us sign in: 535 ") as refusal:
        deliver(at(server, scheme, f"{USER}:swordfish@", options), MESSAGE, TO)
    assert "swordfish" not in str(refusal.value)


def test_a_certificate_of_nobody_we_trust_is_refused_and_the_refusal_says_how_to_trust_it(
    secured: tuple[Server, str, str],
) -> None:
    server, scheme, options = secured
    reason = "self-signed certificate|unable to get local issuer certificate"
    with pytest.raises(Refused, match=rf"is not good: ({reason})\. SSL_CERT_FILE may name a file "):
        deliver(at(server, scheme, f"{USER}:{quote(PASSWORD)}@", options), MESSAGE, TO)
    assert server.named == []


def test_where_starttls_is_asked_for_and_not_offered_nothing_is_sent(server: Server) -> None:
    with pytest.raises(Refused, match="STARTTLS"):
        deliver(at(server, options="?starttls=1"), MESSAGE, TO)
    assert server.named == []


def test_tls_where_none_is_spoken_is_refused(server: Server) -> None:
    with pytest.raises(Refused, match="cannot be spoken to as SMTP_URL says"):
        deliver(at(server, "smtps"), MESSAGE, TO)
