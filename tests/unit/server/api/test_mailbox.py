"""The local mailbox over HTTP: strange mail as well as plain."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient

from phloem.settings.smtp import SmtpServer
from phloem_server.access.principal import Principal
from phloem_server.api import mailbox as calls
from phloem_server.commands.mailbox import letter
from phloem_server.commands.mailbox.store import Mailbox
from phloem_server.mirror.scope import Scope
from phloem_server.settings import Config
from phloem_server.web import errors
from tests.unit.server.api.served import Client

NO_ID = "0" * 19 + "-" + "0" * 8
"""The id of no message."""

PLAIN = b"From: ann@example.com\r\nSubject: Hello\r\n\r\nDear Bob\r\n"


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with app(Config(data_dir=tmp_path)).test_client() as made:
        yield made


def app(config: Config) -> Flask:
    made = Flask(__name__, static_folder=None)
    made.test_client_class = Client
    errors.register(made)
    made.register_blueprint(calls.blueprint(config))
    return made


def keep(mailbox: Mailbox, content: bytes = PLAIN) -> str:
    return mailbox.keep(content, "ann@example.com", ["bob@example.com"])


def get(client: FlaskClient, path: str = "") -> Any:
    answer = client.get(f"/api/v1/mailbox{path}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def refused(client: FlaskClient, path: str, status: int) -> str:
    answer = client.get(f"/api/v1/mailbox{path}")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    return str(answer.get_json(force=True)["detail"])


def test_an_address_that_is_no_text_is_kept_as_far_as_it_is(mailbox: Mailbox, client: FlaskClient) -> None:
    mailbox.keep(PLAIN, "a\udcff@example.com", ["b\udcff@example.com", "zoë@example.com"])
    [found] = get(client)["messages"]
    assert found["to"] == ["b?@example.com", "zoë@example.com"]


def test_who_a_message_says_it_was_delivered_to_got_nothing(mailbox: Mailbox, client: FlaskClient) -> None:
    keep(mailbox, b"Delivered-To: eve@example.com\r\nReturn-Path: <x>\r\nDelivered-To: eve@example.com\r\n" + PLAIN)
    [found] = get(client)["messages"]
    assert found["to"] == ["bob@example.com"]


def test_the_list_is_newest_first_and_goes_on_where_it_ended(mailbox: Mailbox, client: FlaskClient) -> None:
    ids = [keep(mailbox, b"Subject: %d\r\n\r\n" % number) for number in range(5)]
    page = get(client, "?limit=2")
    assert [each["subject"] for each in page["messages"]] == ["4", "3"]
    assert page["next"] == ids[3]
    rest = get(client, f"?limit=10&before={page['next']}")
    assert [each["id"] for each in rest["messages"]] == ids[2::-1]
    assert rest["next"] is None


OF_ACME = Principal.of_role("viewer", "session", owner="acme")


def test_who_is_limited_to_an_owner_finds_their_mail_and_no_other(mailbox: Mailbox, client: FlaskClient) -> None:
    own, others = (keep(mailbox, b"Phloem-Owner: %s\r\n" % owner + PLAIN) for owner in (b"acme", b"bolt"))
    nobodys = keep(mailbox)
    assert [each["id"] for each in get(client)["messages"]] == [nobodys, others, own]
    client.principal = OF_ACME  # type: ignore[attr-defined]
    assert [each["id"] for each in get(client, "?limit=1")["messages"]] == [own]
    assert get(client, "?limit=1")["next"] is None
    missing = client.get(f"/api/v1/mailbox/{NO_ID}")
    for path in ("", "/source", "/attachments/1"):
        for foreign in (others, nobodys):
            answer = client.get(f"/api/v1/mailbox/{foreign}{path}")
            assert (answer.status_code, answer.text.replace(foreign, NO_ID)) == (404, missing.text)
    for path in ("", "/source"):
        assert client.get(f"/api/v1/mailbox/{own}{path}").status_code == 200


@pytest.mark.parametrize("limit", [Scope(root="t1"), Scope(owner="acme", root="t1"), Scope(task="t1")])
def test_who_is_limited_to_a_workflow_has_no_mailbox(client: FlaskClient, limit: Scope) -> None:
    client.principal = Principal(kind="token", actions=frozenset({"see"}), scope=limit)  # type: ignore[attr-defined]
    for path in ("", f"/{NO_ID}", f"/{NO_ID}/source"):
        assert client.get(f"/api/v1/mailbox{path}").get_json()["code"] == "scope_exceeded"


def test_an_empty_mailbox_is_an_empty_list(client: FlaskClient) -> None:
    assert get(client) == {"messages": [], "next": None}


def test_a_message_of_the_list_says_who_when_and_how_large(mailbox: Mailbox, client: FlaskClient) -> None:
    message_id = keep(mailbox, "From: Zoë <zoe@example.com>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n".encode())
    [found] = get(client)["messages"]
    assert found == {
        "id": message_id,
        "at": pytest.approx(int(message_id[:19]) / 1e9),
        "from": "Zoë <zoe@example.com>",
        "to": ["bob@example.com"],
        "subject": "Grüße",
        "owner": None,
        "size": mailbox.path(message_id).stat().st_size,
    }


def test_a_message_is_read_with_its_text_and_attachments(mailbox: Mailbox, client: FlaskClient) -> None:
    message = EmailMessage()
    message["Subject"] = "Both"
    message.set_content("The text\n")
    message.add_alternative("<b>The text</b>", subtype="html")
    message.add_attachment(b"\0\1", "application", "x-evil", filename="../../a.html")
    message_id = keep(mailbox, message.as_bytes())
    found = get(client, f"/{message_id}")
    assert (found["subject"], found["text"], found["clipped"]) == ("Both", "The text\n", False)
    assert ["Subject", "Both"] in found["headers"]
    assert [(each["part"], each["content_type"]) for each in found["attachments"]] == [
        (1, "text/html"),
        (2, "application/x-evil"),
    ]
    assert [each["filename"] for each in found["attachments"]] == ["text.html", "a.html"]


@pytest.mark.parametrize("path", ["source", "attachments/1"])
def test_what_can_be_downloaded_is_saved_and_never_shown(mailbox: Mailbox, client: FlaskClient, path: str) -> None:
    message_id = keep(mailbox, b"Content-Type: text/html\r\n\r\n<script>alert(1)</script>")
    answer = client.get(f"/api/v1/mailbox/{message_id}/{path}")
    assert answer.status_code == 200
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    whole = mailbox.path(message_id).read_bytes()
    assert answer.data == (whole if path == "source" else b"<script>alert(1)</script>")


NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth) for depth in range(3000)
)
STRANGE = [
    b"",
    b"\0" * 100,
    bytes(range(256)) * 10,
    b"no header at all",
    b"Subject: \xff\xfe\r\nFrom: \xe4\r\n\r\n\xff",
    b"Subject: =?nonsense?b?!!!?=\r\nFrom: =?utf-8?b?/////?=\r\nTo: <<<>>>,,;\r\n\r\n",
    b"Content-Type: text/plain; charset=klingon\r\n\r\nqapla",
    b"Content-Type: text/plain; charset=\r\n\r\nx",
    b"Content-Type: \r\nContent-Disposition: ;;;\r\n\r\nx",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n',
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx",
    b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nx",
    b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin",
    b"Content-Disposition: attachment; filename*=klingon''%%%; filename=\"\r\n\r\nx",
    b"Message-ID: <[>\r\nReferences: (((((\r\nDate: yesterday\r\n\r\n",
    b"X: y\r\n" * 1000 + b"\r\n",
    b"Subject: " + b"x" * 100_000 + b"\r\n\r\n",
    NESTED,
]


@pytest.mark.parametrize("content", STRANGE, ids=range(len(STRANGE)))
def test_whatever_arrives_can_be_listed_opened_and_downloaded(
    mailbox: Mailbox, client: FlaskClient, content: bytes
) -> None:
    message_id = keep(mailbox, content)
    [listed] = get(client)["messages"]
    assert listed["id"] == message_id
    assert len(listed["subject"]) <= letter.LIST_CHARACTERS
    opened = client.get(f"/api/v1/mailbox/{message_id}")
    assert opened.status_code == (422 if content is NESTED else 200), opened.text
    msgspec.json.decode(opened.data)
    assert client.get(f"/api/v1/mailbox/{message_id}/source").data.endswith(content)


def test_a_text_that_is_long_is_clipped_and_says_so(
    mailbox: Mailbox, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter, "TEXT_CHARACTERS", 4)
    found = get(client, f"/{keep(mailbox)}")
    assert (found["text"], found["clipped"]) == ("Dear", True)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/0000000000000000000-00000000", 404, "There is no message"),
        ("/..%2f..%2fetc%2fpasswd", 404, ""),
        ("/saved", 404, "There is no message 'saved'"),
        ("/saved/source", 404, "There is no message 'saved'"),
        ("?limit=0", 400, "limit is '0'"),
        ("?limit=1001", 400, "from 1 to 1000"),
        ("?limit=many", 400, "limit is 'many'"),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_said(
    mailbox: Mailbox, client: FlaskClient, path: str, status: int, said: str
) -> None:
    mailbox.folder.mkdir()
    (mailbox.folder / "saved.eml").write_bytes(PLAIN)
    answer = client.get(f"/api/v1/mailbox{path}")
    assert answer.status_code == status
    assert said in answer.text


def test_an_attachment_that_is_none_is_said(mailbox: Mailbox, client: FlaskClient) -> None:
    message_id = keep(mailbox)
    assert "no part 7" in refused(client, f"/{message_id}/attachments/7", 404)


def test_where_mail_goes_elsewhere_there_is_no_mailbox_and_the_answer_says_where(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    message_id = keep(mailbox)
    elsewhere = SmtpServer.parse("smtps://ann:hunter2@mail.example.com")
    with app(Config(data_dir=tmp_path, smtp=elsewhere)).test_client() as client:
        for path in ("", f"/{message_id}", f"/{message_id}/source"):
            detail = refused(client, path, 404)
            assert "Mail goes to mail.example.com:465 (SMTP_URL)" in detail
            assert "hunter2" not in detail
