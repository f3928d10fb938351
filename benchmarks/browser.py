"""What the page costs a browser, and how soon a change is on the screen: `python -m benchmarks.browser [--quick]`.

The real web process with 10,000 tasks on record, and its list of tasks open in a real Chromium without a window. First
200 tasks that run at the same time, which are all that the list holds, change 2,000 times a second. Long tasks are
those that the browser itself reports; the heap is read after garbage was collected. Then, under the same load, script
is what the browser's trace calls so, all of it from one painted frame to the next: apart, because writing a trace holds
the main thread up, now and then for 70 ms. In life a browser has a machine of its own: here all that is not the
browser yields to it. The same is measured of the list of a search in the texts of tasks, and of the page of a task that
shows its 200 steps, all of which come with each of its 20 reports a second.

Then tasks go from state to state, 200 changes a second, each recorded by itself: the delay is from the moment before
that to the first moment after a painted frame in which the page shows the change, or a later one of the same task.
Flower, celery-bloom and celery-manager are told the same changes as events of Celery's over the same kind of broker,
one dashboard after the other in the same browser, each on the page on which it shows most live, and with no history.
What they never show has no delay, and is told as a share; of ours it counts as endless. Their packages are installed in
an environment of their own under var/. All of it takes some ten minutes. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median

try:
    from playwright.sync_api import Browser, CDPSession, Error, Page
except ImportError:
    raise SystemExit("This benchmark needs Playwright, which bin/test installs: run `bin/test --fast` once.") from None

from benchmarks.harness.changes import (
    MANY_STEPS,
    TASKS,
    Change,
    begin_steps,
    load,
    record_history,
    report_steps,
    tell_celery,
    tell_phloem,
)
from benchmarks.harness.dashboards import DASHBOARDS, Dashboard, running_dashboard
from benchmarks.harness.look import Look
from benchmarks.harness.measures import Limit, Machine, add_short, quantile, verdict
from benchmarks.harness.painted import LONG_TASKS, chromium, delays, new_page, watch
from benchmarks.harness.trace import CATEGORIES, TASK, Trace
from benchmarks.harness.web import running
from benchmarks.memory import figure
from benchmarks.peers.packages import install
from phloem_server.settings import FANOUTS
from tests.processes import Stack
from tests.waiting import wait_until

RATE = 2_000
"""Changes a second under load."""
REPORTS = 20
"""Reports a second of the task of many steps."""
SHORTFALL = 0.95
"""Of the rate: what has to have been recorded."""
TRACED = 20.0
"""Seconds of the load that are traced, after those that are not."""
WARM = 5.0
"""Seconds under load before anything is measured: the page has loaded, and its script is compiled."""
LONGEST = 50.0
"""Milliseconds that no task of the main thread may take: what is longer is felt."""
SCRIPT = 4.0
"""Milliseconds of script for a frame, the median."""
GROWTH = 20.0
"""Megabytes by which the heap may grow."""

TIMED = 200
"""Changes a second whose way to the screen is timed."""
SHORT_RATE, SHORT_TIMED, SHORT_TASKS = 200, 40, 500
"""In a short run beside others: so few that no row leaves the screen before a slow browser has painted it."""
P50, P99 = 50.0, 150.0
"""Milliseconds from publishing to painted."""
YIELDING = 10
"""Steps of niceness by which whatever changes, records and serves stands back behind the browser."""
SETTLING = 5.0
"""Seconds for which a change is waited for after the last one was told, on our page."""
PATIENCE = 60.0
"""The same, on those of others."""

OURS = Look(rows="[data-task]", words=("received", "started", "success"))


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a sixth as long")
    add_short(parser)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--timed", type=float, help="changes a second whose delay is measured")
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--fanout", choices=FANOUTS, default=FANOUTS[0])
    chosen = parser.parse_args()
    seconds = chosen.seconds or (1.0 if chosen.short else 10.0 if chosen.quick else 60.0)
    rate, tasks = (SHORT_RATE, SHORT_TASKS) if chosen.short else (RATE, TASKS)
    timed_rate = chosen.timed or (SHORT_TIMED if chosen.short else TIMED)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {tasks:,} tasks; fan-out {chosen.fanout}")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn) as pool, chromium() as browser:
        os.nice(YIELDING)  # who is started from here on, too
        with running(chosen.fanout) as stack:
            record_history(stack.redis.url, tasks)
            warm = 0.5 if chosen.short else WARM
            limits = [
                limit for each in scenes(stack, rate) for limit in under_load(browser, stack, each, seconds, warm=warm)
            ]
            page = new_page(browser, watch(OURS))
            page.goto(stack.url)
            mine = timed(page, lambda: pool.submit(tell_phloem, stack.redis.url, timed_rate, seconds), SETTLING)
        print(row("Phloem", mine))
        if not (chosen.without_peers or chosen.short):
            folder = install()
            for dashboard in DASHBOARDS:
                tell = partial(tell_celery, rate=timed_rate, seconds=seconds)
                compare(browser, pool, dashboard, folder, tell, mine)
    return verdict(
        [
            *limits,
            Limit(what="milliseconds from publishing to painted, p50", value=quantile(mine, 0.5) * 1000, limit=P50),
            Limit(what="milliseconds from publishing to painted, p99", value=quantile(mine, 0.99) * 1000, limit=P99),
            Limit(what="changes that were never painted", value=len(mine) - len(shown(mine)), limit=0, sound=True),
        ],
        short=chosen.short,
    )


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A page, and what changes on it."""

    name: str
    address: str
    shown: str
    """The selector of what it shows, and of what is pressed to see all of it, if anything."""
    pressed: str | None = None
    tell: Callable[..., None] = load
    """Takes the address of Redis, changes a second, and when to end."""
    rate: float


