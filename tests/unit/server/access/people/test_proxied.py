"""A proxy that is trusted names people, and nobody else does."""

from __future__ import annotations

import logging
import time
from ipaddress import ip_network
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from phloem_server.access.authentication import VOUCHED_SECONDS
from phloem_server.access.errors import ProxyHeaderInvalid, RoleMissing
from phloem_server.access.people.proxied import TOLD_LIMIT, Proxied
from phloem_server.access.principal import Principal, principal_of
from phloem_server.settings.identity import ProxyHeader, proxy_header
from phloem_server.web.environ import NOTED
from phloem_server.web.noted import Noted
from tests.unit.server.access.doorway import KEY, PAGE, PASSWORD, Doorway, cookie_of

PROXY = "10.0.0.1"
ROLES = "X-Forwarded-Groups:admins=admin,X-Forwarded-User:grace=operator,*=viewer"


def settings(roles: str = ROLES) -> ProxyHeader:
    found = proxy_header(
        {"PHLOEM_AUTH_HEADER": "X-Forwarded-User", "PHLOEM_TRUSTED_PROXIES": PROXY, "PHLOEM_AUTH_ROLES": roles}
    )
    assert found is not None
    return found


def proxied(roles: str = ROLES) -> Proxied:
    return Proxied(settings(roles), [ip_network(PROXY)])


def request(headers: dict[str, str], address: str = PROXY) -> Request:
    environ: dict[str, Any] = EnvironBuilder(headers=[*headers.items()]).get_environ()
    return Request({**environ, "REMOTE_ADDR": address})


def named(headers: dict[str, str], address: str = PROXY, roles: str = ROLES) -> Principal | None:
    return proxied(roles).principal(request(headers, address))


@pytest.mark.parametrize(
    ("headers", "role"),
    [
        ({"X-Forwarded-User": "ada"}, "viewer"),
        ({"X-Forwarded-User": "grace"}, "operator"),
        ({"X-Forwarded-User": "ada", "X-Forwarded-Groups": "staff, admins"}, "admin"),
        ({"X-Forwarded-User": "ada", "X-Forwarded-Groups": "administrators"}, "viewer"),
    ],
)
def test_the_proxy_names_a_person_and_what_gives_a_role(headers: dict[str, str], role: str) -> None:
    principal = named(headers)
    assert principal is not None
    assert (principal.kind, principal.session, sorted(principal.roles)) == ("proxy", None, [role])
    assert principal.name == headers["X-Forwarded-User"]


def test_a_name_may_have_letters_of_every_script() -> None:
    principal = named({"X-Forwarded-User": "José".encode().decode("latin-1")})
    assert principal is not None
    assert principal.name == "José"


@pytest.mark.parametrize("address", ["10.0.0.2", "127.0.0.1", "", "unix:"])
def test_anybody_else_names_nobody_and_that_is_logged_once(address: str, caplog: pytest.LogCaptureFixture) -> None:
    ours = proxied()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert ours.principal(request({"X-Forwarded-User": "grace"}, address)) is None
    assert [record.message for record in caplog.records] == [
        f"X-Forwarded-User came from {address or 'a socket'}, which is none of PHLOEM_TRUSTED_PROXIES: it says nothing."
    ]


def test_many_who_try_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    ours = proxied()
    for number in range(2 * TOLD_LIMIT):
        ours.principal(request({"X-Forwarded-User": "grace"}, f"10.0.1.{number}"))
    assert len(caplog.records) == TOLD_LIMIT


@pytest.mark.parametrize("value", ["", " ", ","])
def test_a_request_of_a_proxy_without_a_name_is_nobodys(value: str) -> None:
    assert named({"X-Forwarded-User": value}) is None
    assert named({}) is None


@pytest.mark.parametrize("value", ["mallory,ada", "x" * 201, "a\u0085b", "\xff"])
def test_what_is_no_single_name_is_refused(value: str) -> None:
    with pytest.raises(ProxyHeaderInvalid, match="X-Forwarded-User"):
        named({"X-Forwarded-User": value})


def test_who_has_no_role_is_refused() -> None:
    with pytest.raises(RoleMissing, match=r"you as ada, but nothing gives you a role here: of X-Forwarded-Groups\."):
        named({"X-Forwarded-User": "ada"}, roles="X-Forwarded-Groups:admins=admin")


def test_whose_header_is_missing_reads_which_one() -> None:
    assert "X-Forwarded-User" in proxied().required()


def doorway(roles: str = ROLES, **more: Any) -> Doorway:
    return Doorway(proxy_header=settings(roles), trusted_proxies=(ip_network(PROXY),), **more)


def test_whom_a_proxy_names_gets_in_beside_who_has_a_password() -> None:
    door = doorway(password=PASSWORD, secret_key=KEY)
    by_proxy: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": PROXY}}
    assert door.ask("/api/v1/me", headers={"X-Forwarded-User": "ada"}, **by_proxy).status_code == 200
    assert principal_of(door.inside.seen[-1]).name == "ada"
    refused = door.ask("/api/v1/me", **by_proxy)
    assert refused.status_code == 401
    assert "X-Forwarded-User" in refused.text
    assert door.ask("/api/v1/me", headers={"X-Forwarded-User": "ada"}).status_code == 401
    assert door.ask("/api/v1/me", headers=cookie_of(door.sign_in())).status_code == 200


def test_a_page_whose_own_name_leads_to_a_proxy_that_signs_people_in_is_refused() -> None:
    door = doorway(page_origin="https://tools.example.com")
    by_proxy: dict[str, Any] = {"headers": {"X-Forwarded-User": "ada"}, "environ_base": {"REMOTE_ADDR": PROXY}}
    assert door.ask("/", host="evil.example", **by_proxy).status_code == 421
    assert door.ask("/", host="tools.example.com", **by_proxy).status_code == 200


def test_a_person_whom_the_proxy_gives_no_role_reads_so_on_a_page() -> None:
    door = doorway("X-Forwarded-Groups:admins=admin")
    said = Noted()
    environ = {"REMOTE_ADDR": PROXY, NOTED: said}
    answer = door.ask("/", headers={**PAGE, "X-Forwarded-User": "ada"}, environ_overrides=environ)
    assert (answer.status_code, answer.content_type) == (403, "text/html; charset=utf-8")
    assert said.code == "role_missing"  # for the audit, which leaves out what has no code
    assert "nothing gives you a role here" in answer.text
    nobody = door.ask("/", headers=PAGE, environ_base={"REMOTE_ADDR": PROXY})
    assert "The proxy did not say who you are." in nobody.text


def test_a_connection_of_whom_a_proxy_names_ends_so_that_the_proxy_is_asked_again() -> None:
    door = doorway()
    door.ask("/socket.io/", headers={"X-Forwarded-User": "ada"}, environ_base={"REMOTE_ADDR": PROXY})
    ends = principal_of(door.inside.seen[0]).expires_at
    assert ends is not None
    assert 0 < ends - time.time() <= VOUCHED_SECONDS
