"""An app on a real RabbitMQ that has nothing of Phloem, with results by rpc, observed."""

from __future__ import annotations

from pathlib import Path

import pytest

from phloem.model.state import State
from tests.integration.observed import APP, Observing, Shop
from tests.processes import running_redis
from tests.rabbitmq import RabbitMq
from tests.waiting import wait_until


@pytest.mark.timeout(400)
def test_an_app_on_rabbitmq_is_shown_by_its_events_and_its_results_are_left_to_whom_they_are_for(
    rabbitmq: RabbitMq, tmp_path: Path
) -> None:
    vhost = rabbitmq.vhost()

    def own_queues() -> list[tuple[str, bool]]:
        return [(each["name"], each["exclusive"]) for each in rabbitmq.queues(vhost) if "phloem" in each["name"]]

    shop = Shop(rabbitmq.url(vhost), tmp_path, "rpc://")
    with running_redis() as record:
        try:
            shop.work()
            with Observing(shop, record.url) as observing:
                observing.hears()
                result = shop.celery.send_task(f"{APP}.add", (1, 2))
                task = observing.until(result.id, State.SUCCESS)
                assert (task.name, task.result, task.known_by) == (f"{APP}.add", "3", ("events",))
                assert result.get(timeout=40) == 3
                assert [exclusive for _, exclusive in wait_until(own_queues, 40)] == [True]
            wait_until(lambda: not own_queues(), 40, lambda: str(own_queues()))
        finally:
            shop.close()
