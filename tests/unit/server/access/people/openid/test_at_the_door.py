"""A server at which people sign in with OpenID Connect asks everybody, and lets in whom the provider knows."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from phloem_server.access.people.sessions import LIMITS
from phloem_server.access.principal import principal_of
from tests.openid.false_provider import FalseProvider
from tests.unit.server.access.doorway import KEY, PAGE, PASSWORD, Doorway, cookie_of
from tests.unit.server.access.people.openid.visitor import at_provider, settings


def doorway(upstream: FalseProvider, **more: Any) -> Doorway:
    variables = more.pop("variables", {})
    return Doorway(openid=settings(upstream, PHLOEM_OIDC_NAME="Acme", **variables), secret_key=KEY, **more)


@pytest.fixture
def door(upstream: FalseProvider) -> Doorway:
    return doorway(upstream)


def let_in(door: Doorway) -> dict[str, str]:
    """The cookie of somebody who went to the provider and came back."""
    form = door.ask("/tasks/1", headers=PAGE)
    address = re.search(r'href="([^"]*)">Sign in with Acme</a>', form.text)
    assert address is not None
    begun = door.ask(unescape(address[1]), headers=PAGE)
    back = urlsplit(at_provider(begun.headers["Location"]))
    kept = begun.headers["Set-Cookie"].partition(";")[0]
    entered = door.ask(f"{back.path}?{back.query}", headers={**PAGE, "Cookie": kept})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/tasks/1")
    return cookie_of(entered)


@pytest.mark.parametrize("path", ["/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling", "/metrics"])
def test_nothing_answers_without_signing_in_on_this_machine_either(door: Doorway, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer any"}, {"Authorization": "Bearer "}, {"X-Forwarded-User": "ada"}):
        assert door.ask(path, headers=headers).status_code == 401
    assert door.inside.seen == []


def test_who_comes_back_from_the_provider_acts_under_that_name_and_role(door: Doorway) -> None:
    assert door.ask("/api/v1/tasks", headers=let_in(door)).status_code == 200
    principal = principal_of(door.inside.seen[-1])
    assert (principal.name, principal.kind, sorted(principal.roles)) == ("ada", "session", ["viewer"])
    assert principal.scope is None
    assert principal.expires_at == door.now + LIMITS.openid_hours * 3600


def test_a_viewer_is_limited_to_the_owner_that_the_provider_tells(upstream: FalseProvider) -> None:
    upstream.claims["customer"] = "acme"
    door = doorway(upstream, variables={"PHLOEM_OIDC_OWNER": "customer"})
    door.ask("/api/v1/tasks", headers=let_in(door))
    scope = principal_of(door.inside.seen[-1]).scope
    assert scope is not None
    assert scope.owner == "acme"


def test_what_the_provider_said_counts_for_a_day_at_work_and_a_password_for_longer(upstream: FalseProvider) -> None:
    door = doorway(upstream, password=PASSWORD)
    person, shared = let_in(door), cookie_of(door.sign_in())
    door.now += LIMITS.openid_hours * 3600 - 1
    assert [door.ask("/api/v1/me", headers=each).status_code for each in (person, shared)] == [200, 200]
    door.now += 1
    assert [door.ask("/api/v1/me", headers=each).status_code for each in (person, shared)] == [401, 200]


def test_each_sign_in_begins_a_new_session_in_place_of_the_one_before(door: Doorway) -> None:
    before = let_in(door)
    assert let_in(door) != before
    form = door.ask("/sign-in/openid", headers=PAGE)
    back = urlsplit(at_provider(form.headers["Location"]))
    kept = form.headers["Set-Cookie"].partition(";")[0]
    door.ask(f"{back.path}?{back.query}", headers={"Cookie": f"{kept}; {before['Cookie']}"})
    assert door.ask("/api/v1/me", headers=before).status_code == 401


def test_the_form_has_what_each_way_in_needs(upstream: FalseProvider) -> None:
    alone = doorway(upstream).ask("/", headers=PAGE).text
    assert ("<form" in alone, "Sign in with Acme" in alone) == (False, True)
    beside = doorway(upstream, password=PASSWORD).ask("/", headers=PAGE).text
    assert ("<form" in beside, "Sign in with Acme" in beside) == (True, True)
    without = Doorway(password=PASSWORD, secret_key=KEY).ask("/", headers=PAGE).text
    assert ("<form" in without, "Sign in with" in without) == (True, False)


def test_without_a_provider_its_addresses_lead_nowhere() -> None:
    locked, opened = Doorway(password=PASSWORD, secret_key=KEY), Doorway()
    for path in ("/sign-in/openid", "/sign-in/openid/callback"):
        assert locked.ask(path).status_code == 401
        assert "Location" not in opened.ask(path).headers
