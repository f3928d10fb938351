"""How soon the first row is there on a slow line and a slow machine: `python -m benchmarks.slow_line`.

The real web process with 10,000 tasks on record, and its page opened in a real Chromium, each time with a profile of
its own: over slow 3G (400 kbit/s, 400 ms for each request) and with a processor four times slower, as Chromium itself
slows both down. What counts is the first animation frame that has a row of the list, from the beginning of the
navigation; the figure is the median. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import os
from statistics import median

try:
    from playwright.sync_api import Browser, Page, Response
except ImportError:
    raise SystemExit("This benchmark needs Playwright, which bin/test installs: run `bin/test --fast` once.") from None

from benchmarks.harness.changes import record_history
from benchmarks.harness.measures import Limit, add_short, verdict
from benchmarks.harness.painted import chromium, new_page
from benchmarks.harness.web import running
from phloem_server.settings import FANOUTS

TASKS, SHORT_TASKS = 10_000, 100
OPENED, SHORT_OPENED = 7, 1
"""How often the page is opened."""
BYTES_A_SECOND = 400 * 1000 / 8
LATENCY_MS = 400
SLOWER = 4
"""How many times slower the processor is."""
FIRST_ROW = 3_000
"""Milliseconds."""
LONGEST = 60_000
"""Milliseconds for which a row is waited for."""

NOTE = """
(() => {
  const observer = new MutationObserver(() => {
    if (!document.querySelector("[data-task]")) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      window.firstRow = performance.now();
    });
  });
  observer.observe(document, { subtree: true, childList: true });
})();
"""


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    add_short(parser)
    chosen = parser.parse_args()
    tasks, opened = (SHORT_TASKS, SHORT_OPENED) if chosen.short else (TASKS, OPENED)
    with chromium() as browser, running(FANOUTS[0]) as stack:
        record_history(stack.redis.url, tasks)
        first_row(browser, stack.url)  # the server has answered once
        rows, uncompressed = zip(*(first_row(browser, stack.url) for _ in range(opened)), strict=True)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {tasks:,} tasks")
    print("milliseconds to the first row:", *(f"{each:,.0f}" for each in rows))
    return verdict(
        [
            Limit(what="milliseconds to the first row, median", value=median(rows), limit=FIRST_ROW),
            Limit(what="scripts and styles that were not compressed", value=max(uncompressed), limit=0, sound=True),
        ],
        short=chosen.short,
    )


def first_row(browser: Browser, url: str) -> tuple[float, int]:
    """Milliseconds until the list has a row, and how many of its scripts and styles were not compressed."""
    page = new_page(browser, NOTE)
    slow_down(page)
    uncompressed: list[str] = []

    def look(answer: Response) -> None:
        if "/assets/index-" in answer.url and answer.headers.get("content-encoding") != "br":
            uncompressed.append(answer.url)

    page.on("response", look)
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => window.firstRow", timeout=LONGEST)
    taken: float = page.evaluate("() => firstRow")
    page.context.close()
    return taken, len(uncompressed)


def slow_down(page: Page) -> None:
    """Puts the page behind a slow line, and on a slow machine."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    line = {"latency": LATENCY_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    session.send("Network.emulateNetworkConditions", {"offline": False, **line})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


if __name__ == "__main__":
    raise SystemExit(main())
