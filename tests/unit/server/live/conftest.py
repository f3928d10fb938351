"""One stage for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.server.live.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    assert not stage.misused, "a listener was called while the mirror's lock was held"
