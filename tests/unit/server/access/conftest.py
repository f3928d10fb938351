from __future__ import annotations

import pytest

from tests.unit.server.access.doorway import KEY, PASSWORD, Doorway


@pytest.fixture
def open_door() -> Doorway:
    return Doorway()


@pytest.fixture
def locked_door() -> Doorway:
    return Doorway(password=PASSWORD, secret_key=KEY)
