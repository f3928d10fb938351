"""The principal that the door hands to what lies behind it."""

from __future__ import annotations

from typing import Any

import pytest

from phloem_server.access.principal import (
    ANYONE,
    PASSWORD_HOLDER,
    SINGLE_TASKS,
    Principal,
    onlooker,
    principal_of,
)
from phloem_server.web.environ import PRINCIPAL
from phloem_server.web.paths import PUBLIC
from tests.unit.server.access.doorway import PASSWORD, Doorway, signed_in

BEARER = "Bearer " + PASSWORD.encode().decode("latin-1")


def seen(doorway: Doorway, path: str = "/api/v1/tasks", **headers: str) -> dict[str, Any]:
    """The environ that the application behind a door gets."""
    doorway.ask(path, headers=headers)
    [environ] = doorway.inside.seen
    return environ


def test_without_a_password_every_client_is_the_same_admin(open_door: Doorway) -> None:
    assert principal_of(seen(open_door)) is ANYONE
    assert Principal.of_role("admin", "open") == ANYONE


def test_a_client_that_knows_the_password_is_told_from_one_that_needs_none(locked_door: Doorway) -> None:
    assert principal_of(seen(locked_door, Authorization=BEARER)) is PASSWORD_HOLDER
    assert PASSWORD_HOLDER.kind == "password"


def test_a_page_of_another_origin_acts_for_its_visitor_as_an_onlooker_of_single_tasks() -> None:
    principal = onlooker(signed_in("1"))
    assert (principal.kind, principal.session) == ("session", "1")
    assert (principal.roles, principal.scope) == (frozenset(), SINGLE_TASKS)


@pytest.mark.parametrize("path", [*sorted(PUBLIC), "/assets/index.js"])
def test_a_public_path_has_no_principal(locked_door: Doorway, path: str) -> None:
    with pytest.raises(KeyError):
        principal_of(seen(locked_door, path))


def test_a_client_cannot_name_its_principal_by_a_header(locked_door: Doorway) -> None:
    environ = seen(locked_door, "/healthz", **{"Phloem.Principal": "admin", "phloem_principal": "admin"})
    assert PRINCIPAL not in environ
