"""What the doctor says of RabbitMQ, which tells nobody its consumer_timeout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from phloem_server.commands.doctor.check import CannotLook
from phloem_server.commands.doctor.checks import broker as broker_checks
from phloem_server.commands.doctor.installation import Installation


class Held(Installation):
    """An installation whose worker holds one task for later."""

    def __init__(self, seconds: float) -> None:
        super().__init__({})
        eta = datetime.now(UTC) + timedelta(seconds=seconds)
        self._scheduled = {"one@shop": [{"eta": eta.isoformat(), "request": {"name": "shop.remind"}}]}

    tasks = ()

    def asked(self, question: str, **_: object) -> dict[str, Any]:
        return self._scheduled if question == "scheduled" else {}


@contextmanager
def rabbitmq(_: Installation) -> Iterator[Any]:
    yield SimpleNamespace(transport=SimpleNamespace(driver_type="amqp"))


@pytest.mark.parametrize(
    ("hours", "said"),
    [(3, "one@shop holds shop.remind for another 3.0 h. RabbitMQ hands out again"), (0.1, "nothing seen is held")],
)
def test_what_is_held_for_longer_than_the_default_is_named_and_not_called_wrong(
    monkeypatch: pytest.MonkeyPatch, hours: float, said: str
) -> None:
    monkeypatch.setattr(broker_checks, "_lookable", rabbitmq)
    with pytest.raises(CannotLook, match=said):
        list(broker_checks.visibility(Held(hours * 3600)))