def scenes(stack: Stack, rate: float) -> Iterator[Scene]:
    """One after the other: the task of many steps begins last."""
    rows = ".table-slice [data-task]"
    yield Scene(name="the list", address="/", shown=rows, rate=rate)
    yield Scene(name="a search in texts", address="/?q=where/on/disk", shown=rows, rate=rate)
    task_id = begin_steps(stack.redis.url)
    yield Scene(
        name=f"a task of {MANY_STEPS} steps",
        address=f"/tasks/{task_id}",
        shown=f".lane-steps > li:nth-child({MANY_STEPS})",
        pressed=".lane-more",
        tell=partial(report_steps, task_id=task_id),
        rate=min(rate, REPORTS),
    )


def under_load(browser: Browser, stack: Stack, scene: Scene, seconds: float, *, warm: float) -> list[Limit]:
    """The page of a scene while its changes come."""
    spawn = multiprocessing.get_context("spawn")
    end = spawn.Event()
    producer = spawn.Process(target=scene.tell, args=(stack.redis.url, float(scene.rate), end))
    page = new_page(browser, LONG_TASKS)
    page.goto(stack.url + scene.address)
    if scene.pressed is not None:
        page.locator(scene.pressed).first.click()
    page.locator(scene.shown).first.wait_for()
    first = figure(stack, "phloem_relay_offset")
    producer.start()
    try:
        wait_until(lambda: figure(stack, "phloem_relay_offset") > first, 60, "the first changes are there")
        page.wait_for_timeout(warm * 1000)
        session = page.context.new_cdp_session(page)
        before, offset = heap(session), figure(stack, "phloem_relay_offset")
        begun = page.evaluate("() => performance.now()")
        machine = Machine(stack.pid("web"), stack.redis.pid, producer.pid or 0, os.getpid())
        page.wait_for_timeout(seconds * 1000)
        took = (page.evaluate("() => performance.now()") - begun) / 1000
        long = [length for start, length in page.evaluate("() => longTasks") if start > begun]
        known = figure(stack, "phloem_relay_offset") - offset
        used = machine.used
        grown = heap(session) - before
        browser.start_tracing(page=page, categories=list(CATEGORIES))
        begun = page.evaluate("() => performance.now()")
        page.wait_for_timeout(min(seconds, TRACED) * 1000)
        traced = (page.evaluate("() => performance.now()") - begun) / 1000
        trace = Trace(browser.stop_tracing())
    finally:
        end.set()
        producer.join()
        page.context.close()
    script = trace.script_per_frame()
    print(f"{scene.name}:")
    print(
        f"{known / took:,.0f} changes/s; web process {used[0] / took:.0%} of a core; heap at first {before:.1f} MB; "
        f"tasks of more than {LONGEST:g} ms: {', '.join(f'{length:.0f}' for length in sorted(long)) or 'none'}"
    )
    print(
        f"traced: {trace.frames / traced:.0f} frames/s painted, {len(script) / traced:.0f} of them after script: "
        f"{median(script):.2f} ms, p99 {quantile(script, 0.99):.2f} ms"
    )
    print(
        f"main thread {trace.busy(TASK) / traced / 10:.0f} % busy: script {sum(script) / traced / 10:.0f} %, style "
        f"and layout {trace.busy('UpdateLayoutTree', 'Layout') / traced / 10:.0f} %; its longest task took "
        "{:.1f} ms, {:.1f} ms of CPU in it".format(*trace.longest)
    )
    name, least = scene.name, scene.rate * SHORTFALL
    return [
        Limit(what=f"changes recorded a second: {name}", value=known / took, limit=least, at_least=True),
        # The browser tells of those beyond the limit only.
        Limit(
            what=f"milliseconds of the longest task of the main thread: {name}",
            value=max(long, default=0.0),
            limit=LONGEST,
        ),
        Limit(what=f"milliseconds of script for a frame, median: {name}", value=median(script), limit=SCRIPT),
        Limit(what=f"megabytes by which the heap grew: {name}", value=grown, limit=GROWTH),
    ]


