"""Retention: an expired task is gone for the API and for Celery's result backend alike."""

from __future__ import annotations

import msgspec
import pytest
from celery import Celery
from celery.result import AsyncResult

from tests.api import Api
from tests.processes import Stack
from tests.waiting import wait_until


def test_a_result_is_the_same_for_python_and_http_until_it_is_gone_for_both(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    stack = Stack(tmp_path_factory.mktemp("expiry"), app="tests.acceptance.short_lived")
    with stack, Celery(backend=stack.redis.url) as reader:
        api = Api(stack.url)
        task = api.ended(api.submit("countdown", duration=0.2))
        result = AsyncResult(task["id"], app=reader)
        assert (result.state, result.result) == (task["state"], msgspec.json.decode(task["result"]))

        def gone() -> bool:
            api.submit("log_event", event="something else happens")
            return api.get(f"/tasks/{task['id']}").status_code == 404

        wait_until(gone, 60, "the task is no longer kept")
        wait_until(lambda: AsyncResult(task["id"], app=reader).state == "PENDING", 40, "nor is its result")
        assert api.get(f"/tasks/{task['id']}/log").status_code == 404
