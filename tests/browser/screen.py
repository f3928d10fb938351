"""What a person does and sees on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

RECORD = """
(() => {
  // Each change, however short, of what a task shows: polling from outside would miss some.
  const seen = (window.seen = {});
  const push = (list, value) => {
    if (value !== undefined && value !== null && list.at(-1) !== value) list.push(value);
  };
  const note = (element) => {
    const shown = element.closest("[data-task], [data-task-page]");
    if (!shown) return;
    const { task, taskPage, percent, state } = shown.dataset;
    const { percents, states, bars } = (seen[task ?? taskPage] ??= { percents: [], states: [], bars: [] });
    push(states, state);
    push(percents, percent && Number(percent));
    push(bars, shown.querySelector(".bar")?.ariaValueNow);
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      for (const node of [target, ...addedNodes]) {
        if (!(node instanceof Element)) continue;
        note(node);
        node.querySelectorAll("[data-task], [data-task-page]").forEach(note);
      }
    }
  }).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["data-percent", "data-state", "aria-valuenow"],
  });
})();
"""
"""To be run before the page's own scripts: keeps what each task showed, repetitions left out."""


def percents(page: Page, task_id: str) -> list[float]:
    """The percentages that this page showed of a task."""
    return _seen(page, task_id, "percents")


def bars(page: Page, task_id: str) -> list[float]:
    """Where the first bar of this task stood on this page, in percent."""
    return [float(value) for value in _seen(page, task_id, "bars")]


def states(page: Page, task_id: str) -> list[str]:
    """The states in which this page showed a task."""
    return _seen(page, task_id, "states")


def _seen(page: Page, task_id: str, what: str) -> list[Any]:
    found: list[Any] = page.evaluate("([id, what]) => window.seen[id]?.[what] ?? []", [task_id, what])
    return found


def row(page: Page, task_id: str) -> Locator:
    """The task's line in a list."""
    return page.locator(f'[data-task="{task_id}"]')


def name_of(line: Locator) -> Locator:
    """The link of a task's line in a list: its name, which leads to the task."""
    return line.locator(".cell-name a")


def article(page: Page, task_id: str) -> Locator:
    """What the task's own page says of it."""
    return page.locator(f'[data-task-page="{task_id}"]')


def wait_for_state(page: Page, task_id: str, state: str = "SUCCESS", seconds: float = 30) -> None:
    """Waits until the page, whether list or task page, shows that state."""
    shown = page.locator(f'[data-task="{task_id}"], [data-task-page="{task_id}"]')
    expect(shown).to_have_attribute("data-state", state, timeout=seconds * 1000)


def wait_for_percents(page: Page, task_id: str, number: int) -> None:
    """Waits until the page has shown so many different percentages of a task."""
    page.wait_for_function("([id, number]) => window.seen[id]?.percents.length >= number", arg=[task_id, number])


def wait_for_connection(page: Page, *kinds: str, seconds: float = 30) -> None:
    """Waits until the page says that its connection is one of these: live, behind, resynced, reconnecting, stale."""
    which = ", ".join(f'[data-connection="{kind}"]' for kind in kinds)
    expect(page.locator(which)).to_be_visible(timeout=seconds * 1000)


def wait_until_live(page: Page) -> None:
    """Waits until the page shows the present."""
    wait_for_connection(page, "live", "behind", "resynced")


def open_form(page: Page, job: str) -> Locator:
    """The form of a bundled job, by its short name."""
    page.goto(f"/launch?job=phloem.jobs.{job}")
    form = page.locator(f'[data-form="phloem.jobs.{job}"]')
    expect(form).to_be_visible()
    return form


def launch(page: Page, job: str, **values: str | Path) -> str:
    """Fills in the form of a job (a path is a file to choose) and launches it, as this page's first; the task's id."""
    form = open_form(page, job)
    for name, value in values.items():
        control = form.locator(f'[name="{name}"]')
        if isinstance(value, Path):
            control.set_input_files(value)
        else:
            control.fill(value)
    form.get_by_role("button", name="Launch").click()
    task_id = page.locator(".launched [data-task]").get_attribute("data-task")
    assert task_id
    return task_id
