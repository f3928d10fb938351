"""The name, the role and the owner that claims of a provider give."""

from __future__ import annotations

from typing import Any

import pytest

from phloem.record.stores.access import Identity
from phloem_server.access.errors import RoleMissing
from phloem_server.access.people.openid.claims import identity_of
from phloem_server.settings.identity import openid
from tests.unit.server.settings.test_identity import OPENID

ADA = {"sub": "1", "preferred_username": "ada", "groups": ["staff"]}


def person(claims: dict[str, Any], **variables: str) -> Identity:
    settings = openid({**OPENID, **variables})
    assert settings is not None
    return identity_of(claims, settings)


def test_a_person_has_the_name_and_the_role_that_the_claims_give() -> None:
    assert person(ADA) == Identity(kind="openid", name="ada", subject="1", role="viewer")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"email": "ada@example.com", "email_verified": True}, "ada@example.com"),
        ({"email": "ada@example.com", "email_verified": False, "name": "Ada"}, "Ada"),
        ({"email": "ada@example.com"}, "1"),
        ({"preferred_username": "a\nd\u202ea" + "x" * 200, "name": "Ada"}, ("a d a" + "x" * 200)[:100]),
        ({"preferred_username": 7}, "1"),
    ],
)
def test_a_person_is_called_by_the_first_claim_that_names_one(claims: dict[str, Any], name: str) -> None:
    assert person({"sub": "1", "groups": "staff", **claims}).name == name


def test_who_has_no_role_does_not_get_in_and_reads_what_was_looked_at() -> None:
    with pytest.raises(RoleMissing, match=r"knows you as ada, but .* PHLOEM_OIDC_ROLES looks at groups\."):
        person({**ADA, "groups": ["guests"]})


@pytest.mark.parametrize(
    ("claims", "gets_in"),
    [
        ({"realm_access": {"roles": ["ops"]}}, True),
        ({"realm_access": {"roles": "ops"}}, True),
        ({"realm_access.roles": ["ops"]}, True),
        ({"realm_access": {"roles": ["other"]}}, False),
        ({"realm_access": ["ops"]}, False),
        ({"realm_access": {"roles": [["ops"]]}}, False),
        ({"realm_access": None}, False),
    ],
)
def test_a_claim_may_lie_within_another(claims: dict[str, Any], gets_in: bool) -> None:
    roles = {"PHLOEM_OIDC_ROLES": "realm_access.roles:ops=operator"}
    if gets_in:
        assert person({"sub": "1", **claims}, **roles).role == "operator"
    else:
        with pytest.raises(RoleMissing):
            person({"sub": "1", **claims}, **roles)


@pytest.mark.parametrize(("verified", "gets_in"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_an_address_counts_once_the_provider_has_verified_it(verified: object, gets_in: bool) -> None:
    claims = {"sub": "1", "email": "ada@example.com", "email_verified": verified}
    roles = {"PHLOEM_OIDC_ROLES": "email:ada@example.com=admin"}
    if gets_in:
        assert person(claims, **roles).role == "admin"
    else:
        with pytest.raises(RoleMissing):
            person(claims, **roles)


def test_a_viewer_is_limited_to_the_owner_that_the_claim_tells_and_others_are_not() -> None:
    assert person({**ADA, "customer": "acme"}, PHLOEM_OIDC_OWNER="customer").owner == "acme"
    admin = {**ADA, "customer": "acme", "groups": ["phloem-admins"]}
    assert person(admin, PHLOEM_OIDC_OWNER="customer").owner is None


@pytest.mark.parametrize("customer", [None, "", [], ["acme", "other"], 7, {"acme": 1}])
def test_a_viewer_of_whom_no_owner_is_told_does_not_get_in(customer: object) -> None:
    with pytest.raises(RoleMissing, match="PHLOEM_OIDC_OWNER looks at customer"):
        person({**ADA, "customer": customer}, PHLOEM_OIDC_OWNER="customer")
