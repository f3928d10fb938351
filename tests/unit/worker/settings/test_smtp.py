"""The address in SMTP_URL: what it means, what is refused, and that no password is told."""

from __future__ import annotations

import pytest

from phloem.settings import SettingError, Settings
from phloem.settings.smtp import MAILBOX_PORT, SMTP_URL, SmtpServer, without_credentials


def test_the_default_is_the_local_mailbox() -> None:
    assert Settings.from_environment({}).smtp == SmtpServer.parse(SMTP_URL) == SmtpServer()
    assert SmtpServer().address == f"127.0.0.1:{MAILBOX_PORT}"
    assert SmtpServer().is_local_mailbox


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 25, "none", None, None)),
        ("smtp://mail.example.com/", ("mail.example.com", 25, "none", None, None)),
        ("smtp://ann:pw@mail.example.com", ("mail.example.com", 587, "starttls", "ann", "pw")),
        ("smtp://ann:pw@mail.example.com:25?starttls=0", ("mail.example.com", 25, "none", "ann", "pw")),
        ("smtp://ann:pw@127.0.0.1:2525", ("127.0.0.1", 2525, "none", "ann", "pw")),
        ("smtp://relay?starttls=1", ("relay", 587, "starttls", None, None)),
        ("smtps://ann%40example.com:p%3A%2F%40w@mail", ("mail", 465, "tls", "ann@example.com", "p:/@w")),
        ("smtp://[::1]:2525", ("::1", 2525, "none", None, None)),
    ],
)
def test_an_address_says_where_and_how(url: str, expected: tuple[object, ...]) -> None:
    server = SmtpServer.parse(url)
    assert (server.host, server.port, server.security, server.user, server.password) == expected


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://relay", "phloem@localhost"),
        ("smtp://relay?from=jobs@example.com", "jobs@example.com"),
        ("smtps://ann%40example.com:pw@mail", "ann@example.com"),
        ("smtps://ann:pw@mail", "phloem@localhost"),
    ],
)
def test_mail_comes_from_who_signs_in_unless_told_otherwise(url: str, sender: str) -> None:
    assert SmtpServer.parse(url).sender == sender


@pytest.mark.parametrize("url", ["smtp://mail.example.com:6325", "smtp://ann:pw@127.0.0.1", "smtps://127.0.0.1"])
def test_what_is_elsewhere_signs_in_or_speaks_tls_is_no_local_mailbox(url: str) -> None:
    assert not SmtpServer.parse(url).is_local_mailbox


REFUSED = [
    "nonsense",
    "mail.example.com:25",
    "http://mail",
    "smtp://",
    "smtp://:25",
    "smtp://mail:0",
    "smtp://mail:70000",
    "smtp://mail:port",
    "smtp://mail/path",
    "smtp://mail#part",
    "smtp://mail ",
    "smtp://mail\n",
    "smtp://mäil",
    "smtp://[::1",
    "smtp://-mail",
    "smtp://mail?tls=1",
    "smtp://mail?starttls=yes",
    "smtp://mail?starttls=1&starttls=0",
    "smtp://mail?from=somebody",
    "smtp://mail?starttls",
    "smtp://a..b",
    "smtp://mail.",
    "smtp://a.-b",
    "smtp://mail?from=a..b@x",
    "smtp://mail?from=ann@x..de",
    "smtp://mail?from=.ann@x",
    "smtp://mail?from=%3D%3Futf-8%3Fq%3Fa%3D0d%3D0aX:_y%3F%3D@x",
    "smtps://mail?starttls=1",
]
LEAKING = [
    "hunter2@mail",
    "ann:hunter2@mail",
    "smtp://ann:hunter2",
    "smtp://hunter2@mail",
    "smtp://:hunter2@mail",
    "smtp://ann:hunter2@mail:port",
    "smtp://ann:hun#ter2/hunter2@mail",
    "smtp://ann:hunter2@hunter2@mail?tls=1",
    "smtp://ann:hunter2@mail/?from=a@example.com&tls=1",
    "smtp://ann:hunter2?from=a@example.com",
    "smtp://ann:hunter2%C3%A9@mail",
    "smtp://ann:hunter2%0A@mail",
]


@pytest.mark.parametrize("url", REFUSED + LEAKING)
def test_an_address_that_makes_no_sense_is_refused_in_one_line_without_its_password(url: str) -> None:
    with pytest.raises(SettingError, match=r"^SMTP_URL is .*; it may hold smtp://host") as refusal:
        Settings.from_environment({"SMTP_URL": url})
    assert "\n" not in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_an_address_without_a_password_is_told_whole() -> None:
    assert without_credentials("smtp://mail:port?from=ann@example.com") == "smtp://mail:***?from=ann@example.com"
    assert without_credentials("smtp://mail:25/path?from=ann@example.com") == "smtp://mail:25/path?from=ann@example.com"


def test_a_server_shows_itself_without_the_password() -> None:
    assert "hunter2" not in f"{SmtpServer.parse('smtp://ann:hunter2@mail')!r}"
    assert "hunter2" not in repr(Settings(smtp=SmtpServer.parse("smtp://ann:hunter2@mail")))
