from __future__ import annotations

import pytest

from tests.unit.server.boards.asked import Asked


@pytest.fixture
def asked() -> Asked:
    return Asked()
