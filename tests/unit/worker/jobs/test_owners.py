"""What a job of an owner makes is theirs, and it reads nothing of others."""

from __future__ import annotations

import email
import io
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.app.trace import build_tracer

from phloem.files import FileStore, Kind, Origin
from phloem.instrument import attachment
from phloem.jobs import cleanup_files, resize_image, results, send_email
from phloem.jobs.errors import JobError
from phloem.settings.smtp import SmtpServer
from tests.unit.worker.jobs.acting import acting_for


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    store = FileStore(tmp_path)
    for module in (results, send_email, resize_image, cleanup_files):
        monkeypatch.setattr(module, "files", store)
    return store


def kept(store: FileStore, owner: str | None, kind: Kind = "uploads") -> str:
    return store.add(kind, io.BytesIO(b"x"), "x", "", origin=Origin(owner=owner)).id


@pytest.mark.parametrize("owner", ["acme", None])
def test_a_file_that_a_task_makes_is_of_its_owner_and_names_the_task(store: FileStore, owner: str | None) -> None:
    plain = Celery("plain", set_as_current=False)

    @plain.task(name="made", shared=False)  # type: ignore[untyped-decorator]
    def made() -> str:
        return results.keep(io.BytesIO(b"x"), "x", "").id

    with attachment.suspended(), acting_for(owner):
        traced = build_tracer("made", made, app=plain)("t1", (), {}, {"id": "t1", "root_id": "t0", "delivery_info": {}})
    file = store.get("files", traced.retval)
    assert file is not None
    assert file.origin == Origin(owner=owner, task_id="t1", root_id="t0")


@pytest.mark.parametrize("read", [send_email.stored, resize_image.uploaded])
def test_a_task_of_an_owner_reads_their_files_alone(store: FileStore, read: Any) -> None:
    own, others, nobodys = (kept(store, owner) for owner in ("acme", "bolt", None))
    with acting_for("acme"):
        assert read(own).id == own
        for foreign in (others, nobodys):
            with pytest.raises(JobError, match="no longer there"):
                read(foreign)
    with acting_for(None):
        assert [read(each).id for each in (own, others, nobodys)] == [own, others, nobodys]


def test_a_clean_up_for_an_owner_names_and_deletes_their_files_alone(store: FileStore) -> None:
    own, others = (kept(store, owner) for owner in ("acme", "bolt"))
    with acting_for("acme"):
        told = cleanup_files.cleanup_files(older_than=0)
    assert [each["id"] for each in told["deleted"]] == [own]
    assert store.get("uploads", others)


@pytest.mark.parametrize(("address", "named"), [("smtp://127.0.0.1:6325", "acme"), ("smtp://mail.example.com", None)])
def test_a_mail_names_its_owner_to_the_local_mailbox_and_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch, address: str, named: str | None
) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(send_email, "deliver", lambda _, message, __: sent.append(message))
    monkeypatch.setattr(send_email, "settings", SimpleNamespace(smtp=SmtpServer.parse(address)))
    with acting_for("acme"):
        send_email.send_email("bob@example.com", "Hello")
    assert email.message_from_bytes(sent[0], policy=default)["Phloem-Owner"] == named
