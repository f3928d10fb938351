"""A task that logs for hours: its page shows its beginning and its end, and costs what it cost in the first minute."""

from __future__ import annotations

import time
from contextlib import closing
from itertools import count

import pytest
from playwright.sync_api import CDPSession

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.record.redis_record import RedisChannel
from phloem.settings.record import RecordSettings
from tests.browser.screen import wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack

pytestmark = pytest.mark.browser

AT_ONCE = 20
"""Lines that are reported together."""

SOME, MANY = 60, 260
"""Reports after which the page leaves lines out, and those by which it has left out some thousands."""

SHOWS = "text => [...document.querySelectorAll('.log-message')].at(-1)?.textContent === text"
"""Whether that is the last line. In the page itself, as each report waits for it."""

GROWTH_BYTES = 10_000_000
"""Lines that it has left out and still holds are twelve times as much."""


def test_a_page_holds_no_more_of_a_log_after_thousands_of_lines_than_it_shows(
    stack: Stack, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    session = page.context.new_cdp_session(page)
    numbers, begun = count(1), time.time()

    with closing(RedisChannel(RecordSettings.of_record(stack.environment))) as channel:

        def report(lines: int) -> None:
            seq = next(numbers)
            said = (Line(at=begun, level="info", message=f"{seq}: line {line} of many") for line in range(lines))
            event = Event(
                id="long log",
                run="run",
                source="a long log",
                seq=seq,
                at=begun,
                name="long_log",
                state=State.STARTED,
                started_at=begun,
                log=tuple(said),
            )
            channel.record([event])
            if lines:
                page.wait_for_function(SHOWS, arg=f"{seq}: line {lines - 1} of many")

        report(0)
        page.goto("/tasks/long%20log")
        wait_until_live(page)
        for _ in range(SOME):
            report(AT_ONCE)
        before = heap(session)
        for _ in range(MANY - SOME):
            report(AT_ONCE)
        assert heap(session) - before < GROWTH_BYTES


def heap(session: CDPSession) -> float:
    """Bytes that the page's script holds."""
    for _ in range(3):  # what was collected may have held other things
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])
