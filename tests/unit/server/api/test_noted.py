"""What calls note of themselves for the audit: what they are about, where their address does not say it."""

from __future__ import annotations

from typing import Any

import pytest

from phloem.record.stores.access import Identity
from phloem_server.access.principal import Principal
from phloem_server.web.environ import NOTED
from phloem_server.web.noted import Noted
from tests.unit.server.access.doorway import PASSWORD
from tests.unit.server.api.served import Served


@pytest.fixture
def desk(served: Served) -> Served:
    """Ann, an admin, is signed in."""
    served.accounts.add("ada", "admin", None, PASSWORD)
    identity = Identity(kind="user", name="ann", role="admin")
    for _ in range(2):
        person = served.sessions.of(served.sessions.begin(identity, "192.0.2.1", "a browser"))
    served.client.principal = person
    return served


def said(served: Served, method: str, path: str, **body: Any) -> tuple[Any, ...]:
    noted = Noted()
    served.client.open(f"/api/v1/{path}", method=method, json=body or None, environ_overrides={NOTED: noted})
    return noted.action, noted.changes, noted.target, noted.detail


def test_a_change_of_a_user_notes_whom_and_what(desk: Served) -> None:
    user = {"name": "bob", "role": "viewer", "owner": "acme", "password": PASSWORD}
    assert said(desk, "POST", "users", **user) == ("users", True, "bob", "add as viewer, of the tasks of acme")
    change = {"role": "operator", "password": f"another {PASSWORD}"}
    assert said(desk, "PATCH", "users/bob", **change) == (
        *("users", True, "bob"),
        "give the role operator and another password",
    )
    assert said(desk, "DELETE", "users/bob") == ("users", True, "bob", "remove")


def test_the_end_of_a_session_is_noted_as_such(desk: Served) -> None:
    principal = desk.client.principal
    assert isinstance(principal, Principal)
    assert said(desk, "DELETE", "sessions") == ("sessions", True, None, "1 others of one's own")
    assert said(desk, "DELETE", f"sessions/{principal.session}") == ("sessions", True, principal.session, None)


def test_a_token_is_noted_by_its_id(desk: Served) -> None:
    action, changes, target, detail = said(desk, "POST", "tokens", role="viewer", name="ci", expires="1d")
    assert (action, changes, detail) == ("share", True, "ci")
    assert [*desk.channel.tokens.all()] == [target]
