"""What a trusted proxy says of a request, and what anybody else claims."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from phloem_server.access.people.cookies import COOKIE
from phloem_server.web.middleware.forwarded import Forwarded
from phloem_server.web.middleware.prefix import Prefix
from tests.unit.server.access.doorway import KEY, PASSWORD, Doorway

PROXIES = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1"))


def inside(environ: dict[str, Any], start_response: Any) -> Any:
    """Says where a request seems to have been sent."""
    return Response(Request(environ).url)(environ, start_response)


def seen(headers: dict[str, str], path: str = "/tasks", sender: str = "10.1.2.3", prefix: str = "") -> str:
    """Where a request seems to have been sent that came from the address `sender`."""
    client = Client(Forwarded(Prefix(inside, prefix), PROXIES))
    return client.get(path, headers={"Host": "inner:8000", **headers}, environ_base={"REMOTE_ADDR": sender}).text


def test_scheme_host_and_prefix_are_those_that_a_trusted_proxy_found() -> None:
    headers = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "tools.example.com",
        "X-Forwarded-Prefix": "/phloem",
    }
    assert seen(headers) == "https://tools.example.com/phloem/tasks"
    assert seen(headers, "/phloem/tasks") == "https://tools.example.com/phloem/tasks"
    assert seen(headers, sender="::ffff:127.0.0.1") == "https://tools.example.com/phloem/tasks"
    assert seen(headers, sender="192.0.2.1") == "http://inner:8000/tasks"


def test_of_several_proxies_the_one_that_sent_the_request_counts() -> None:
    assert seen({"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": "a.example, b.example"}) == (
        "https://b.example/tasks"
    )


@pytest.mark.parametrize(("told", "scheme"), [("wss", "https"), ("ws", "http"), ("HTTPS", "https"), ("gopher", "http")])
def test_the_scheme_of_a_websocket_is_that_of_its_page(told: str, scheme: str) -> None:
    assert seen({"X-Forwarded-Proto": told}).partition(":")[0] == scheme


@pytest.mark.parametrize("prefix", ["//evil.example", "phloem", "/a/../b", "/a b", "/", 'x"y'])
def test_a_prefix_that_could_lead_elsewhere_is_passed_over(prefix: str) -> None:
    assert seen({"X-Forwarded-Prefix": prefix}) == "http://inner:8000/tasks"


def test_a_host_that_is_none_is_passed_over() -> None:
    assert seen({"X-Forwarded-Host": "a b"}) == "http://inner:8000/tasks"


def test_a_proxy_may_take_a_part_of_the_prefix_away() -> None:
    headers = {"X-Forwarded-Prefix": "/tools/phloem"}
    assert seen(headers, "/phloem/tasks", prefix="/phloem") == "http://inner:8000/tools/phloem/tasks"


@pytest.mark.parametrize(("host", "status"), [("evil.example", 421), ("tools.example.com", 200), ("127.0.0.1", 200)])
def test_a_page_whose_name_points_to_the_proxy_cannot_give_itself_another(host: str, status: int) -> None:
    door = Doorway(page_origin="https://tools.example.com")
    client = Client(Forwarded(door.door, PROXIES))
    headers = {"Host": host, "X-Forwarded-Host": "tools.example.com"}
    assert client.get("/", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == status


def test_behind_a_trusted_proxy_that_ends_tls_one_signs_in_and_acts_without_a_further_setting() -> None:
    door = Doorway(password=PASSWORD, secret_key=KEY)
    client = Client(Forwarded(Prefix(door.door, ""), PROXIES), use_cookies=False)
    told = {"Host": "tools.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/phloem"}
    sent = {"base_url": "http://tools.example.com", "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
    headers = {**told, "Origin": "https://tools.example.com"}
    answer = client.post("/sign-in", data={"password": PASSWORD, "next": "/phloem/launch"}, headers=headers, **sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/phloem/launch")
    cookie = answer.headers["Set-Cookie"]
    assert "; Secure" in cookie
    assert "; Path=/phloem" in cookie
    headers["Cookie"] = cookie.partition(";")[0]
    assert headers["Cookie"].startswith(f"__Secure-{COOKIE}=")
    assert client.post("/api/v1/tasks", headers=headers, **sent).status_code == 200
    headers["X-Forwarded-Proto"] = "http"
    assert client.post("/api/v1/tasks", headers=headers, **sent).status_code == 403
