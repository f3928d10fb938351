"""Only the public Internet is reached."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from phloem.files import FileStore
from phloem.jobs.download import addresses
from phloem.jobs.errors import JobError, Passing
from tests import web_server as answers
from tests.unit.worker.jobs.download.fetching import content, fetched
from tests.web_server import WebServer


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


def believe(monkeypatch: pytest.MonkeyPatch, *believed: str) -> None:
    """Takes these for public."""
    real = addresses.public
    monkeypatch.setattr(addresses, "public", lambda address: address in believed or real(address))


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

    judge = addresses.public
    monkeypatch.setattr("phloem.jobs.download.http_client.socket.getaddrinfo", getaddrinfo)
    monkeypatch.setattr(addresses, "public", public)
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
