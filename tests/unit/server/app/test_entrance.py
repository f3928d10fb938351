"""What decides who gets in, as it is put together from the settings."""

from __future__ import annotations

import time
from pathlib import Path

from phloem.record.stores.access import Identity
from phloem.record.stores.users import User
from phloem.testing import MemoryChannel
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal, onlooker
from phloem_server.app.entrance import Entrance
from phloem_server.settings import Config
from tests.unit.server.settings.test_identity import OPENID


def test_sessions_are_void_once_the_password_or_the_provider_is_another_or_gives_other_roles(tmp_path: Path) -> None:
    channel = MemoryChannel()

    def entrance(**variables: str) -> Entrance:
        return Entrance.of(Config.from_environment({**OPENID, "PHLOEM_DATA_DIR": str(tmp_path), **variables}), channel)

    token = entrance().sessions.begin(Identity(kind="openid", name="ada", role="admin"), "", "")
    assert entrance().sessions.of(token) is not None
    for changed in (
        {"PHLOEM_PASSWORD": "open sesame"},
        {"PHLOEM_OIDC_ROLES": "groups:staff=viewer"},
        {"PHLOEM_OIDC_ISSUER": "https://other.example.com"},
        {"PHLOEM_OIDC_OWNER": "email"},
    ):
        assert entrance(**changed).sessions.of(token) is None


def test_who_came_in_while_nobody_was_asked_is_not_admitted_again_once_there_are_users() -> None:
    channel = MemoryChannel()
    entrance = Entrance.of(Config(), channel)
    entrance.users.refresh()
    assert entrance.admits(ANYONE)
    channel.users.add(User(name="ann", role="admin", hash="", created_at=1.0, changed_at=1.0))
    entrance.users.refresh()
    assert not entrance.admits(ANYONE)
    assert not entrance.admits(onlooker(ANYONE))
    assert entrance.admits(PASSWORD_HOLDER)


def test_whose_time_is_over_is_not_admitted_again() -> None:
    entrance = Entrance.of(Config(), MemoryChannel())
    for seconds, admitted in ((-1, False), (60, True)):
        assert entrance.admits(Principal.of_role("viewer", "token", expires_at=time.time() + seconds)) is admitted
