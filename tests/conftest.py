"""What all tests share: a Redis, the running processes, a browser."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, ConsoleMessage, Page
from xdist.scheduler import LoadScopeScheduling

from phloem.instrument import attachment
from phloem_server.commands.redis import end_with_parent
from tests import chromium
from tests.processes import Redis, Stack, running_redis
from tests.rabbitmq import RabbitMq
from tests.selection import is_long

OpenPage = Callable[..., Page]

PAGE_SECONDS = 90.0
"""For which a page is waited for: it has a small part of a processor where several processes run tests."""

UMASK = 0o022
"""The usual one: others may read what a test makes, unless the test says otherwise."""

UPLOAD_LIMIT = 8_000_000
"""Bytes: room for a photograph, and little enough for a test to exceed."""

# No test finds a Redis that somebody works with: what a test's own process records goes nowhere unless it says where.
os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"
os.environ.pop("PHLOEM_REDIS_URL", None)

# eventlet's own resolver is a quarter of what a web process needs to start, and here all is at 127.0.0.1. Those of
# tests.chaos have it.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"

# In the background of a script they are ignored, and so they would be by every process that a test starts.
for number in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


# One of several processes that run tests: when the first is killed, the others would finish what they are at.
if "PYTEST_XDIST_WORKER" in os.environ:
    end_with_parent(signal.SIGKILL)


APART = ("tests/benchmarks/", "tests/chaos/test_short.py")
"""Tests that share nothing, and take minutes one after the other."""


class Scopes(LoadScopeScheduling):  # type: ignore[misc]  # without types
    """Which tests one process runs one after the other: those of a module, unless they are apart; and all that need
    RabbitMQ, as a start of it costs more than they do.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(APART):
            return nodeid
        module = str(super()._split_scope(nodeid))
        return "rabbitmq" if module.endswith("rabbitmq.py") else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scopes | None:
    """The tests of bin/test, in several processes."""
    return Scopes(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Have the collector of garbage pass over the tests themselves: all of them stay, and it would walk them again and
    again, while they are collected and in the middle of each.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(20_000)  # instead of 700: a tenth of what the tests compute


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what `bin/test` leaves to `bin/test --all`."""
    for item in items:
        if is_long(item.nodeid):
            item.add_marker("long")


@pytest.fixture(scope="session", autouse=True)
def detached() -> None:
    """The bundled jobs attach themselves where they are imported; what tests do in this process is recorded nowhere."""
    attachment.detach()


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Whoever keeps a data folder private has the whole process make private files from then on."""
    os.umask(UMASK)
    yield
    os.umask(UMASK)


@pytest.fixture(autouse=True)
def no_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright's event loop counts as running between its calls; a test without a browser may need one of its own."""
    running = None if "browser" in request.fixturenames else asyncio._get_running_loop()
    if running is None:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A real Valkey for all tests that do not stop it."""
    with running_redis() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of an empty database."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    """A real RabbitMQ for all tests of this process; each module takes a virtual host of its own."""
    with RabbitMq(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture(scope="session")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Redis, web and worker for all tests of this process that need no others."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, {"PHLOEM_UPLOAD_LIMIT": str(UPLOAD_LIMIT)}) as running:
        yield running


@pytest.fixture(scope="module")
def stack(shared_stack: Stack) -> Stack:
    """Redis, web and worker, with the tasks of earlier modules on record. What tests end runs again in the next module.

    A module that needs its record to itself, other settings or another app has a fixture of this name of its own.
    """
    shared_stack.settle()
    return shared_stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the processes said to the report of a test that failed."""
    report = yield
    running = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(running, Stack):
        report.sections.append(("processes", running.logs()))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; where there is none the test is skipped, in CI it fails."""
    path = chromium.find()
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no Chromium")
    with chromium.running(path) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenPage]:
    """Opens pages, each with a fresh profile; options are those of Playwright's `new_context`.

    Nothing moves on its own unless they say so: that takes a fifth of a processor where there is no graphics card.
    No page may have had an error on its console, unless the test is marked `console_errors`.
    A picture of each page of a failed test is kept in its temporary folder.
    """
    errors: list[str] = []
    pages: list[Page] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.location.get('url')}: {message.text}")

    def open_one(**options: object) -> Page:
        page = browser.new_context(**{"reduced_motion": "reduce", **options}).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.on("console", on_console)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        return page

    failed_before = request.session.testsfailed
    yield open_one
    for number, page in enumerate(pages, 1):
        if request.session.testsfailed > failed_before and not page.is_closed():
            picture = tmp_path / f"page-{number}.png"
            page.screenshot(path=picture)
            print(f"page {number}, {page.url}: {picture}")
        page.context.close()
    if request.node.get_closest_marker("console_errors") is None:
        assert errors == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """One page of 1440 x 900."""
    return open_page(viewport={"width": 1440, "height": 900})
