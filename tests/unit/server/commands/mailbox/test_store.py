"""The messages of the mailbox, as files."""

from __future__ import annotations

import email
import os
from pathlib import Path

import pytest

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
