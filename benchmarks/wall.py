"""What the wall, and the list on a wide screen, cost a browser that stays on them: `python -m benchmarks.wall`.

The real web process, and a fleet of 8 workers that starts and ends 300 tasks a minute, each of which reports its
progress five times a second, while 5,000 tasks wait. `/wall` and then the list of all tasks are open in a window of
2560 x 1440, each for ten minutes (`--minutes`; `--page` leaves it at one). Long tasks are those that the browser itself
reports; the heap is read after garbage was collected, at the start and at the end. In life a browser has a machine of
its own: here the pages come one after the other, all that is not the browser yields to it, and Chromium's trace of some
seconds more, apart because writing it holds the main thread up, tells how much CPU its longest task took. `--pictures
FOLDER` keeps what the pages look like at the end. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

try:
    from playwright.sync_api import Browser, CDPSession, Page
except ImportError:
    raise SystemExit("This benchmark needs Playwright, which bin/test installs: run `bin/test --fast` once.") from None

from benchmarks.harness.fleet import busy
from benchmarks.harness.measures import Limit, add_short, verdict
from benchmarks.harness.painted import LONG_TASKS, chromium
from benchmarks.harness.trace import CATEGORIES, Trace
from benchmarks.harness.web import running
from phloem_server.settings import FANOUTS
from tests.api import Api
from tests.processes import Stack
from tests.waiting import wait_until

WAITING, A_MINUTE, WORKERS = 5_000, 300.0, 8
SHORT_WAITING = 200
SCREEN = {"width": 2560, "height": 1440}
PAGES = {"wall": "/wall", "list": "/"}
SHOWN = {"wall": ".slot[data-task]", "list": ".table-slice [data-task]"}
"""What is on each page once it shows the fleet."""

MINUTES = 10.0
WARM_SECONDS = 20.0
"""Before anything is measured: pages and scripts are loaded, and what they keep is as much as they ever keep."""
TRACED_SECONDS = 10.0
LONGEST = 50.0
"""Milliseconds that no task of the main thread may take."""
GROWTH = 3.0
"""Megabytes by which the heap may be larger at the end."""
YIELDING = 10
"""Steps of niceness by which whatever records and serves stands back behind the browser."""
SHORTFALL = 0.9
"""Of the tasks a minute: what has to have ended."""

SMALLEST = """
() => Math.min(...[...document.querySelectorAll("main *")]
  .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((each) => each.getClientRects().length && !each.closest(".unseen"))
  .map((each) => parseFloat(getComputedStyle(each).fontSize)))
"""
"""Pixels of the smallest type on a page."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A page, and how it was when it was first measured."""

    name: str
    page: Page
    session: CDPSession
    since: float
    """By the page's own clock, in milliseconds."""
    heap: float
    used: float
    """Seconds of CPU of its main thread."""


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--page", choices=PAGES, help="this one alone")
    parser.add_argument("--pictures", type=Path, help="a folder for what the pages look like at the end")
    add_short(parser)
    chosen = parser.parse_args()
    seconds = 3.0 if chosen.short else 60 * chosen.minutes
    spawn = multiprocessing.get_context("spawn")
    with chromium() as browser:
        os.nice(YIELDING)  # who is started from here on, too
        with running(FANOUTS[0]) as stack:
            end = spawn.Event()
            waiting = SHORT_WAITING if chosen.short else WAITING
            producer = spawn.Process(target=busy, args=(stack.redis.url, WORKERS, waiting, A_MINUTE, end))
            producer.start()
            try:
                api = Api(stack.url)
                wait_until(lambda: totals(api).get("PENDING", 0) >= waiting, 120, "all that is to wait does")
                waits = totals(api).get("PENDING", 0)
                print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {waits:,} tasks wait")
                print("page    heap MB  at the end  main thread  smallest type   tasks over 50 ms")
                warm = 1.0 if chosen.short else WARM_SECONDS
                names = [chosen.page] if chosen.page else list(PAGES)
                limits = [
                    limit for name in names for limit in measure(browser, stack, name, seconds, warm, chosen.pictures)
                ]
            finally:
                end.set()
                producer.join()
    return verdict(limits, short=chosen.short)


