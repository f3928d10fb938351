"""`phloem serve --broker` beside an app that has nothing of Phloem: two web processes, one of which observes."""

from __future__ import annotations

import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.sources.result_backend import disconnect_backend
from tests.api import Api
from tests.child import Child
from tests.conftest import OpenPage
from tests.integration.observed import APP, Shop
from tests.processes import PHLOEM, Redis, free_port, running_redis, settings
from tests.waiting import wait_until

TAKEN_OVER_SECONDS = 5.0

ATTACHED = "tests.acceptance.attached_shop"
ENDS = (State.SUCCESS, State.FAILURE, State.SUCCESS)


@pytest.fixture(scope="module")
def record() -> Iterator[str]:
    with running_redis() as server:
        yield server.url


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("broker")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shop(broker: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(broker.url, tmp_path_factory.mktemp("shop"), broker.url)
    shop.work()
    yield shop
    shop.close()


@pytest.fixture
def channel(record: str) -> Iterator[RedisChannel]:
    channel = RedisChannel(Settings(redis_url=record, namespace=secrets.token_hex(4)))
    yield channel
    channel.close()


@contextmanager
def web(channel: RedisChannel, shop: Shop, folder: Path) -> Iterator[tuple[Child, str]]:
    """A web process, and where it is, once an observer has met the worker."""
    port = free_port()
    command = shlex.join([*PHLOEM, "serve", "--broker", shop.broker, "--result-backend", shop.broker])
    environment = settings(port, channel.settings.redis_url, folder)
    environment["PHLOEM_NAMESPACE"] = channel.settings.namespace
    child = Child(f"exec {command}", folder / f"web-{port}.log", environment)
    try:
        wait_until(lambda: "Phloem is at" in child.log(), 60, child.log)
        wait_until(lambda: any(known.facts.slots for known in channel.workers.all()), 40, child.log)
        yield child, f"http://127.0.0.1:{port}"
    finally:
        child.kill()


def shown(channel: RedisChannel, task_id: str, state: State, seconds: float = 15, *, whole: bool = False) -> Task:
    """The task in this state; `whole` once all its times are known, from whom ever."""

    def found() -> Task | None:
        task = channel.task(task_id)
        if task is None or task.state is not state or (whole and None in times_of(task)):
            return None
        return task

    return wait_until(found, seconds, lambda: f"{state}: {channel.task(task_id)}")  # type: ignore[return-value]


def test_what_a_worker_has_registered_can_be_launched_stopped_and_run_again_with_arguments_that_one_names(
    shop: Shop, channel: RedisChannel, tmp_path: Path
) -> None:
    with web(channel, shop, tmp_path) as (_, url):
        api = Api(url)
        wait_until(lambda: f"{APP}.add" in names(api), 40, lambda: str(names(api)))
        sent = api.post("/tasks", json={"name": f"{APP}.add", "args": [1, 2]})
        assert sent.status_code == 202, sent.text
        assert api.ended(sent.json()["id"])["result"] == "3"

        held = shop.send("hold", str(tmp_path / "never"))
        shown(channel, held, State.STARTED)
        assert api.post(f"/tasks/{held}/revoke", json={"terminate": True}).status_code == 202
        shown(channel, held, State.REVOKED)

        foreign = shop.send("add", 3, 4)
        shown(channel, foreign, State.SUCCESS)
        refused = api.post(f"/tasks/{foreign}/retry", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "call_not_kept")
        assert "is not attached" in refused.json()["detail"]
        again = api.post(f"/tasks/{foreign}/retry", json={"args": [3, 5], "kwargs": {}})
        assert again.status_code == 202, again.text
        assert api.ended(again.json()["id"])["result"] == "8"


@pytest.fixture
def attached(channel: RedisChannel) -> dict[str, str]:
    """The variables of processes of the app that call `attach`."""
    return {"PHLOEM_REDIS_URL": channel.settings.redis_url, "PHLOEM_NAMESPACE": channel.settings.namespace}


def test_an_app_of_which_one_half_is_attached_is_shown_as_both_halves_know_it(
    shop: Shop, channel: RedisChannel, attached: dict[str, str], tmp_path: Path
) -> None:
    with web(channel, shop, tmp_path):
        command = [sys.executable, "-c", f"import {ATTACHED} as shop; shop.send()"]
        sending = subprocess.run(command, env={**shop.environment, **attached}, check=True, capture_output=True)
        ids = sending.stdout.decode().split()
        sent = [shown(channel, task_id, state, whole=True) for task_id, state in zip(ids, ENDS, strict=True)]
        for task in sent:  # from the producer, and from the worker
            assert (task.queue, task.worker) == ("celery", "one@shop")
            assert is_sorted(times_of(task))
            # Of backend and events the one that comes second may have nothing to add.
            assert task.known_by[0] == "attach"
            assert set(task.known_by[1:]) & {"backend", "events"}
        added, failed, flaky = sent
        assert (added.args, added.result) == ("[1,2]", "3")
        assert failed.error is not None
        assert (failed.error.type, failed.error.message) == ("ValueError", "no reason")
        first, second = flaky.tries or ()
        assert (first.state, second.state, flaky.result) == (State.RETRY, State.SUCCESS, '"at last"')
        assert is_sorted((first.started_at, first.finished_at, second.started_at, second.finished_at))

        shop.work("--concurrency 1 -Q told", "told", ATTACHED, **attached)
        end = tmp_path / "end"
        counted = shop.send("count", 10, str(end), queue="told")
        try:
            # The backend may tell first that it makes progress.
            wait_until(lambda: known_best_by(channel, counted) == "attach", 40, "the worker tells")
            task = shown(channel, counted, State.PROGRESS)
            assert (task.percent, task.worker) == (50, "told@shop")
        finally:
            end.touch()
        task = shown(channel, counted, State.SUCCESS)
        assert (task.result, task.known_by[0], task.created_at) == (
            "10",
            "attach",
            None,
        )  # nobody told when it was sent
        assert is_sorted((task.received_at, task.started_at, task.finished_at))


def known_best_by(channel: RedisChannel, task_id: str) -> str | None:
    task = channel.task(task_id)
    return None if task is None else str(task.known_by[0])


def times_of(task: Task) -> tuple[float | None, ...]:
    return task.created_at, task.received_at, task.started_at, task.finished_at


def is_sorted(times: Sequence[float | None]) -> bool:
    return [*times] == sorted(time for time in times if time is not None)


@pytest.mark.browser
def test_the_page_says_what_it_does_not_know_of_an_unattached_app_and_offers_what_can_be_done(
    shop: Shop, channel: RedisChannel, tmp_path: Path, open_page: OpenPage
) -> None:
    with web(channel, shop, tmp_path) as (_, url):
        wait_until(lambda: f"{APP}.add" in names(Api(url)), 40, "its tasks are known")
        page = open_page(base_url=url)
        page.goto(f"/launch?job={APP}.add")
        form = page.locator(f'[data-form="{APP}.add"]')
        expect(form.get_by_text("Its worker is not attached: nobody checks its arguments.")).to_be_visible()
        form.get_by_label("Positional").fill("[1, 2]")
        form.get_by_label("Named").fill("{}")
        form.get_by_role("button", name="Launch").click()
        expect(page.locator(".launched [data-task]")).to_have_attribute("data-state", "SUCCESS")

        held = shop.send("fail", "no reason")
        shown(channel, held, State.FAILURE)
        page.goto(f"/tasks/{held}")
        unknown = page.locator("[data-unattached]")
        expect(unknown.get_by_role("heading")).to_have_text("Not attached")
        expect(unknown.locator("li")).to_have_text(
            [
                "how far it is, unless it calls update_state",
                "what it logs",
                "its message, so it cannot be run again as it was; arguments are text that Celery cut",
                "when it was sent, and how long it waited",
            ]
        )
        expect(unknown.locator("code")).to_have_text("phloem.attach(app)")
        expect(page.get_by_role("button", name="Retry with other arguments")).to_be_visible()
        expect(page.get_by_role("button", name="Retry", exact=True)).to_have_count(0)


def names(api: Api) -> list[str]:
    return [task["name"] for task in api.get("/registry").json()["tasks"]]


def test_another_web_process_observes_within_five_seconds_when_the_one_that_did_is_killed(
    shop: Shop, channel: RedisChannel, tmp_path: Path
) -> None:
    with web(channel, shop, tmp_path) as (first, _):
        shown(channel, shop.send("add", 1, 2), State.SUCCESS)
        with web(channel, shop, tmp_path) as (_, url):
            first.kill()
            beginning = time.monotonic()
            end = tmp_path / "end"
            task_id = shop.send("hold", str(end))
            shown(channel, task_id, State.STARTED, 20)
            assert time.monotonic() - beginning < TAKEN_OVER_SECONDS
            end.touch()
            shown(channel, task_id, State.SUCCESS)
            assert Api(url).task(task_id)["known_by"][0] == "backend"


def test_what_happens_after_the_broker_was_away_is_shown(
    shop: Shop, broker: Redis, channel: RedisChannel, tmp_path: Path
) -> None:
    end = tmp_path / "end"
    with web(channel, shop, tmp_path):
        held = shop.send("hold", str(end))
        shown(channel, held, State.STARTED)
        broker.restart()
        end.touch()
        wait_until(lambda: shop.celery.AsyncResult(held).state == "SUCCESS", 60)
        disconnect_backend(shop.celery)  # or its next message would have Celery forget an open connection
        shown(channel, held, State.SUCCESS, 10)
        shown(channel, shop.send("add", 1, 2), State.SUCCESS, 30)
