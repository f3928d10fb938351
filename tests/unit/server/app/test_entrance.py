"""What decides who gets in, as it is put together from the settings."""

from __future__ import annotations

from phloem.record.stores.access import Identity
from phloem.testing import MemoryChannel
from phloem_server.app.entrance import Entrance
from phloem_server.settings import Config
from tests.unit.server.test_identity_settings import OPENID


def test_sessions_are_void_once_the_password_or_the_provider_is_another_or_gives_other_roles() -> None:
    channel = MemoryChannel()

    def entrance(**variables: str) -> Entrance:
        return Entrance.of(Config.from_environment({**OPENID, **variables}), channel)

    token = entrance().sessions.begin(Identity(kind="openid", name="ada", role="admin"), "", "")
    assert entrance().sessions.of(token) is not None
    for changed in (
        {"PHLOEM_PASSWORD": "open sesame"},
        {"PHLOEM_OIDC_ROLES": "groups:staff=viewer"},
        {"PHLOEM_OIDC_ISSUER": "https://other.example.com"},
        {"PHLOEM_OIDC_OWNER": "email"},
    ):
        assert entrance(**changed).sessions.of(token) is None
