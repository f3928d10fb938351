"""What arrives at a syslog and at a webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from phloem_server.access.audit.entry import KeptEntry, Outcome
from phloem_server.access.audit.forwarding.syslog import Syslog
from phloem_server.access.audit.forwarding.target import NotSent
from phloem_server.access.audit.forwarding.webhook import SIGNATURE, Webhook
from tests.processes import free_port


def kept(number: int = 1, outcome: Outcome = "done") -> KeptEntry:
    return KeptEntry(
        at=1764475000.5,
        kind="session",
        means="page",
        action="revoke",
        target="Äpfel",
        outcome=outcome,
        id=f"17-{number}",
        number=number,
        hash="abc",
    )


@pytest.mark.parametrize(("outcome", "severity"), [("done", 6), ("refused", 4), ("failed", 3)])
def test_syslog_gets_a_message_of_rfc_5424_for_each_entry(outcome: Outcome, severity: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        target = Syslog(server.getsockname())
        target.send([kept(1, outcome), kept(2)])
        first, second = (server.recv(65536).decode() for _ in range(2))
        target.close()
    found = re.fullmatch(r"<(\d+)>1 2025-11-30T03:56:40\.500Z (\S+) phloem (\d+) audit - (\{.*\})", first, re.DOTALL)
    assert found is not None
    assert int(found[1]) == 10 * 8 + severity  # authpriv
    assert json.loads(found[4])["target"] == "Äpfel"
    assert '"number":2' in second


def test_syslog_takes_the_socket_of_the_machine(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        server.settimeout(5)
        target = Syslog(path)
        target.send([kept()])
        assert b'"number":1' in server.recv(65536)
        target.close()


def test_a_syslog_that_is_not_there_takes_nothing_and_may_come_back(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    target = Syslog(path)
    with pytest.raises(NotSent, match="does not take it"):
        target.send([kept()])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        target.send([kept()])
    with pytest.raises(NotSent):
        target.send([kept()])
    target.close()


class Receiver(ThreadingHTTPServer):
    """Takes what is posted, and answers with `status`."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_webhook_gets_entries_as_lines_that_are_signed_with_the_time(receiver: Receiver) -> None:
    Webhook(f"{receiver.url}/audit", "hush", clock=lambda: 1764475060.9).send([kept(1), kept(2)])
    [(path, headers, body)] = receiver.taken
    assert path == "/audit"
    assert headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line)["number"] for line in body.splitlines()] == [1, 2]
    expected = hmac.new(b"hush", b"1764475060." + body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"t=1764475060,v1={expected}"


@pytest.mark.parametrize("status", [500, 403, 302, 307])
def test_a_webhook_that_answers_anything_but_success_took_nothing(receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(NotSent, match=f"answers {status}"):
        Webhook(receiver.url, "hush").send([kept()])
    assert len(receiver.taken) == 1


def test_a_webhook_that_is_not_there_took_nothing_and_its_password_is_not_told() -> None:
    with pytest.raises(NotSent) as refused:
        Webhook(f"http://ann:secret@127.0.0.1:{free_port()}", "hush").send([kept()])
    assert "does not take it" in str(refused.value)
    assert "secret" not in str(refused.value)