def measure(
    browser: Browser, stack: Stack, name: str, seconds: float, warm: float, pictures: Path | None
) -> list[Limit]:
    """A page for so many seconds."""
    api = Api(stack.url)
    page = opened(browser, stack.url + PAGES[name], SHOWN[name])
    time.sleep(warm)
    watched = watch(name, page)
    before, begun = ended(api), time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    took = time.monotonic() - begun
    rate = (ended(api) - before) / took * 60
    limits = [
        Limit(what=f"{name}: tasks that ended a minute", value=rate, limit=A_MINUTE * SHORTFALL, at_least=True),
        *judged(watched, took),
        traced(browser, watched, min(seconds, TRACED_SECONDS)),
        Limit(
            what=f"{name}: tasks that run which it shows",
            value=page.locator(SHOWN[name]).count(),
            limit=1,
            at_least=True,
            sound=True,
        ),
    ]
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=pictures / f"{name}.png")
    page.context.close()
    return limits


def opened(browser: Browser, address: str, shown: str) -> Page:
    """A page in a window of its own, once it shows what there is."""
    page = browser.new_context(viewport=SCREEN).new_page()  # type: ignore[arg-type]
    page.add_init_script(LONG_TASKS)
    page.goto(address)
    page.locator(shown).first.wait_for(timeout=60_000)
    return page


def watch(name: str, page: Page) -> Watched:
    """The page as it is now."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    held = heap(session)  # which stops the page
    since = page.evaluate("() => performance.now()")
    return Watched(name=name, page=page, session=session, since=since, heap=held, used=used(session))


def judged(watched: Watched, seconds: float) -> list[Limit]:
    """A row of the table, and what it is held to."""
    name, page = watched.name, watched.page
    busy_share = (used(watched.session) - watched.used) / seconds
    long = [length for start, length in page.evaluate("() => longTasks") if start > watched.since]
    after = heap(watched.session)
    print(
        f"{name:6} {watched.heap:8.1f} {after:11.1f} {busy_share:11.0%} {page.evaluate(SMALLEST):11.0f} px   "
        f"{f'{len(long)}, the longest {max(long):.0f} ms' if long else 'none'}"
    )
    return [
        Limit(what=f"{name}: milliseconds of the longest task", value=max(long, default=0.0), limit=LONGEST),
        Limit(what=f"{name}: megabytes by which the heap grew", value=after - watched.heap, limit=GROWTH),
    ]


def traced(browser: Browser, watched: Watched, seconds: float) -> Limit:
    """The CPU of the longest task: of what it took by the clock, other programs may have had a part."""
    browser.start_tracing(page=watched.page, categories=list(CATEGORIES))
    watched.page.wait_for_timeout(seconds * 1000)
    trace = Trace(browser.stop_tracing())
    cpu = max(used for _, used in trace.tasks)
    return Limit(what=f"{watched.name}: milliseconds of CPU in a task, traced", value=cpu, limit=LONGEST)


def heap(session: CDPSession) -> float:
    """Megabytes of script's objects that are in use, after garbage was collected."""
    for _ in range(2):  # what only a finaliser released goes with the second
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def used(session: CDPSession) -> float:
    """Seconds of CPU that the page's main thread has used."""
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def totals(api: Api) -> dict[str, int]:
    """How many tasks are in each state."""
    found: dict[str, int] = api.get("/tasks", params={"limit": 1}).json()["totals"]
    return found


def ended(api: Api) -> int:
    """How many tasks have ended so far."""
    found = totals(api)
    return found.get("SUCCESS", 0) + found.get("FAILURE", 0)


if __name__ == "__main__":
    sys.exit(main())
