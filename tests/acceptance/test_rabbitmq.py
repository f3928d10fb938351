"""An app on RabbitMQ with results by rpc, and the record in a Redis beside it. The server is a real one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery
from playwright.sync_api import expect

from phloem_server.control.brokers.held import ABSENT, UNKNOWN
from phloem_server.control.brokers.management import Management
from phloem_server.control.errors import BrokerUnavailable
from phloem_server.control.remote_control import RemoteControl, Survey
from tests.api import Api
from tests.conftest import OpenPage
from tests.processes import ROOT, Stack
from tests.queues import Queue
from tests.rabbitmq import RabbitMq
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(400)  # the first of them starts RabbitMQ as well, which has a deadline of its own

ANSWERS = ".reply.celery.pidbox"
"""How the name of a queue ends by which workers answer one connection."""

APP = "tests.acceptance.rabbitmq_app"


@pytest.fixture(scope="module")
def vhost(rabbitmq: RabbitMq) -> str:
    """The virtual host of these tests."""
    return rabbitmq.vhost()


@pytest.fixture(scope="module")
def stack(rabbitmq: RabbitMq, vhost: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web and worker whose messages go by RabbitMQ, and a Redis that has the record alone."""
    environment = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        "CELERY_BROKER_URL": rabbitmq.url(vhost),
        "CELERY_RESULT_BACKEND": "rpc://",
        "PHLOEM_RABBITMQ_MANAGEMENT_URL": rabbitmq.management_url,
        "PHLOEM_SURVEY_SECONDS": "1",
    }
    with Stack(tmp_path_factory.mktemp("on-rabbitmq"), environment, APP) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    stack.ensure("worker")
    return Api(stack.url)


def send(api: Api, name: str, *args: Any, **more: Any) -> str:
    """Sends a task as the page does; its id."""
    answer = api.post("/tasks", json={"name": f"{APP}.{name}", "args": args, **more})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def again(api: Api, task_id: str) -> dict[str, Any]:
    """Retries a task as the page does; the second run, once it has ended."""
    answer = api.post(f"/tasks/{task_id}/retry", json={})
    assert answer.status_code == 202, answer.text
    return api.ended(answer.json()["id"])


def produce(stack: Stack, *calls: str) -> list[str]:
    """Sends tasks as a producer of the app does; their ids."""
    code = f"from {APP} import *; print({', '.join(f'{call}.id' for call in calls)})"
    sent = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60, env=stack.environment
    )
    return sent.stdout.split()


def test_a_task_goes_through_its_states_and_reports_its_progress(api: Api) -> None:
    done = api.ended(send(api, "keep", 3))
    assert api.states(done["id"]) == ["PENDING", "RECEIVED", "STARTED", "PROGRESS", "SUCCESS"]
    assert (done["queue"], done["percent"], done["result"]) == ("safe", 100.0, "3")
    failed = api.ended(send(api, "fail"))
    assert (failed["queue"], failed["error"]["type"]) == ("orders", "ValueError")
    tried = api.ended(send(api, "flaky"))
    assert [each["state"] for each in tried["tries"]] == ["RETRY", "SUCCESS"]


def test_a_retry_sends_the_kept_message_with_its_headers_and_its_properties(stack: Stack, api: Api) -> None:
    [first] = produce(stack, "way.apply_async(priority=7, delivery_mode='transient', headers={'shop': 'north'})")
    came = json.loads(api.ended(first)["result"])
    answer = came.pop("answer")
    assert came == {"by": "", "to": "orders", "urgent": 7, "mode": 1, "shop": "north"}
    second = again(api, first)
    assert json.loads(second["result"]) == {**came, "answer": answer}
    assert (second["priority"], second["retry_of"]) == (7, first)


def test_a_task_that_runs_is_stopped_and_one_that_waits_is_revoked(api: Api) -> None:
    runs = send(api, "sleep", 30)
    wait_until(lambda: api.task(runs)["state"] == "PROGRESS", 60)
    assert api.post(f"/tasks/{runs}/revoke", json={"terminate": True}).status_code == 202
    assert api.ended(runs)["state"] == "REVOKED"
    busy = [send(api, "sleep", 30) for _ in range(2)]
    waits = send(api, "add", 1, 2)
    wait_until(lambda: [api.task(each)["state"] for each in busy] == ["PROGRESS"] * 2, 60)
    assert api.post(f"/tasks/{waits}/revoke", json={}).status_code == 202
    for each in busy:
        api.post(f"/tasks/{each}/revoke", json={"terminate": True})
    assert api.ended(waits)["state"] == "REVOKED"


