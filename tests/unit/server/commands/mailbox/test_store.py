"""The messages of the mailbox, as files."""

from __future__ import annotations

import email
import os
from pathlib import Path

import pytest

from phloem.jobs.mail.compose import written
from phloem_server.commands.mailbox import store
from phloem_server.commands.mailbox.store import Mailbox

PLAIN = b"From: ann@example.com\r\nSubject: Hello\r\n\r\nDear Bob\r\n"


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


def keep(mailbox: Mailbox, content: bytes = PLAIN) -> str:
    return mailbox.keep(content, "ann@example.com", ["bob@example.com"])


def test_a_message_lies_in_a_file_below_who_it_was_from_and_for(mailbox: Mailbox) -> None:
    message_id = mailbox.keep(PLAIN, "ann@example.com", ["bob@example.com", "cid@example.com"])
    assert mailbox.path(message_id).read_bytes() == (
        b"Delivered-To: bob@example.com\r\nDelivered-To: cid@example.com\r\nReturn-Path: <ann@example.com>\r\n" + PLAIN
    )
    assert [path.name for path in mailbox.folder.iterdir()] == [f"{message_id}.eml"]


@pytest.mark.parametrize(
    "owner", ["acme", "ann@example.com", "a b  c ", "=?utf-8?q?x?=", "%41", "a'Bcc: b", "x" * 200, "😀" * 200]
)
def test_a_mail_of_an_owner_is_in_their_mailbox_and_in_no_other(mailbox: Mailbox, owner: str) -> None:
    message = written("t1", "ann@example.com", ["bob@example.com"], "Hello", "Dear Bob", owner=owner)
    theirs, other = keep(mailbox, message), keep(mailbox)
    found = mailbox.get(theirs, owner=owner)
    assert found is not None
    assert (found.owner, found.subject) == (owner, "Hello")
    assert [each.id for each in mailbox.newest(9, owner=owner)] == [theirs]
    assert mailbox.newest(9, owner="other") == []
    assert mailbox.get(theirs, owner="other") is mailbox.get(other, owner=owner) is None
    assert [each.id for each in mailbox.newest(9)] == [other, theirs]
    assert max(map(len, message.split(b"\r\n"))) <= 998  # RFC 5321, 4.5.3.1.6


@pytest.mark.parametrize("header", [b"", b"%FF%FE" * 200, b"x" * 201, b"%ED%A0%80" * 200, b"a%0D%0ABcc: b"])
def test_a_header_that_names_no_owner_names_nobody(mailbox: Mailbox, header: bytes) -> None:
    found = mailbox.get(keep(mailbox, b"Phloem-Owner: " + header + b"\r\n" + PLAIN))
    assert found is not None
    assert found.owner is None


def test_an_owner_gets_full_pages_whatever_lies_between(mailbox: Mailbox) -> None:
    ids = [keep(mailbox, b"Phloem-Owner: %s\r\n" % owner + PLAIN) for owner in [b"acme", b"bolt"] * 3]
    assert [each.id for each in mailbox.newest(2, owner="acme")] == [ids[4], ids[2]]
    assert [each.id for each in mailbox.newest(2, ids[2], owner="acme")] == [ids[0]]


def test_an_address_begins_no_line_of_its_own(mailbox: Mailbox) -> None:
    message_id = mailbox.keep(PLAIN, "a\r\nX-Evil: 1", ["b\nX-Evil: 2"])
    assert email.message_from_bytes(mailbox.path(message_id).read_bytes())["X-Evil"] is None


def test_nothing_of_a_message_is_there_when_the_disk_refuses(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keep(mailbox)
    assert list(mailbox.folder.iterdir()) == []


def test_what_a_crash_left_half_written_is_no_message_and_goes(mailbox: Mailbox) -> None:
    kept = keep(mailbox)
    (mailbox.folder / ".0000000000000000001-00000000.part").write_bytes(b"half")
    assert mailbox.ids() == [kept]
    mailbox.sweep()
    assert [path.stem for path in mailbox.folder.iterdir()] == [kept]


def test_the_oldest_go_beyond_a_number_and_beyond_bytes(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MESSAGES_KEPT", 3)
    ids = [keep(mailbox) for _ in range(5)]
    assert mailbox.ids() == ids[:1:-1]
    monkeypatch.setattr(store, "BYTES_KEPT", 1000)
    large = keep(mailbox, PLAIN + b"x" * 2000)
    assert mailbox.ids() == [large]


def test_other_files_of_the_folder_are_left_alone(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MESSAGES_KEPT", 1)
    keep(mailbox)
    (mailbox.folder / "saved.eml").write_bytes(PLAIN)
    keep(mailbox)
    assert (mailbox.folder / "saved.eml").exists()
    assert len(mailbox.ids()) == 1
