"""Fetching: where it may go, what it makes of what comes, and what it says when that is nothing."""

from __future__ import annotations

import gzip
import socket
from pathlib import Path
from typing import Any

import pytest

import phloem
from phloem.files import FileStore
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.jobs.download import http_client
from phloem.jobs.errors import JobError, Passing
from phloem.jobs.fetch_url import fetch_url
from tests import web_server as answers
from tests.unit.worker.jobs.download.fetching import LIMIT, content, fetched
from tests.web_server import WebServer


def test_a_file_comes_whole_with_its_name_and_type(server: WebServer, store: FileStore) -> None:
    body = bytes(range(256)) * 300
    server.answers["/a/cat%20photo.jpg?size=1"] = answers.content(body, "image/jpeg; charset=x")

    result = fetched(f"{server.url}/a/cat photo.jpg?size=1")

    assert content(store, result) == body
    assert (result["files"][0]["filename"], result["files"][0]["content_type"]) == ("cat photo.jpg", "image/jpeg")
    assert result["from"] == f"{server.url}/a/cat photo.jpg"


def test_what_has_no_length_comes_whole_as_well(server: WebServer, store: FileStore) -> None:
    server.answers["/"] = answers.chunks(b"one", b"two" * 10_000, b"three")

    result = fetched(server.url)

    assert content(store, result) == b"one" + b"two" * 10_000 + b"three"
    assert result["files"][0]["filename"] == "127.0.0.1"


@pytest.mark.parametrize(
    "before",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 2,
        b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n",
    ],
)
def test_informational_answers_are_not_the_answer(server: WebServer, store: FileStore, before: bytes) -> None:
    server.answers["/"] = answers.raw(before + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    assert content(store, fetched(server.url)) == b"hello"


def test_an_answer_may_have_as_many_headers_as_browsers_take(server: WebServer, store: FileStore) -> None:
    headers = b"".join(b"X-%d: y\r\n" % number for number in range(5000))
    server.answers["/"] = answers.raw(b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: 5\r\n\r\nhello")
    assert content(store, fetched(server.url)) == b"hello"


@pytest.mark.parametrize(
    ("path", "encoding", "name"),
    [("/data.csv", "gzip", "data.csv.gz"), ("/data.csv", "X-GZip", "data.csv.gz"), ("/a.tgz", "x-gzip", "a.tgz")],
)
def test_what_comes_compressed_is_kept_so_and_named_so(
    server: WebServer, store: FileStore, path: str, encoding: str, name: str
) -> None:
    server.answers[path] = answers.content(b"packed", "text/csv", Content_Encoding=encoding)
    [file] = fetched(f"{server.url}{path}")["files"]
    assert (file["filename"], file["content_type"]) == (name, "application/octet-stream")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="report.pdf"', "report.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt", "naïve €.txt"),
        ("attachment", "download"),
        ("attachment; filename*=a; filename*0=b", "download"),
        ("attachment; filename*=idna''%ff", "download"),
        ("attachment; filename*=klingon''x", "download"),
    ],
)
def test_the_name_is_the_one_that_the_server_gives(
    server: WebServer, store: FileStore, disposition: str, name: str
) -> None:
    server.answers["/download"] = answers.content(b"x", Content_Disposition=disposition)

    assert fetched(f"{server.url}/download")["files"][0]["filename"] == name


