"""What is on each of the pictures that stand still."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tools.pictures.catalogue import LAUNCH, TASK, TASKS, WALL, Picture
from tools.pictures.stage import Stage
from tools.pictures.themes import page_of


def take(stage: Stage, browser: Browser, root: Path) -> None:
    """Take all of them, for the clone at `root`."""

    def picture(of: Picture, show: Callable[[Page], None]) -> None:
        for theme in of.themes:
            with page_of(browser, stage.url, of, theme) as page:
                show(page)
                image = Image.open(io.BytesIO(page.screenshot()))
                image.save(root / of.file(theme), lossless=True, method=4)

    retried = past(stage)
    picture(TASK, lambda page: show_task(page, retried))
    picture(LAUNCH, show_form)
    waiting = present(stage)
    picture(TASKS, lambda page: show_list(page, waiting))
    picture(WALL, show_wall)


def past(stage: Stage) -> str:
    """Tasks that have ended, each in its own way; the id of one that took two tries."""
    for customer in ("Fabrikam", "Northwind"):
        stage.ended(stage.send("send_invoice", customer=customer))
    stage.ended(stage.send("send_invoice", customer="Tailspin", amount=-12.5))
    stage.ended(stage.send("stock_report", pages=24))
    return stage.ended(stage.send("import_orders", customer="Wingtip"))


def present(stage: Stage) -> str:
    """Tasks that run, and that wait; the id of the last one, which waits."""
    counts = {"Fabrikam": 2_000, "Adatum": 3_000, "Proseware": 5_000}
    running = [stage.send("import_orders", customer=name, count=count) for name, count in counts.items()]
    running.append(stage.send("stock_report", month="July", pages=1_200))
    stage.reaches(running[0], 20)
    waiting = [stage.send("import_orders", customer=name) for name in ("Litware", "Northwind", "Contoso")]
    return waiting[-1]


def show_list(page: Page, last: str) -> None:
    """The list, once it has the task that was sent last."""
    page.goto("/")
    expect(page.locator(f'[data-task="{last}"]')).to_be_visible()
    expect(page.locator('[data-state="PROGRESS"] .cell-left:not(:empty)').first).to_be_visible()


def show_task(page: Page, task_id: str) -> None:
    """A task with its steps, its tries and its log."""
    page.goto(f"/tasks/{task_id}")
    expect(page.get_by_text("Telling the warehouse").first).to_be_visible()
    expect(page.get_by_text("no address").first).to_be_visible()


def show_form(page: Page) -> None:
    """The form of a job, which comes from its function."""
    page.goto("/launch?job=shop.import_orders")
    page.locator('[name="customer"]').fill("Contoso")


def show_wall(page: Page) -> None:
    """The page for the screen in a room."""
    page.goto("/wall")
    expect(page.get_by_text("Adatum").first).to_be_visible()
