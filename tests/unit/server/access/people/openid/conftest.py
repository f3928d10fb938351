from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.openid.false_provider import FalseProvider, false_provider
from tests.unit.server.access.people.openid.visitor import Visitor


@pytest.fixture(scope="module")
def running() -> Iterator[FalseProvider]:
    with false_provider() as provider:
        yield provider


@pytest.fixture
def upstream(running: FalseProvider) -> FalseProvider:
    """A provider that behaves, until a test has it misbehave."""
    running.reset()
    return running


@pytest.fixture
def visitor(upstream: FalseProvider) -> Visitor:
    return Visitor(upstream)