def test_bytes_are_counted_with_and_without_a_length(
    server: WebServer, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    real = phloem.step

    def step(*args: Any, **kwargs: Any) -> Any:
        opened.append((kwargs["total"], real(*args, **kwargs)))
        return opened[-1][1]

    monkeypatch.setattr(phloem, "step", step)
    server.answers["/known"] = answers.content(b"x" * 5000)
    server.answers["/unknown"] = answers.chunks(b"x" * 5000)
    fetched(f"{server.url}/known")
    fetched(f"{server.url}/unknown")

    assert [total for total, _ in opened] == [5000, None]
    assert [(step.current, step.total, step.unit) for _, step in opened] == [(5000, 5000, "B")] * 2


@pytest.mark.parametrize("content_type", ["text/plain; charset=idna", "text/plain; charset*=a; charset*0=b"])
def test_a_type_with_parameters_that_make_no_sense_is_taken_without_them(
    server: WebServer, store: FileStore, content_type: str
) -> None:
    server.answers["/notes"] = answers.content(b"x", content_type)
    [file] = fetched(f"{server.url}/notes")["files"]
    assert (file["filename"], file["content_type"]) == ("notes", "text/plain")


@pytest.mark.parametrize("length", [True, False])
def test_more_than_may_be_kept_is_refused_and_nothing_stays(
    server: WebServer, store: FileStore, tmp_path: Path, length: bool
) -> None:
    body = b"x" * (LIMIT + 1)
    server.answers["/big.iso"] = answers.content(body) if length else answers.chunks(body)
    with pytest.raises(JobError, match=r"^big\.iso has more than 100,000 bytes \(PHLOEM_UPLOAD_LIMIT\)\.$"):
        fetched(f"{server.url}/big.iso")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_comes_compressed_is_kept_so(server: WebServer, store: FileStore) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    server.answers["/zeros.txt"] = answers.content(bomb, Content_Encoding="gzip")

    result = fetched(f"{server.url}/zeros.txt")

    assert content(store, result) == bomb
    assert (result["files"][0]["filename"], result["files"][0]["content_type"]) == (
        "zeros.txt.gz",
        "application/octet-stream",
    )


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (answers.status(404), JobError, "127.0.0.1 answered 404 Not Found."),
        (
            answers.raw(b"HTTP/1.1 418 I'm \x1b[31ma " + b"x" * 5000 + b"\r\nContent-Length: 0\r\n\r\n"),
            JobError,
            f"127.0.0.1 answered 418 I'm [31ma {'x' * 70}.",
        ),
        (answers.status(403), JobError, "127.0.0.1 answered 403 Forbidden."),
        (answers.status(204), JobError, "127.0.0.1 answered 204 No Content."),
        (answers.status(302), JobError, "127.0.0.1 answered 302 Found."),
        (answers.status(503), Passing, "127.0.0.1 answered 503 Service Unavailable."),
        (answers.status(429), Passing, "127.0.0.1 answered 429 Too Many Requests."),
        (answers.breaks_off(1000, b"x" * 10), Passing, "127.0.0.1 broke off after 10 bytes."),
        (answers.raw(b""), Passing, "127.0.0.1 does not answer: it ended the connection without an answer."),
        (answers.raw(b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"), JobError, "127.0.0.1 does not answer as HTTP does."),
        (answers.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 101), JobError, "127.0.0.1 does not answer as HTTP does."),
        (
            answers.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            JobError,
            "127.0.0.1 does not answer as HTTP does.",
        ),
        (answers.raw(b"SSH-2.0-OpenSSH\r\n"), JobError, "127.0.0.1 does not answer as HTTP does."),
        (
            answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
            Passing,
            "127.0.0.1 broke off after 2 bytes.",
        ),
    ],
)
def test_what_is_no_good_answer_is_told_in_one_sentence(
    server: WebServer, store: FileStore, tmp_path: Path, answer: answers.Answer, kind: type[JobError], sentence: str
) -> None:
    server.answers["/"] = answer
    with pytest.raises(JobError) as refusal:
        fetched(server.url)
    assert (type(refusal.value), str(refusal.value)) == (kind, sentence)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_server_that_speaks_no_tls_is_told(server: WebServer, store: FileStore) -> None:
    with pytest.raises(JobError, match=r"^127\.0\.0\.1 and we find no way to speak TLS: [A-Z_]+\.$") as refusal:
        fetched(f"https://127.0.0.1:{server.server_port}/")
    assert type(refusal.value) is JobError


def test_nobody_there_is_worth_another_try(store: FileStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(Passing, match=r"^127\.0\.0\.1 does not answer: Connection refused\.$"):
        fetched(f"http://127.0.0.1:{port}/")


def test_silence_is_worth_another_try(server: WebServer, store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 0.2)
    server.answers["/"] = answers.hangs(b"half")
    with pytest.raises(Passing, match=r"^127\.0\.0\.1 broke off after 4 bytes\.$"):
        fetched(server.url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.com/x", "Only http and https are fetched, not ftp."),
        ("file:///etc/passwd", "Only http and https are fetched, not file."),
        ("/etc/passwd", "Only http and https are fetched, not an address without either."),
        ("http://user:secret@example.com/", "An address with a user name or a password in it is not fetched."),
        ("http://example.com:99999/", "That is no address: it takes one such as https://example.com/file."),
        ("http://[::1/", "That is no address"),
        ("http://" + "a." * 200 + "com/", "No name of a host has more than 253 characters"),
        ("http://:80/", "The address names no host"),
        ("http://" + "a" * 70 + ".com/", "The address names a host that cannot be"),
        ("http://exa mple.com/", "The address names a host that cannot be"),
        ("http://exa\0mple.com/", "The address names a host that cannot be"),
        ("https://exa\x7fmple.com:8443/", "The address names a host that cannot be"),
        ("http://a\ud800b.com/", "The address names a host that cannot be"),
    ],
)
def test_an_address_that_is_none_is_refused(store: FileStore, url: str, said: str) -> None:
    with pytest.raises(JobError) as refusal:
        fetched(url)
    assert type(refusal.value) is JobError
    assert str(refusal.value).startswith(said)
    assert "secret" not in str(refusal.value)


def test_the_form_takes_addresses_alone() -> None:
    signature = Signature.of(fetch_url)
    signature.check(["https://example.com/a?b=c"], {})
    for refused in (
        "",
        "example.com",
        "ftp://example.com",
        "http://",
        "https:///etc/passwd",
        5,
        None,
        "http://" + "x" * 4000,
    ):
        with pytest.raises(ArgumentsError, match=r"^url: expected "):
            signature.check([refused], {})


def test_only_what_passes_is_tried_again_after_a_while_that_varies() -> None:
    assert (fetch_url.autoretry_for, fetch_url.max_retries, fetch_url.retry_jitter) == ((Passing,), 3, True)
    assert issubclass(Passing, JobError)
    assert fetch_url.throws == (JobError,)