def board(api: Api, shows: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The queues by name, as the board shows them once it shows that."""

    def there() -> dict[str, Any] | None:
        found = {each["name"]: each for each in api.get("/queues").json()["queues"]}
        return found if shows(found) else None

    found = wait_until(there, 60, lambda: str(api.get("/queues").json()))
    assert found is not None
    return found


def test_the_board_has_what_rabbitmq_and_its_management_api_tell(stack: Stack, api: Api) -> None:
    stack.kill("worker")
    calls = [f"add.apply_async((1, 1), priority={priority})" for priority in (8, 1, 8)]
    ids = produce(stack, *calls, "keep.delay(1)")
    # What the worker had may have come back besides.
    queues = board(api, lambda found: found["orders"]["by_priority"].items() >= {"1": 1, "8": 2}.items())
    assert (queues["safe"]["kind"], queues["safe"]["depth"], queues["orders"]["consumer_count"]) == ("quorum", 1, 0)
    assert queues["orders"]["depth"] >= 3
    stack.start("worker")
    for task_id in ids:
        api.ended(task_id)
    ids = [send(api, "sleep", 30) for _ in range(4)]  # two run, and the worker has taken two more
    queues = board(api, lambda found: found["orders"]["unacknowledged"] == 2 and found["orders"]["depth"] == 0)
    assert queues["orders"]["consumer_count"] == 1
    assert queues["orders"]["incoming"] is not None
    for task_id in reversed(ids):
        assert api.post(f"/tasks/{task_id}/revoke", json={"terminate": True}).status_code == 202
    assert api.get("/queues").json()["unknown"] is None


@pytest.mark.browser
def test_the_page_says_which_queue_is_of_the_kind_quorum_and_who_does_not_answer(
    open_page: OpenPage, stack: Stack, celery: Celery, api: Api
) -> None:
    page = open_page(base_url=stack.url)
    page.goto("/queues")
    expect(page.locator('[data-queue="safe"]')).to_contain_text("quorum", timeout=90_000)
    with celery.connection_for_read() as connection:
        connection.default_channel.queue_declare("quiet", durable=True, auto_delete=False)
        connection.default_channel.basic_consume("quiet", callback=lambda _: None)
        produce(stack, "add.apply_async((1, 1), queue='quiet')")
        quiet = page.locator('[data-queue="quiet"]')
        expect(quiet).to_contain_text("1 consumer that does not answer", timeout=90_000)
        connection.default_channel.queue_delete("quiet")


@pytest.fixture
def celery(rabbitmq: RabbitMq, vhost: str) -> Iterator[Celery]:
    """An app of the same broker that names no queue but one."""
    with Celery("other", broker=rabbitmq.url(vhost), set_as_current=False) as app:
        app.conf.task_queues = [Queue("orders", no_declare=True)]
        yield app


def test_a_queue_that_is_not_there_is_empty_and_is_not_made(
    rabbitmq: RabbitMq, vhost: str, api: Api, celery: Celery
) -> None:
    told = RemoteControl(celery).survey(["nowhere", "safe"]).broker
    assert told.queues["nowhere"] == ABSENT
    assert told.queues["safe"].consumers == 1
    assert "nowhere" not in [each["name"] for each in rabbitmq.queues(vhost)]


def test_a_queue_that_a_connection_has_to_itself_stays_unknown(celery: Celery, stack: Stack) -> None:
    with celery.connection_for_write() as owner:
        owner.default_channel.queue_declare("mine", exclusive=True)
        assert RemoteControl(celery).survey(["mine"]).broker.queues["mine"] == UNKNOWN


def test_a_management_api_that_refuses_leaves_what_rabbitmq_itself_tells(
    rabbitmq: RabbitMq, celery: Celery, api: Api
) -> None:
    wrong = rabbitmq.management_url.replace("guest@", "geheim@")
    told = RemoteControl(celery, Management(wrong)).survey().broker
    assert told.queues["orders"].consumers == 1
    assert told.unknown == (
        "RabbitMQ's management API answers 401 Unauthorized: what is unacknowledged, the rates and the memory are "
        "unknown."
    )


def as_user(rabbitmq: RabbitMq, vhost: str, configure: str, write: str, read: str) -> Survey:
    """What a user of few rights is told."""
    rabbitmq.ask("PUT", "users/few", {"password": "geheim", "tags": ""})
    rabbitmq.ask("PUT", f"permissions/{vhost}/few", {"configure": configure, "write": write, "read": read})
    with Celery("few", broker=rabbitmq.url(vhost).replace("guest:guest", "few:geheim"), set_as_current=False) as app:
        app.conf.task_queues = [Queue("orders", no_declare=True)]
        return RemoteControl(app).survey()


def test_a_user_needs_no_more_rights_than_are_documented(rabbitmq: RabbitMq, vhost: str, api: Api) -> None:
    [rights] = re.findall(r"`(\^\S+\$)`", (ROOT / "docs/brokers.md").read_text())
    told = as_user(rabbitmq, vhost, rights, rights, rights)
    assert told.stats
    assert told.broker.queues["orders"].consumers == 1


def test_a_right_that_is_missing_is_said_in_the_words_of_rabbitmq(rabbitmq: RabbitMq, vhost: str, api: Api) -> None:
    with pytest.raises(BrokerUnavailable, match="^RabbitMQ refuses what this server asks: ACCESS_REFUSED - access to"):
        as_user(rabbitmq, vhost, "^$", ".*", ".*")


def test_a_wrong_password_is_said_in_the_words_of_rabbitmq(rabbitmq: RabbitMq) -> None:
    url = rabbitmq.url().replace(":guest@", ":wrong@")
    with (
        Celery("wrong", broker=url, set_as_current=False) as app,
        pytest.raises(BrokerUnavailable, match="ACCESS_REFUSED - Login was refused"),
    ):
        RemoteControl(app).survey()


def test_what_rabbitmq_does_not_take_is_refused(api: Api) -> None:
    answer = api.post("/tasks", json={"name": f"{APP}.add", "args": [1, 2], "queue": "full"})
    assert (answer.status_code, answer.json()["code"]) == (409, "task_refused")
    assert "RabbitMQ did not take the message" in answer.json()["detail"]


def test_what_waits_comes_by_its_priority(stack: Stack, api: Api) -> None:
    stack.kill("worker")
    low, high = produce(stack, "add.apply_async((1, 1), priority=1)", "add.apply_async((1, 1), priority=8)")
    stack.start("worker")
    first, second = api.ended(high), api.ended(low)
    assert (first["priority"], second["priority"]) == (8, 1)
    assert first["received_at"] < second["received_at"]


def test_what_rabbitmq_holds_back_is_known_by_its_queue_and_its_time(stack: Stack, api: Api) -> None:
    [task_id] = produce(stack, "keep.apply_async((2,), countdown=12)")
    task = api.task(task_id)
    assert (task["state"], task["queue"], task["eta"] > time.time()) == ("PENDING", "safe", True)
    wait_until(lambda: api.get("/queues").json()["held_back"] == 1, 40, "the board counts what is held back")
    done = api.ended(task_id)
    assert (done["state"], done["queue"], done["started_at"] >= done["eta"] - 1) == ("SUCCESS", "safe", True)
    second = again(api, task_id)
    assert (second["state"], second["queue"], second["exchange"]) == ("SUCCESS", "safe", "safe")
    assert second["started_at"] - second["created_at"] < 2  # it is not held back like the first


def test_watching_leaves_no_queue_and_no_consumer_behind(
    rabbitmq: RabbitMq, vhost: str, stack: Stack, api: Api
) -> None:
    def there() -> dict[str, tuple[bool, bool]]:
        return {each["name"]: (each["durable"], each["exclusive"]) for each in rabbitmq.queues(vhost)}

    api.ended(send(api, "add", 1, 2))
    before = {name for name in there() if not name.endswith(ANSWERS)}
    [workers, queues] = [api.get(board).json() for board in ("/workers", "/queues")]
    assert any(each["answers"] for each in workers["workers"])
    assert {each["name"]: each["consumers"] for each in queues["queues"]}.keys() >= {"orders", "safe", "full"}
    during: dict[str, tuple[bool, bool]] = {}

    def answered() -> bool:
        during.update({name: kind for name, kind in there().items() if name not in before})
        return any(name.endswith(ANSWERS) for name in during)

    wait_until(answered, 40, lambda: f"the answers come by a queue of {during}")
    # What RabbitMQ 4.3 refuses: a queue that is neither durable nor one connection's own.
    assert [name for name, (durable, exclusive) in during.items() if not durable and not exclusive] == []
    stack.kill("web")
    wait_until(lambda: there().keys() == before, 40, lambda: f"{there().keys() - before} is left")
    stack.start("web")
