"""README, the pages of the parts and the bar: beside `bin/dev`, everything works as printed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api import Api
from tests.child import Child
from tests.docs.pages import DOCS, INSTALLING, OPERATING, PAGES, PARTS, README, TUTORIAL, blocks
from tests.docs.reader import PATIENCE, Reader
from tests.processes import Stack, free_port
from tests.waiting import wait_until

EMBEDDING = DOCS / "embedding.md"

EVERY = """
import sys
from celery import Celery
sys.path[:0] = {folders!r}
app = Celery("every", broker="redis://127.0.0.1:{port}/1", backend="redis://127.0.0.1:{port}/1")
app.conf.broker_connection_retry_on_startup = True
{imports}
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What bin/dev runs."""
    elsewhere = f"http://127.0.0.1:{free_port()}"
    environment = {"PHLOEM_NAMESPACE": "phloem", "PHLOEM_ORIGINS": elsewhere, "PHLOEM_MAIL_BACKOFF": "1"}
    with Stack(tmp_path_factory.mktemp("dev"), environment) as running:
        for name in ("mailbox", "beat"):
            running.start(name)
        yield running


@pytest.fixture(scope="module")
def ports(stack: Stack) -> dict[str, int]:
    """The ports that pages name, and those that are used for them."""
    mail, elsewhere = (int(stack.environment[name].rpartition(":")[2]) for name in ("SMTP_URL", "PHLOEM_ORIGINS"))
    ours = {"8000": stack.port, "6390": stack.redis.port, "6379": stack.redis.port, "6325": mail, "9000": elsewhere}
    return {**ours, **{port: free_port() for port in ("8001", "8010", "6391", "6326")}}


@pytest.fixture(scope="module")
def plain_worker(stack: Stack, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One worker for the Celery apps of all parts, as each of them would be started by `celery -A NAME worker`.

    A page that starts a worker of its own is left to that.
    """
    folder = tmp_path_factory.mktemp("plain")
    names = []
    for page in PARTS:
        found = list(blocks(page))
        text = "".join(block.text for block in found if block.language == "sh")
        for block in found:
            name = block.title.removesuffix(".py")
            if block.is_file and "= Celery(" in block.text and f"celery -A {name} worker" not in text:
                (folder / block.title).write_text(_with(ports, block.text))
                names.append(name)
    assert len(names) == len(set(names)), "two pages save a file by the same name"
    imports = "\n".join(f"import {name}" for name in names)
    (folder / "every.py").write_text(EVERY.format(folders=[str(folder)], port=ports["6390"], imports=imports))
    options = "--loglevel INFO --concurrency 4 -n every@%h --without-mingle --without-gossip"
    command = f"cd {folder} && exec celery -A every worker {options}"
    child = Child(command, folder / "worker.log", stack.environment)
    try:
        wait_until(lambda: " ready." in child.log(), 60, child.log)
        yield
    finally:
        child.kill()


def _with(ports: dict[str, int], text: str) -> str:
    for printed, used in ports.items():
        text = text.replace(printed, str(used))
    return text


@pytest.mark.timeout(2 * PATIENCE)
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page not in (README, TUTORIAL, INSTALLING, OPERATING, EMBEDDING)],
    ids=lambda page: str(page.relative_to(DOCS)),
)
def test_a_page_works_as_printed_beside_bin_dev(
    page: Path, stack: Stack, ports: dict[str, int], plain_worker: None, tmp_path: Path
) -> None:
    with Reader(tmp_path / "reader", stack.environment, ports) as reader:
        (reader.folder / ".venv").symlink_to(sys.prefix)
        reader.follow(page)


@pytest.mark.timeout(2 * PATIENCE)
def test_the_task_of_the_readme_is_live_on_the_page_of_bin_dev(
    stack: Stack, ports: dict[str, int], tmp_path: Path
) -> None:
    api = Api(stack.url)
    with Reader(tmp_path / "reader", stack.environment, ports) as reader:
        (reader.folder / ".venv").symlink_to(sys.prefix)
        reader.follow(README)
        found = wait_until(lambda: api.get("/tasks", params={"name": "shop.import_orders"}).json()["tasks"])
        task = api.ended(found[0]["id"], PATIENCE)
        warnings = [entry["message"] for entry in api.log(task["id"]) if entry["level"] == "warning"]
    assert (task["state"], task["result"]) == ("SUCCESS", '"500 orders are imported"')
    assert warnings == ["order 199 has no address", "order 399 has no address"]
    assert [step["description"] for step in task["steps"]] == ["Importing", "Telling east"]


@pytest.mark.browser
@pytest.mark.console_errors  # the page has no icon
def test_the_bar_on_the_page_of_embedding_moves_to_its_end(
    stack: Stack, ports: dict[str, int], page: Page, tmp_path: Path
) -> None:
    sooner = {**ports, "120": 3}  # the seconds of its countdown, too many to wait for
    with Reader(tmp_path / "reader", stack.environment, sooner) as reader:
        reader.follow(EMBEDDING)
        page.goto(f"http://127.0.0.1:{ports['9000']}/job.html")
        expect(page.locator("#end")).to_have_text('It is done: "3 s have passed"', timeout=90_000)
        for bar in page.locator("task-progress").all():
            expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")

        tag = reader.asks("python bar.py")
        answer = dict(zip(("id", "token"), re.findall(r'"([^"]+)"', tag), strict=True))
        page.route("**/exports", lambda route: route.fulfill(json=answer))
        page.goto(f"http://127.0.0.1:{ports['9000']}/click.html")
        bar = page.get_by_role("progressbar", name="All orders")
        expect(bar).to_have_count(0)
        page.get_by_role("button", name="Export all orders").click()
        expect(bar).to_have_attribute("aria-valuenow", "100")

        token = reader.asks("python workflow.py").strip()
        page.goto(f"http://127.0.0.1:{ports['9000']}/workflow.html")
        page.evaluate("token => document.querySelectorAll('[token]').forEach((each) => { each.token = token })", token)
        expect(page.locator("task-progress [part=pace]")).to_have_text("Done, 1 of 1")
        expect(page.get_by_role("listitem")).to_have_count(1)

        page.goto(f"http://127.0.0.1:{ports['9000']}/mine.html")
        token = reader.asks("python mine.py").strip()
        page.evaluate("token => { document.querySelector('task-list').token = token }", token)
        expect(page.get_by_text("You have no exports yet.")).to_be_visible()

        page.goto(f"http://127.0.0.1:{ports['9000']}/words.html")
        expect(page.get_by_text("Ihr Export ist bereit")).to_be_visible()
        expect(page.get_by_text("Das ging schief.")).to_be_hidden()
        expect(page.locator("[part=pace]")).to_contain_text("Bereit nach")


@pytest.mark.browser
def test_the_page_that_polls_without_phloem_shows_how_far_a_task_is_until_it_ends(page: Page) -> None:
    (polling,) = (block.text for block in blocks(EMBEDDING) if block.language == "html" and not block.title)
    asked = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json={"current": len(asked), "total": 2, "state": "SUCCESS" if len(asked) == 2 else "PROGRESS"})

    page.clock.install()
    page.route("http://shop.example/", lambda route: route.fulfill(body=polling, content_type="text/html"))
    page.route("http://shop.example/status/ID", answer)
    page.goto("http://shop.example/")
    for share in (0.5, 1.0):
        page.clock.run_for(1000)
        expect(page.locator("#bar")).to_have_js_property("value", share)
    page.clock.run_for(5000)
    assert len(asked) == 2
