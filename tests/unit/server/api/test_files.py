"""Uploads and results over HTTP."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from werkzeug.test import TestResponse

from phloem.files import Kind, Origin
from phloem_server.access.principal import ANYONE, Principal
from phloem_server.mirror.scope import Scope
from phloem_server.web.body import BODY_LIMIT
from tests.unit.server.api.served import LIMIT, Served, refused


def send_file(served: Served, content: bytes, name: str = "cat.png", kind: str = "image/png") -> TestResponse:
    return served.client.post("/api/v1/uploads", data={"file": (io.BytesIO(content), name, kind)})


def stored(served: Served) -> list[Path]:
    return [path for path in served.data_dir.rglob("*") if path.is_file()]


def test_an_upload_is_kept_and_told(served: Served) -> None:
    answer = send_file(served, b"x" * LIMIT)
    assert answer.status_code == 201
    body = answer.get_json()
    assert (body["filename"], body["size"], body["content_type"]) == ("cat.png", LIMIT, "image/png")
    assert answer.headers["Location"] == f"/api/v1/files/{body['id']}"
    kept = served.files.get("uploads", body["id"])
    assert kept is not None
    assert kept.path.read_bytes() == b"x" * LIMIT


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 64 * 1024, LIMIT * 30])
def test_an_upload_over_the_limit_is_refused_before_it_is_stored(served: Served, size: int) -> None:
    refused(send_file(served, b"x" * size), 413, f"{LIMIT:,}")
    assert stored(served) == []


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ({"files_limit": 1}, ("1 files are kept already", "PHLOEM_FILES_LIMIT")),
        ({"files_bytes": 100}, ("Files of", "bytes are kept already", "PHLOEM_FILES_BYTES")),
    ],
)
def test_an_upload_beyond_what_may_be_kept_is_refused(
    tmp_path: Path, bound: dict[str, Any], said: tuple[str, ...]
) -> None:
    served = Served(tmp_path, **bound)
    assert send_file(served, b"x" * 100).status_code == 201
    refused(send_file(served, b"x"), 507, *said)


def of_owner(owner: str) -> Principal:
    return Principal.of_role("operator", "session", owner=owner)


def test_an_upload_belongs_to_the_owner_whom_its_sender_is_limited_to(served: Served) -> None:
    sent = []
    for principal in (of_owner("acme"), ANYONE):
        served.client.principal = principal
        sent.append(send_file(served, b"x").get_json()["id"])
    kept = [served.files.get("uploads", each) for each in sent]
    assert [each and each.origin.owner for each in kept] == ["acme", None]


@pytest.mark.parametrize("kind", ["uploads", "files"])
@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (None, "acme of t1, bolt of t2, nobody's"),
        (Scope(owner="acme"), "acme of t1"),
        (Scope(root="t2"), "bolt of t2"),
        (Scope(owner="acme", root="t2"), ""),
    ],
)
def test_a_file_of_others_is_answered_as_one_that_is_not_there(
    served: Served, kind: Kind, scope: Scope | None, seen: str
) -> None:
    origins = {
        "acme of t1": Origin(owner="acme", task_id="t1", root_id="t1"),
        "bolt of t2": Origin(owner="bolt", task_id="t3", root_id="t2"),
        "nobody's": Origin(),
    }
    kept = {name: served.files.add(kind, io.BytesIO(b"x"), "x", "", origin=each) for name, each in origins.items()}
    served.client.principal = msgspec.structs.replace(ANYONE, scope=scope)
    missing = served.client.get(f"/api/v1/files/{'0' * 32}")
    refused(missing, 404, code="file_unknown")
    for name, file in kept.items():
        answer = served.client.get(f"/api/v1/files/{file.id}")
        if name in seen:
            assert answer.data == b"x"
        else:
            assert answer.text.replace(file.id, "0" * 32) == missing.text
            assert [*answer.headers.items()] == [*missing.headers.items()]


def test_who_is_limited_to_a_workflow_uploads_nothing(served: Served) -> None:
    served.client.principal = msgspec.structs.replace(ANYONE, scope=Scope(root="t1"))
    refused(send_file(served, b"x"), 403, code="scope_exceeded")
    assert stored(served) == []


def test_a_form_with_too_much_beside_its_file_is_told_so(served: Served) -> None:
    many = {f"field{number}": "x" for number in range(20)}
    answer = served.client.post("/api/v1/uploads", data={**many, "file": (io.BytesIO(b"x"), "a.txt")})
    refused(answer, 413, "more than its file")
    assert stored(served) == []


def test_an_upload_may_be_larger_than_other_bodies(tmp_path: Path) -> None:
    served = Served(tmp_path, upload_limit=BODY_LIMIT * 3)
    body = (
        b"--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n"
        + b"x" * (BODY_LIMIT * 2)
        + b"\r\n--b--\r\n"
    )
    answer = served.client.post("/api/v1/uploads", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.get_json()["size"] == BODY_LIMIT * 2


def test_a_body_that_does_not_tell_its_length_is_limited_as_well(served: Served) -> None:
    head = b"--b\r\nContent-Disposition: form-data; name=file; filename=a\r\nContent-Type: text/plain\r\n\r\n"
    answer = served.client.post(
        "/api/v1/uploads",
        input_stream=io.BytesIO(head + b"x" * (LIMIT * 30) + b"\r\n--b--\r\n"),
        headers={"Transfer-Encoding": "chunked"},
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"wsgi.input_terminated": True},
    )
    refused(answer, 413)
    assert stored(served) == []


@pytest.mark.parametrize(
    "data", [{}, {"other": (io.BytesIO(b"x"), "a")}, {"file": "text"}, {"file": (io.BytesIO(b"x"), "")}]
)
def test_an_upload_without_a_file_is_refused(served: Served, data: dict[str, Any]) -> None:
    answer = served.client.post("/api/v1/uploads", data=data, content_type="multipart/form-data")
    refused(answer, 422, "file")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a\0b", "/etc/passwd", "..\\x"])
def test_a_file_name_never_leads_out_of_the_folder(served: Served, name: str) -> None:
    body = send_file(served, b"x", name).get_json()
    assert not set(body["filename"]) & set("/\\\0")
    assert {path.parent.name for path in stored(served)} == {"uploads"}


def made(served: Served, name: str, kind: str, content: bytes = b"0123456789") -> str:
    return served.files.add("files", io.BytesIO(content), name, kind).id


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("image/png", True),
        ("image/jpeg", True),
        ("application/pdf", True),
        ("text/plain", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("application/xhtml+xml", False),
        ("text/javascript", False),
        ("application/x-unheard-of", False),
    ],
)
def test_only_types_that_cannot_act_are_shown_and_the_rest_is_saved(served: Served, kind: str, shown: bool) -> None:
    answer = served.client.get(f"/api/v1/files/{made(served, 'a.x', kind)}")
    assert answer.data == b"0123456789"
    assert answer.mimetype == (kind if shown else "application/octet-stream")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("inline" if shown else "attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_file_keeps_its_name_in_any_script(served: Served) -> None:
    answer = served.client.get(f"/api/v1/files/{made(served, 'Bericht „Süd“.csv', 'text/csv')}")
    assert "filename*=UTF-8''Bericht%20%E2%80%9ES%C3%BCd%E2%80%9C.csv" in answer.headers["Content-Disposition"]


def test_a_file_can_be_had_in_parts_and_not_twice(served: Served) -> None:
    url = f"/api/v1/files/{made(served, 'a.png', 'image/png')}"
    part = served.client.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"234")
    etag = served.client.get(url).headers["ETag"]
    assert served.client.get(url, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("file_id", ["nothing", "..", "%2e%2e%2fx", "0" * 32, "a%00b"])
def test_a_file_that_is_not_there_is_not_found(served: Served, file_id: str) -> None:
    refused(served.client.get(f"/api/v1/files/{file_id}"), 404)


def test_a_file_that_was_deleted_beside_the_store_is_not_found(served: Served) -> None:
    file_id = made(served, "a.png", "image/png")
    kept = served.files.get("files", file_id)
    assert kept is not None
    kept.path.unlink()
    refused(served.client.get(f"/api/v1/files/{file_id}"), 404)
