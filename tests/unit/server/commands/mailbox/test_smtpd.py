"""`phloem mailbox`, for real: where it listens, what it takes, how it ends, what it refuses."""

from __future__ import annotations

import shlex
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from phloem_server.commands.mailbox.store import Mailbox
from tests.child import Child
from tests.processes import PHLOEM, START_SECONDS, free_port, settings
from tests.waiting import wait_until

COMMAND = "exec " + shlex.join([*PHLOEM, "mailbox"])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def environment(tmp_path: Path, port: int) -> dict[str, str]:
    return {**settings(0, "redis://127.0.0.1:1/0", tmp_path), "SMTP_URL": f"smtp://127.0.0.1:{port}"}


@pytest.fixture
def running(tmp_path: Path, environment: dict[str, str]) -> Iterator[Child]:
    child = Child(COMMAND, tmp_path / "mailbox.log", environment)
    try:
        wait_until(lambda: "The mailbox listens" in child.log(), START_SECONDS, child.log)
        yield child
    finally:
        child.stop()


def test_what_it_takes_is_in_a_file_when_it_says_so(running: Child, port: int, tmp_path: Path) -> None:
    content = b"Subject: Hi\r\n\r\n.\r\n\xff\xfe\r\n" + b"line\r\n" * 100_000
    with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=20) as client:
        client.sendmail("ann@example.com", ["bob@example.com", "cid@example.com"], content)
        mailbox = Mailbox(tmp_path)
        [message_id] = mailbox.ids()
    assert mailbox.path(message_id).read_bytes() == (
        b"Delivered-To: bob@example.com\r\nDelivered-To: cid@example.com\r\nReturn-Path: <ann@example.com>\r\n"
        + content
    )


def test_a_message_that_is_too_large_is_refused(running: Child, port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=20) as client:
        client.ehlo()
        limit = int(client.esmtp_features["size"])
        assert client.docmd("MAIL", f"FROM:<a@b> SIZE={limit + 1}")[0] == 552
    assert Mailbox(tmp_path).ids() == []


def test_a_disk_that_refuses_is_said_and_the_message_not_taken(running: Child, port: int, tmp_path: Path) -> None:
    (tmp_path / "mailbox").rmdir()
    (tmp_path / "mailbox").touch()
    with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=20) as client:
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail("ann@example.com", ["bob@example.com"], b"Subject: Hi\r\n\r\n")
        assert refusal.value.smtp_code == 452
    assert "A message could not be kept" in running.log()
    assert "Traceback" not in running.log()


def test_a_recipient_that_is_no_text_gets_its_mail(running: Child, port: int, tmp_path: Path) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection, connection.makefile("rwb") as lines:
        for said in (
            b"",
            b"EHLO x",
            b"MAIL FROM:<a@b> SMTPUTF8",
            b"RCPT TO:<\xff@b>",
            b"DATA",
            b"Subject: Hi\r\n\r\n.",
        ):
            if said:
                lines.write(said + b"\r\n")
                lines.flush()
            while (answer := lines.readline())[3:4] == b"-":
                pass
        assert answer.startswith(b"250 2.0.0 Kept as")
    assert len(Mailbox(tmp_path).ids()) == 1
    assert "Traceback" not in running.log()


def test_nonsense_harms_nobody_else(running: Child, port: int, tmp_path: Path) -> None:
    for said in (b"\0" * 5000 + b"\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\xff\xfe\r\n" * 50, b"DATA\r\nDATA\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=40) as connection:
            connection.sendall(said)
            assert connection.recv(100)
    with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=20) as client:
        client.sendmail("ann@example.com", ["bob@example.com"], b"Subject: Hi\r\n\r\n")
    assert len(Mailbox(tmp_path).ids()) == 1
    assert "Traceback" not in running.log()


def test_it_is_reached_on_loopback_only(running: Child, port: int) -> None:
    others = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with pytest.raises(OSError, match="refused|unreachable|timed out"):
            socket.create_connection((address, port), timeout=2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0_also_while_somebody_is_connected(
    running: Child, port: int, number: signal.Signals
) -> None:
    with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=20) as client:
        client.ehlo()
        running.signal(number)
        wait_until(lambda: running.status is not None, 40, running.log)
        client.close()
    assert running.status == 0
    assert "Traceback" not in running.log()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a parent that ended")
def test_it_ends_when_the_process_that_started_it_is_killed(port: int, environment: dict[str, str]) -> None:
    start = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    command = [sys.executable, "-c", start, *PHLOEM, "mailbox"]

    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False

    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as parent:
        wait_until(answers, START_SECONDS, "the mailbox answers")
        parent.kill()
        wait_until(lambda: not answers(), 40, "the mailbox has ended")


def refusal(environment: dict[str, str]) -> str:
    """The one line with which it refuses to start."""
    ended = subprocess.run(
        [*PHLOEM, "mailbox"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended
    return ended.stderr


def test_a_taken_port_is_refused_with_one_line_that_says_what_to_do(
    running: Child, port: int, environment: dict[str, str]
) -> None:
    line = refusal(environment)
    assert f"cannot listen on 127.0.0.1:{port}" in line
    assert f"SMTP_URL=smtp://127.0.0.1:{port % 65535 + 1}" in line


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SMTP_URL", "smtps://ann:hunter2@mail.example.com", "SMTP_URL is 'mail.example.com:465'"),
        ("SMTP_URL", "smtp://ann:hunter2@127.0.0.1:2525", "without a password"),
        ("SMTP_URL", "ann:hunter2", "SMTP_URL is "),
        ("PHLOEM_DATA_DIR", __file__, "PHLOEM_DATA_DIR is "),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_line(
    environment: dict[str, str], variable: str, value: str, said: str
) -> None:
    line = refusal({**environment, variable: value})
    assert said in line
    assert "hunter2" not in line
