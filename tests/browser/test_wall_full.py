"""A wall with as much on it as a team's has: what tells tasks and failures apart is not cut."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error, Step
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.workers import WorkerFacts
from phloem.settings import Settings
from tests.browser.screen import wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack

pytestmark = pytest.mark.browser

NAMES = ("import_orders", "resize_image", "nightly_report")
MESSAGE = "[Errno 111] the warehouse does not answer"
WORKERS = 6
LEASE_SECONDS = 600

CUT = "selector => [...document.querySelectorAll(selector)].filter(each => each.scrollWidth > each.clientWidth).length"
"""How many of these elements show less than all of their text."""


def runs(number: int, now: float) -> Event:
    """A task in the only slot of a worker. Every other one has told how far it is."""
    said = partial(task, number, id=f"runs-{number}", run=f"run-{number}", seq=1, at=now, lease=f"w{number}@shop")
    if number % 2:
        steps = (Step(key="1", description="orders", current=30, total=100),)
        return said(state=State.PROGRESS, started_at=now, worker=f"w{number}@shop", percent=30, steps=steps)
    return said(state=State.STARTED, started_at=now, worker=f"w{number}@shop")


def failed(number: int, turn: int, now: float) -> Event:
    """One of two tasks that failed alike."""
    each = f"failed-{number}-{turn}"
    error = Error(type="ConnectionRefusedError", message=MESSAGE)
    return task(number, id=each, run=each, seq=1, at=now, state=State.FAILURE, finished_at=now, error=error)


def task(number: int, **fields: Any) -> Event:
    """A task of one of three names."""
    name = f"shop.{NAMES[number % len(NAMES)]}"
    return Event(source=fields["id"], begins=True, name=name, queue="mail", label=f"order {4000 + number}", **fields)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A record of its own, with six workers of one slot, beside that of the bundled jobs."""
    with Stack(tmp_path_factory.mktemp("wall")) as own:
        own.ensure("redis")
        channel, now = RedisChannel(Settings(redis_url=own.redis.url, namespace="test")), time.time()
        for number in range(WORKERS):
            name = f"w{number}@shop"
            facts = WorkerFacts(name=name, pid=1, since=now, pool="prefork", slots=1, queues=("mail",))
            channel.workers.introduce(name, facts)
            channel.heartbeat(name, LEASE_SECONDS)
        channel.record([runs(number, now) for number in range(WORKERS)])
        channel.record([failed(number, turn, now) for number in range(len(NAMES)) for turn in range(2)])
        yield own


@pytest.fixture
def full(open_page: OpenPage) -> Page:
    """The wall on a television."""
    page = open_page("/wall", viewport={"width": 2560, "height": 1440}, reduced_motion="no-preference")
    wait_until_live(page)
    expect(page.locator(".slot[data-task]")).to_have_count(WORKERS)
    return page


def test_a_slot_in_two_columns_has_its_name_whole_and_its_bar_tells_how_far_it_is(full: Page) -> None:
    assert full.locator(".wall-slots").get_attribute("data-two") == "true"
    told = '.slot:has([role="progressbar"][aria-valuenow])'
    expect(full.locator(told)).to_have_count(WORKERS // 2)
    assert full.evaluate(CUT, f"{told} :is(.slot-task, .slot-label)") == 0
    expect(full.locator(f"{told} .slot-far").first).to_be_hidden()
    expect(full.locator(".slot:not(:has([aria-valuenow])) .slot-far").first).to_have_text(re.compile(r"\d:\d\d"))


def test_the_message_of_a_failure_is_whole_before_its_type_is(full: Page) -> None:
    expect(full.locator(".failure")).to_have_count(len(NAMES))
    assert full.evaluate(CUT, ".failure-type") == len(NAMES)
    assert full.evaluate(CUT, ".failure-error > :last-child") == 0
    expect(full.locator(".failure-error").first).to_contain_text(MESSAGE)


def test_failures_are_said_with_how_often_when_and_of_how_many(full: Page) -> None:
    expect(full.locator(".failure-times").first).to_contain_text("2 times, last ")
    expect(full.locator("h1")).to_contain_text(" of 6\u00a0tasks failed in 10\u00a0minutes.")
    expect(full.locator(".wall-failures .wall-beside")).to_have_text("100\u00a0% of what ended")


def test_the_wall_says_what_a_drop_is_where_there_are_drops(full: Page) -> None:
    expect(full.locator(".wall-key")).to_have_text("a task starts")
    full.emulate_media(reduced_motion="reduce")
    expect(full.locator(".wall-key")).to_be_hidden()
