"""When a page has painted what: a real browser, and what is measured inside its pages.

A change counts as painted at the first moment after a frame in whose layout it stood: an animation frame asks to be
called back, and by then the frame is laid out, painted and handed to the compositor. Before that the page shows
nothing of it. Page and producers read the same clock.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.harness.changes import Change
from benchmarks.harness.look import Look

VIEWPORT = (1440, 900)

PAINTED = """
(({ rows, words, counts }) => {
  const changes = (window.paintedChanges = []);
  const known = new Set();
  const note = (number, rank, now) => {
    const key = 4 * number + rank;
    if (known.has(key)) return;
    known.add(key);
    changes.push([number, rank, now / 1000]);
  };
  // A row is in one state, and has been in those before it.
  const readRows = (now) => {
    for (const row of document.querySelectorAll(rows)) {
      const text = row.textContent;
      const number = /probe-(\\d{6})/.exec(text)?.[1];
      if (number === undefined) continue;
      const said = (row.dataset.state ?? text).toLowerCase();
      const rank = words.findLastIndex((word) => said.includes(word));
      for (let each = 0; each <= rank; each++) note(Number(number), each, now);
    }
  };
  // A count of n tells of the first n.
  const told = counts?.map(() => 0);
  const readCounts = (now) => {
    counts.forEach((selector, rank) => {
      const text = selector && document.querySelector(selector)?.textContent.replace(/\\D/g, "");
      for (; told[rank] < Number(text || 0); told[rank]++) note(told[rank], rank, now);
    });
  };
  let touched = true;
  new MutationObserver(() => {
    touched = true;
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    if (!touched) return;
    touched = false;
    const now = performance.timeOrigin + performance.now();
    (counts ? readCounts : readRows)(now);
  };
  const frame = () => {
    requestAnimationFrame(frame);
    channel.port2.postMessage(null);
  };
  requestAnimationFrame(frame);
})
"""

LONG_TASKS = """
(() => {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.longTasks.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });
})();
"""
"""Every task of the main thread of more than 50 ms, as the browser itself reports it."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser without a window. It is found as the tests find it."""
    names = (os.environ.get("PHLOEM_CHROMIUM"), "chromium", "google-chrome")
    path = next(filter(None, (shutil.which(name) for name in names if name)), None)
    if path is None:
        raise SystemExit("This benchmark needs Chromium on PATH, or its path in PHLOEM_CHROMIUM.")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 or os.environ.get("CI") else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def new_page(browser: Browser, *scripts: str) -> Page:
    """A page with a profile of its own, in which these run before its own scripts."""
    width, height = VIEWPORT
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    for script in scripts:
        page.add_init_script(script)
    return page


def watch(look: Look) -> str:
    """The script that notes when which change was painted."""
    found = {"rows": look.rows, "words": look.words, "counts": look.counts}
    return f"({PAINTED.strip()})({json.dumps(found)});"


def delays(page: Page, changes: Sequence[Change], patience: float) -> list[float]:
    """Seconds from each change to its being painted, infinite for what the page never showed.

    Waits until the last change is there, `patience` seconds at most. Of states that the page has no sign for nothing
    is said.
    """
    end = patience
    last = changes[-1][:2]
    while end > 0 and not page.evaluate("([n, r]) => paintedChanges.some((c) => c[0] === n && c[1] === r)", list(last)):
        page.wait_for_timeout(500)
        end -= 0.5
    painted = {(number, rank): at for number, rank, at in page.evaluate("() => paintedChanges")}
    signs = {rank for _, rank in painted}
    return [painted.get((number, rank), float("inf")) - at for number, rank, at in changes if rank in signs]
