"""The principal that the door hands to what lies behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from phloem.testing.access import MemoryBudget, MemorySessions
from phloem_server.access.door import Door
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.sessions import Sessions, SessionTokens
from phloem_server.access.people.throttle import Throttle
from phloem_server.access.principal import (
    ANYONE,
    PASSWORD_HOLDER,
    SINGLE_TASKS,
    Principal,
    onlooker,
    principal_of,
    signed_in,
)
from phloem_server.settings import Config
from phloem_server.web.environ import PRINCIPAL
from phloem_server.web.paths import PUBLIC

LOCKED = Config(password="open sesame", secret_key="k" * 32)


def seen(config: Config, path: str = "/api/v1/tasks", **headers: str) -> dict[str, Any]:
    """The environ that the application behind a door gets."""
    found: list[dict[str, Any]] = []

    def inside(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found.append(environ)
        return Response("inside")(environ, start_response)

    tokens = SessionTokens(config.password or "", config.secret_key)
    password = Password(config.password or "", Throttle(MemoryBudget()))
    door = Door(inside, config, password, Sessions(tokens, MemorySessions()))
    Client(door, use_cookies=False).get(path, headers={"Host": "localhost", **headers})
    [environ] = found
    return environ


def test_without_a_password_every_client_is_the_same_admin() -> None:
    assert principal_of(seen(Config())) is ANYONE
    assert Principal.of_role("admin", "open") == ANYONE


def test_a_client_that_knows_the_password_is_told_from_one_that_needs_none() -> None:
    assert principal_of(seen(LOCKED, Authorization="Bearer open sesame")) is PASSWORD_HOLDER
    assert PASSWORD_HOLDER.kind == "password"


def test_a_page_of_another_origin_acts_for_its_visitor_as_an_onlooker_of_single_tasks() -> None:
    principal = onlooker(signed_in("1"))
    assert (principal.kind, principal.session) == ("session", "1")
    assert (principal.roles, principal.scope) == (frozenset(), SINGLE_TASKS)


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_a_public_path_has_no_principal(path: str) -> None:
    with pytest.raises(KeyError):
        principal_of(seen(LOCKED, path))


def test_a_client_cannot_name_its_principal_by_a_header() -> None:
    environ = seen(LOCKED, "/healthz", **{"Phloem.Principal": "admin", "phloem_principal": "admin"})
    assert PRINCIPAL not in environ
