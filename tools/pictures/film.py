"""The moving picture: a job from the click to its result, at the speed at which it happens."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tools.pictures.catalogue import FILM
from tools.pictures.stage import SECONDS, Stage
from tools.pictures.themes import page_of

LAST_SECONDS = 3.0
"""For which the last frame stays, before it begins again."""

QUALITY = 70
"""Of WebP, 0 to 100."""

FRAME_SECONDS = 0.2
"""Between two frames, at least: each of them costs some kilobytes."""

POINTER = """
addEventListener("DOMContentLoaded", () => {
  // A browser without a window draws no pointer.
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M1 1v16l4-4 3 7 3-1-3-7h6z");
  path.setAttribute("fill", "#111");
  path.setAttribute("stroke", "#fff");
  svg.append(path);
  Object.assign(svg.style, {
    position: "fixed", zIndex: 9, left: 0, top: 0, width: "18px", height: "24px", pointerEvents: "none",
  });
  document.body.append(svg);
  addEventListener("mousemove", ({ clientX, clientY }) => {
    svg.style.transform = `translate(${clientX}px, ${clientY}px)`;
  });
});
"""

STEPS = 5
"""Frames in which the pointer comes to where it is to click."""


class Film:
    """Frames of a page, each with the moment at which it was taken."""

    def __init__(self, page: Page, pointer: tuple[float, float]) -> None:
        self._page = page
        self._pointer = pointer
        self._frames: list[tuple[float, bytes]] = []

    def shoot(self) -> None:
        """One frame, when it is time for it, unless it is the same as the one before."""
        if self._frames:
            since = time.monotonic() - self._frames[-1][0]
            self._page.wait_for_timeout(1000 * max(0.0, FRAME_SECONDS - since))
        frame = self._page.screenshot(type="png")
        if not self._frames or self._frames[-1][1] != frame:
            self._frames.append((time.monotonic(), frame))

    def until(self, holds: Callable[[], bool]) -> None:
        """Frames until that holds."""
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, "what the film waits for does not happen"
            self.shoot()

    def pause(self, seconds: float) -> None:
        """Frames for so long."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def click(self, target: Locator) -> None:
        """Lead the pointer there, and click."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        (x, y), to = self._pointer, (box["x"] + min(box["width"], 80) / 2, box["y"] + box["height"] / 2)
        for step in range(1, STEPS + 1):
            part = step / STEPS
            self._page.mouse.move(x + (to[0] - x) * part, y + (to[1] - y) * part)
            self.shoot()
        self._pointer = to
        self._page.mouse.click(*to)

    def save(self, path: Path) -> None:
        """Write it as a WebP that moves for ever."""
        times = [at for at, _ in self._frames]
        milliseconds = [round(1000 * (to - since)) for since, to in pairwise(times)]
        first, *others = (Image.open(io.BytesIO(frame)).convert("RGB") for _, frame in self._frames)
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=[*milliseconds, round(1000 * LAST_SECONDS)],
            loop=0,
            quality=QUALITY,
            method=4,
        )


def take(stage: Stage, browser: Browser, root: Path) -> None:
    """Take it in each theme, for the clone at `root`."""
    for theme in FILM.themes:
        with page_of(browser, stage.url, FILM, theme) as page:
            page.add_init_script(POINTER)
            play(page).save(root / FILM.file(theme))


def play(page: Page) -> Film:
    """Launch a job, open its page while it runs, and see its result."""
    page.goto("/launch?job=shop.import_orders")
    form = page.locator('[data-form="shop.import_orders"]')
    form.locator('[name="customer"]').fill("Contoso")
    film = Film(page, (FILM.width / 2, FILM.height / 2))
    page.mouse.move(FILM.width / 2, FILM.height / 2)
    film.pause(0.6)
    film.click(form.get_by_role("button", name="Launch"))
    row = page.locator(".launched [data-task]")
    film.until(lambda: row.count() > 0 and row.get_attribute("data-state") == "PROGRESS")
    film.pause(0.6)
    film.click(row.locator(".cell-name a"))
    article = page.locator("[data-task-page]")
    expect(article).to_be_visible()
    film.until(lambda: article.get_attribute("data-state") == "SUCCESS")
    film.pause(0.8)
    return film
