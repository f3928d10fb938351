"""Fetching: where it may go, what it makes of what comes, and what it says when that is nothing."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import phloem
from phloem.files import FileStore
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.jobs import fetch_url as module
from phloem.jobs import results
from phloem.jobs.download import http_client as web
from phloem.jobs.errors import JobError, Passing
from phloem.jobs.fetch_url import fetch_url
from phloem.jobs.settings import JobSettings
from tests import web_server as answers
from tests.web_server import WebServer

LIMIT = 100_000


@pytest.fixture(scope="module")
def running() -> Iterator[WebServer]:
    with answers.web_server() as server:
        yield server


@pytest.fixture
def server(running: WebServer) -> WebServer:
    running.answers.clear()
    running.asked.clear()
    return running


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    store = FileStore(tmp_path)
    monkeypatch.setattr(results, "files", store)
    monkeypatch.setattr(module, "settings", JobSettings(fetch_private=True, upload_limit=LIMIT))
    return store


def fetched(url: str) -> dict[str, Any]:
    """The result, of one try: outside a worker a task that asks for another one would begin it at once."""
    return dict(fetch_url._orig_run(url))


def content(store: FileStore, result: dict[str, Any]) -> bytes:
    [file] = result["files"]
    stored = store.get("files", file["id"])
    assert stored is not None
    assert stored.size == file["size"]
    return stored.path.read_bytes()


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
    ("disposition", "name"),
    [
        ('attachment; filename="report.pdf"', "report.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt", "naïve €.txt"),
        ("attachment", "download"),
        ("attachment; filename*=a; filename*0=b", "download"),
        ("attachment; filename*=a\0b''x", "download"),
        ("attachment; filename*=idna''%ff", "download"),
        ("attachment; filename*=klingon''x", "x"),
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


@pytest.mark.parametrize(
    "content_type", ["text/plain; charset=a\0b", "text/plain; charset=idna", "text/plain; charset*=a; charset*0=b"]
)
def test_a_type_with_parameters_that_make_no_sense_is_taken_without_them(
    server: WebServer, store: FileStore, content_type: str
) -> None:
    server.answers["/notes"] = answers.content(b"x", content_type)
    [file] = fetched(f"{server.url}/notes")["files"]
    assert (file["filename"], file["content_type"]) == ("notes", "text/plain")


def test_a_redirect_to_what_is_no_address_is_told(server: WebServer, store: FileStore) -> None:
    server.answers["/"] = answers.moved("http://[bad/")
    with pytest.raises(JobError, match=r"^127\.0\.0\.1 redirects to what is no address\.$"):
        fetched(server.url)


@pytest.mark.parametrize(("scheme", "port"), [("https", 443), ("http", 80)])
def test_an_ipv6_address_without_a_port_is_asked_as_a_whole(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, scheme: str, port: int
) -> None:
    asked: list[tuple[str, int]] = []

    def getaddrinfo(host: str, port: int, **_: object) -> None:
        asked.append((host, port))
        raise socket.gaierror(socket.EAI_NONAME, "no")

    monkeypatch.setattr("phloem.jobs.download.http_client.socket.getaddrinfo", getaddrinfo)
    with pytest.raises(JobError, match="There is no host named 2606:4700:4700::1111"):
        fetched(f"{scheme}://[2606:4700:4700::1111]/x")
    assert asked == [("2606:4700:4700::1111", port)]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: WebServer, store: FileStore, code: int) -> None:
    server.answers["/old"] = answers.moved("new?a=b", code)
    server.answers["/new?a=b"] = answers.content(b"here")

    assert content(store, fetched(f"{server.url}/old")) == b"here"


def test_redirects_without_an_end_are_given_up(server: WebServer, store: FileStore) -> None:
    server.answers["/"] = answers.moved("/")
    with pytest.raises(JobError, match=r"^127\.0\.0\.1 redirects once more, after 5 redirects\.$"):
        fetched(server.url)
    assert len(server.asked) == 6


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
        (answers.raw(b""), Passing, "127.0.0.1 does not answer: Remote end closed connection without response."),
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
    monkeypatch.setattr(web, "TIMEOUT", 0.2)
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


# --- where it may go ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "100::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_of_the_own_network_is_not_public(address: str) -> None:
    assert not web.public(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert web.public(address)


@pytest.fixture
def careful(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is unless somebody allows more."""
    monkeypatch.setattr(module, "settings", JobSettings(upload_limit=LIMIT))


