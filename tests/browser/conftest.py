"""One running stack for all browser tests, and pages that open on it."""

import secrets
import shlex
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.screen import RECORD
from tests.conftest import OpenPage
from tests.processes import Child, Stack, wait_until

UPLOAD_LIMIT = 8_000_000
"""Bytes: room for a photograph, and little enough for a test to exceed."""

Send = Callable[..., str]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Redis, web and worker for all browser tests. A test that ends one of them starts it again."""
    folder = tmp_path_factory.mktemp("browser")
    with Stack(folder, {"PHLOEM_UPLOAD_LIMIT": str(UPLOAD_LIMIT)}) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    """The calls of a program, beside what the browser does."""
    for name in ("redis", "worker", "web"):
        stack.ensure(name)
    return Api(stack.url)


@pytest.fixture
def send(stack: Stack, api: Api) -> Iterator[Send]:
    """Sends a countdown as any program may, with an id of its choice and past the checks of the HTTP call; its id."""
    with Celery(broker=stack.redis.url, set_as_current=False) as producer:

        def send_one(task_id: str | None = None, **kwargs: object) -> str:
            return str(producer.send_task("phloem.jobs.countdown", kwargs=kwargs, task_id=task_id, queue="default").id)

        yield send_one


@pytest.fixture
def open_page(open_page: OpenPage, api: Api) -> OpenPage:
    """Opens pages at an address of the stack, "/" unless told otherwise. They remember what moved on them."""

    def open_one(address: str = "/", **options: Any) -> Page:
        page = open_page(**{"base_url": api.url, **options})
        page.add_init_script(RECORD)
        page.goto(address)
        return page

    return open_one


@pytest.fixture(scope="module")
def sample_worker(stack: Stack) -> Iterator[Child]:
    """A worker of the sample app beside that of the bundled jobs.

    One for each module: after an outage of Redis in another module Celery takes up to half a minute to come back.
    """
    stack.ensure("redis")
    options = "-Q sample -n sample@%h --concurrency 2 --without-mingle --without-gossip --loglevel INFO"
    command = f"exec {shlex.quote(sys.executable)} -m celery -A tests.browser.sample_app worker {options}"
    child = Child(command, stack.folder / f"sample-{secrets.token_hex(4)}.log", stack.environment)
    try:
        wait_until(lambda: " ready." in child.log(), 60, child.log)
        yield child
    finally:
        child.stop()


@pytest.fixture
def sample(stack: Stack, api: Api, sample_worker: Child) -> Iterator[Send]:
    """Sends a task of the sample app by its short name, and waits until it is on record; its id."""
    with Celery(broker=stack.redis.url, set_as_current=False) as producer:

        def send_one(name: str, *args: object, **options: Any) -> str:
            task_id = str(producer.send_task(f"sample.{name}", args=args, queue="sample", **options).id)
            wait_until(lambda: api.get(f"/tasks/{task_id}").ok, 30, f"{name} is on record")
            return task_id

        yield send_one