def heap(session: CDPSession) -> float:
    """Megabytes of script's objects that are in use, after garbage was collected."""
    for _ in range(2):  # what only a finaliser released goes with the second
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def compare(
    browser: Browser,
    pool: Executor,
    dashboard: Dashboard,
    folder: str,
    tell: Callable[[str], list[Change]],
    mine: Sequence[float],
) -> None:
    """Prints how soon a dashboard shows what ours was told; or that it does not run here, and what it said."""
    try:
        with running_dashboard(dashboard, folder) as peer:
            page = new_page(browser, watch(dashboard.look))
            peer.open(page)
            theirs = timed(page, lambda: pool.submit(tell, peer.broker), PATIENCE)
    except (AssertionError, Error) as error:
        print(f"{dashboard.name} does not run here: {error}")
        return
    if not shown(theirs):
        print(f"{dashboard.name} showed none of the changes; {dashboard.remark}")
        return
    print(row(dashboard.name, theirs))
    print(f"{'':14} {dashboard.remark}")
    for share in (0.5, 0.99):
        ratio = quantile(shown(theirs), share) / quantile(mine, share)
        print(f"{'':14} p{share * 100:.0f}: {ratio:,.1f} times ours")


def timed(page: Page, tell: Callable[[], Future[list[Change]]], patience: float) -> list[float]:
    """Seconds from each change to painted, on a page that is open; closes it."""
    page.wait_for_timeout(2000)
    told = tell()
    while not told.done():  # while the page is waited for it can speak to us
        page.wait_for_timeout(200)
    found = delays(page, told.result(), patience)
    page.context.close()
    return found


def row(who: str, found: Sequence[float]) -> str:
    """A line about one dashboard."""
    seen = shown(found)
    p50, p99 = (quantile(seen, share) * 1000 for share in (0.5, 0.99))
    missed = f"; it never showed {1 - len(seen) / len(found):.1%}" if len(seen) < len(found) else ""
    return f"{who:14} publish to painted p50 {p50:9,.1f} ms   p99 {p99:9,.1f} ms{missed}"


def shown(found: Sequence[float]) -> list[float]:
    """The delays of those changes that the page did show."""
    return [each for each in found if math.isfinite(each)]


if __name__ == "__main__":
    sys.exit(main())
