"""Pages that open on the running stack, and what runs and sends beside them."""

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
from tests.processes import Stack
from tests.waiting import wait_until

Send = Callable[..., str]

expect.set_options(timeout=60_000)


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


@pytest.fixture
def sample_worker(stack: Stack) -> None:
    """A worker of the sample app beside that of the bundled jobs. It is there for other modules, too."""
    options = "-Q sample -n sample@%h --concurrency 2 --without-mingle --without-gossip --loglevel INFO"
    stack.ensure("redis")
    stack.add("sample", f"exec {shlex.quote(sys.executable)} -m celery -A tests.browser.sample_app worker {options}")
    stack.ensure("sample")


@pytest.fixture
def sample(stack: Stack, api: Api, sample_worker: None) -> Iterator[Send]:
    """Sends a task of the sample app by its short name, and waits until it is on record; its id."""
    with Celery(broker=stack.redis.url, set_as_current=False) as producer:

        def send_one(name: str, *args: object, **options: Any) -> str:
            task_id = str(producer.send_task(f"sample.{name}", args=args, queue="sample", **options).id)
            wait_until(lambda: api.get(f"/tasks/{task_id}").ok, 60, f"{name} is on record")
            return task_id

        yield send_one
