"""Signing in at a real nginx that tells who somebody is, with what docs/proxy-sign-in.md says."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
import requests
import trustme

from tests import nginx
from tests.browser.beside import Web
from tests.docs.pages import DOCS, titled, variables
from tests.nginx import Nginx
from tests.processes import Stack, free_port
from tests.waiting import wait_until

PAGE = DOCS / "proxy-sign-in.md"
USERS = {"ada": "first", "grace": "second"}


def signing_in(config: str) -> str:
    """With the `location` of the page that has people sign in."""
    location = titled(PAGE, "signed-in.conf")
    return re.sub(r"    location /phloem/ \{.*?\n    \}\n", lambda _: location, config, count=1, flags=re.DOTALL)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A server behind the proxy, without a password."""
    nginx.find()
    made = Stack(tmp_path_factory.mktemp("web"), variables(PAGE), parts=("redis", "web"))
    made.environment["PHLOEM_URL"] = f"https://localhost:{free_port()}/phloem"
    with made:
        yield made


@pytest.fixture(scope="module")
def proxy(stack: Stack, authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    port = int(stack.environment["PHLOEM_URL"].split(":")[2].split("/")[0])
    with Nginx(tmp_path_factory.mktemp("nginx") / "made", [stack.port], authority, port) as made:
        lines = "".join(f"{name}:{{PLAIN}}{password}\n" for name, password in USERS.items())
        (made.folder / "phloem.htpasswd").write_text(lines)
        yield made.start(signing_in)


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.mark.parametrize(("name", "role"), [("ada", "admin"), ("grace", "viewer")])
def test_a_person_is_who_the_proxy_says_and_has_the_role_of_that_name(
    proxy: Nginx, bundle: str, name: str, role: str
) -> None:
    forged = {"X-Forwarded-User": "ada", "X_Forwarded_User": "ada", "X-Forwarded-Groups": "admins"}
    for headers in ({}, forged):
        answer = requests.get(
            f"{proxy.url}/api/v1/me", auth=(name, USERS[name]), headers=headers, verify=bundle, timeout=40
        )
        found = answer.json()
        assert (found["name"], found["kind"], found["roles"]) == (name, "proxy", [role])


def test_who_does_not_sign_in_at_the_proxy_gets_nowhere(proxy: Nginx, bundle: str) -> None:
    answer = requests.get(f"{proxy.url}/", headers={"X-Forwarded-User": "ada"}, verify=bundle, timeout=40)
    assert answer.status_code == 401


def raw(port: int, *lines: str) -> str:
    """What the web process itself answers to a request of these lines, sent as one of this machine's programs."""
    with socket.create_connection(("127.0.0.1", port), timeout=40) as sock:
        sock.sendall("\r\n".join(("GET /phloem/api/v1/me HTTP/1.1", *lines, "Connection: close", "", "")).encode())
        return b"".join(iter(lambda: sock.recv(65536), b"")).decode()


def test_a_request_of_the_proxy_without_the_header_is_refused_in_every_spelling(stack: Stack) -> None:
    host = f"Host: localhost:{stack.port}"
    assert " 200 " in raw(stack.port, host, "X-Forwarded-User: ada").partition("\n")[0]
    for header in ("X-Other: ada", "X_Forwarded_User: ada", "X-Forwarded_User: ada", "X-Forwarded-User:"):
        answer = raw(stack.port, host, header)
        assert " 401 " in answer.partition("\n")[0], header
        assert "X-Forwarded-User" in answer
    assert " 400 " in raw(stack.port, host, "X-Forwarded-User: eve", "X-Forwarded-User: ada").partition("\n")[0]


def test_a_page_whose_own_name_leads_to_the_proxy_is_refused(stack: Stack) -> None:
    assert " 421 " in raw(stack.port, "Host: evil.example", "X-Forwarded-User: ada").partition("\n")[0]


def test_from_anywhere_else_the_header_says_nothing_and_the_log_tells_once(stack: Stack) -> None:
    with Web(stack, {"PHLOEM_TRUSTED_PROXIES": "192.0.2.1", "PHLOEM_URL": ""}) as web:
        answers = [requests.get(f"{web.url}/api/v1/me", headers={"X-Forwarded-User": "ada"}, timeout=40) for _ in "ab"]
        assert [answer.status_code for answer in answers] == [401, 401]
        log = wait_until(lambda: (stack.folder / f"web-{web.port}.log").read_text(), 60, "a log")
    assert log.count("X-Forwarded-User came from 127.0.0.1, which is none of PHLOEM_TRUSTED_PROXIES") == 1
