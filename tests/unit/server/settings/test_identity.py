"""The settings of those who say who a person is: what is taken, what is refused and in which words."""

from __future__ import annotations

import pytest

from phloem.settings import SettingError
from phloem_server.settings import Config
from phloem_server.settings.identity import openid, proxy_header
from phloem_server.settings.role_rules import RoleRules

OPENID = {
    "PHLOEM_OIDC_ISSUER": "https://login.example.com/realms/staff",
    "PHLOEM_OIDC_CLIENT_ID": "phloem",
    "PHLOEM_OIDC_ROLES": "groups:phloem-admins=admin, groups:staff=viewer",
}
PROXY = {"PHLOEM_AUTH_HEADER": "X-Forwarded-User", "PHLOEM_TRUSTED_PROXIES": "127.0.0.1"}


def rules(text: str) -> RoleRules:
    return RoleRules.parse("ROLES", text, example="groups:staff=viewer")


def test_without_the_variables_there_is_neither() -> None:
    assert (openid({}), proxy_header({})) == (None, None)


def test_a_provider_is_named_after_its_host_unless_told_otherwise() -> None:
    found = openid(OPENID)
    assert found is not None
    assert (found.name, found.client_secret, found.owner) == ("login.example.com", None, None)
    found = openid({**OPENID, "PHLOEM_OIDC_NAME": "Acme", "PHLOEM_OIDC_OWNER": "email"})
    assert found is not None
    assert (found.name, found.owner) == ("Acme", "email")


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"PHLOEM_OIDC_ISSUER": ""}, "PHLOEM_OIDC_ISSUER"),
        ({"PHLOEM_OIDC_ISSUER": "http://login.example.com"}, "PHLOEM_OIDC_ISSUER"),
        ({"PHLOEM_OIDC_ISSUER": "login.example.com"}, "PHLOEM_OIDC_ISSUER"),
        ({"PHLOEM_OIDC_ISSUER": "https://"}, "PHLOEM_OIDC_ISSUER"),
        ({"PHLOEM_OIDC_ISSUER": "https://a.example/?x=1"}, "PHLOEM_OIDC_ISSUER"),
        ({"PHLOEM_OIDC_ISSUER": "https://me:secret@a.example/"}, "PHLOEM_OIDC_ISSUER"),
        ({"PHLOEM_OIDC_ISSUER": "https://a.example:port/"}, "PHLOEM_OIDC_ISSUER"),
        ({"PHLOEM_OIDC_CLIENT_ID": ""}, "PHLOEM_OIDC_CLIENT_ID"),
        ({"PHLOEM_OIDC_CLIENT_SECRET": "a\nb"}, "PHLOEM_OIDC_CLIENT_SECRET"),
        ({"PHLOEM_OIDC_ROLES": ""}, "PHLOEM_OIDC_ROLES"),
        ({"PHLOEM_OIDC_ROLES": "groups:staff=boss"}, "PHLOEM_OIDC_ROLES"),
        ({"PHLOEM_OIDC_NAME": "x" * 61}, "PHLOEM_OIDC_NAME"),
    ],
)
def test_what_is_no_provider_is_refused(changed: dict[str, str], refused: str) -> None:
    with pytest.raises(SettingError, match=rf"^{refused} is") as error:
        openid({**OPENID, **changed})
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("variables", [OPENID, PROXY])
def test_with_either_the_server_asks_everybody_and_may_be_reached_by_others(variables: dict[str, str]) -> None:
    assert Config.from_environment({**variables, "HOST": "0.0.0.0"}).is_protected
    assert Config.from_environment(variables).is_protected
    assert not Config.from_environment({}).is_protected
    embedded = Config.embedded(variables)
    assert (embedded.is_protected, embedded.is_local) == (True, False)


def test_a_provider_on_this_machine_needs_no_tls() -> None:
    assert openid({**OPENID, "PHLOEM_OIDC_ISSUER": "http://127.0.0.1:8080/realms/staff"}) is not None


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"PHLOEM_AUTH_HEADER": "X Forwarded User"}, "PHLOEM_AUTH_HEADER"),
        ({"PHLOEM_AUTH_HEADER": "X_Forwarded_User"}, "PHLOEM_AUTH_HEADER"),
        ({"PHLOEM_AUTH_HEADER": "Cookie"}, "PHLOEM_AUTH_HEADER"),
        ({"PHLOEM_AUTH_HEADER": "", "PHLOEM_AUTH_ROLES": "*=admin"}, "PHLOEM_AUTH_HEADER"),
        ({"PHLOEM_AUTH_ROLES": "X Groups:staff=viewer"}, "PHLOEM_AUTH_ROLES"),
        ({"PHLOEM_AUTH_ROLES": "nonsense"}, "PHLOEM_AUTH_ROLES"),
    ],
)
def test_what_is_no_header_is_refused(changed: dict[str, str], refused: str) -> None:
    with pytest.raises(SettingError, match=rf"^{refused} is"):
        proxy_header({**PROXY, **changed})


def test_a_header_that_anybody_could_write_is_refused() -> None:
    with pytest.raises(SettingError, match="once PHLOEM_TRUSTED_PROXIES names the proxies that write it"):
        proxy_header({**PROXY, "PHLOEM_TRUSTED_PROXIES": ""})


def test_whom_a_proxy_names_looks_on_unless_told_otherwise() -> None:
    found = proxy_header(PROXY)
    assert found is not None
    assert found.roles.role(lambda _: ()) == "viewer"


@pytest.mark.parametrize(
    ("text", "held", "role"),
    [
        ("groups:staff=viewer", {"groups": ["staff"]}, "viewer"),
        ("groups:staff=viewer", {"groups": ["Staff", "staff2"]}, None),
        ("groups:staff=viewer", {}, None),
        ("groups:staff=viewer,groups:ops=operator,*=viewer", {"groups": ["staff", "ops"]}, "operator"),
        (" groups : ops = operator , ", {"groups": ["ops"]}, "operator"),
        ("*=viewer", {}, "viewer"),
        ("cognito:groups:ops=admin", {"cognito:groups": ["ops"]}, "admin"),
        ("https://example.com/roles:ops=admin", {"https://example.com/roles": ["ops"]}, "admin"),
        ("groups:cn%3Dops%2Cdc%3Da%3Ab=admin", {"groups": ["cn=ops,dc=a:b"]}, "admin"),
    ],
)
def test_a_person_has_the_highest_role_that_an_entry_gives(text: str, held: dict[str, list[str]], role: str) -> None:
    assert rules(text).role(lambda source: held.get(source, [])) == role


@pytest.mark.parametrize(
    "text", ["", ",", "staff", "staff=viewer", "groups:=viewer", ":staff=viewer", "groups:staff=", "groups:a=b=viewer"]
)
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match=r"^ROLES is .*entries NAME:VALUE=ROLE or \*=ROLE"):
        rules(text)