@pytest.mark.usefixtures("careful")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_this_machine_is_fetched(server: WebServer, host: str) -> None:
    with pytest.raises(
        JobError, match="not on the public Internet, and is not fetched unless PHLOEM_FETCH_PRIVATE is 1"
    ):
        fetched(f"http://{host}:{server.server_port}/")
    assert server.asked == []


def lookup(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Has names lead to these addresses, another list each time; the names that were looked up."""
    asked: list[str] = []
    left = list(answers)

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr("phloem.jobs.download.http_client.socket.getaddrinfo", getaddrinfo)
    return asked


def believe(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Takes these for public."""
    real = web.public
    monkeypatch.setattr(web, "public", lambda address: address in addresses or real(address))


@pytest.mark.usefixtures("careful")
def test_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(
    server: WebServer, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/"] = answers.content(b"ours")
    believe(monkeypatch, "127.0.0.1")
    asked = lookup(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])

    result = fetched(f"http://files.example:{server.server_port}/")

    assert content(store, result) == b"ours"
    assert asked == ["files.example"]
    assert server.asked == [("/", f"files.example:{server.server_port}")]


@pytest.mark.usefixtures("careful")
def test_of_several_addresses_the_private_ones_are_left_out(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    def connect(_: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("phloem.jobs.download.http_client.socket.socket.connect", connect, raising=False)
    lookup(monkeypatch, ["127.0.0.1", "93.184.216.34", "10.0.0.1"])
    with pytest.raises(Passing, match="Connection refused"):
        fetched("http://files.example/")
    assert connected == ["93.184.216.34"]


@pytest.mark.usefixtures("careful")
@pytest.mark.parametrize(
    "location",
    ["http://localhost:{port}/secret", "http://[::ffff:127.0.0.1]:{port}/secret", "//127.0.0.1:{port}/secret"],
)
def test_a_redirect_into_the_own_network_is_refused(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    server.answers["/"] = answers.moved(location.format(port=server.server_port))
    server.answers["/secret"] = answers.content(b"secret")
    real, first = socket.getaddrinfo, list[str]()

    def getaddrinfo(host: str, port: int, **options: Any) -> Any:
        if host == "outside.example":
            return real("127.0.0.1", port, **options)
        return real(host, port, **options)

    def public(address: str) -> bool:
        if not first:  # the first address is that of the server outside
            first.append(address)
            return True
        return judge(address)

    judge = web.public
    monkeypatch.setattr("phloem.jobs.download.http_client.socket.getaddrinfo", getaddrinfo)
    monkeypatch.setattr(web, "public", public)
    with pytest.raises(JobError, match="not on the public Internet"):
        fetched(f"http://outside.example:{server.server_port}/")
    assert [path for path, _ in server.asked] == ["/"]


@pytest.mark.usefixtures("careful")
def test_a_name_that_nobody_has_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for errno, kind, said in (
        (socket.EAI_NONAME, JobError, "There is no host named files.example."),
        (socket.EAI_AGAIN, Passing, "The name files.example could not be looked up just now."),
    ):

        def getaddrinfo(*_: object, errno: int = errno, **__: object) -> None:
            raise socket.gaierror(errno, "no")

        monkeypatch.setattr("phloem.jobs.download.http_client.socket.getaddrinfo", getaddrinfo)
        with pytest.raises(JobError) as refusal:
            fetched("http://files.example/")
        assert (type(refusal.value), str(refusal.value)) == (kind, said)


def test_proxies_of_the_environment_are_not_asked(
    server: WebServer, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.answers["/"] = answers.content(b"direct")
    assert content(store, fetched(server.url)) == b"direct"


def test_only_what_passes_is_tried_again_after_a_while_that_varies() -> None:
    assert (fetch_url.autoretry_for, fetch_url.max_retries, fetch_url.retry_jitter) == ((Passing,), 3, True)
    assert issubclass(Passing, JobError)
    assert fetch_url.throws == (JobError,)
