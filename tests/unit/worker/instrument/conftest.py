"""What tests of messages that are sent share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from celery import signals

from tests.unit.worker.instrument.sent import Sent


@pytest.fixture
def sent() -> Iterator[Sent]:
    """The headers of all messages that are sent."""
    found: Sent = []

    def hear(headers: Mapping[str, Any], **_: object) -> None:
        found.append(dict(headers))

    signals.after_task_publish.connect(hear)
    yield found
    signals.after_task_publish.disconnect(hear)
