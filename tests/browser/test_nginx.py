"""The page behind a real nginx, with the configuration of docs/proxies.md: below a path, TLS ends at the proxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import requests
import trustme
from playwright.sync_api import Page, expect

from tests import nginx
from tests.browser.beside import Web
from tests.browser.conftest import Send
from tests.browser.elsewhere import elsewhere
from tests.conftest import OpenPage
from tests.nginx import Edit, Nginx
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

PASSWORD = "open sesame"
TRUSTING = {"PHLOEM_TRUSTED_PROXIES": "127.0.0.1", "PHLOEM_PASSWORD": PASSWORD}
"""All that a server needs to know behind a proxy: it ends TLS, and tells the prefix."""

VIEW = {"name": "phloem.jobs.countdown"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs the certificates of this module."""
    return trustme.CA()


@pytest.fixture(scope="module")
def webs(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Web]]:
    """Two web hosts: they share the record and no file."""
    nginx.find()
    first, second = (
        Web(stack, {**TRUSTING, "PHLOEM_DATA_DIR": str(tmp_path_factory.mktemp("host"))}) for _ in range(2)
    )
    with first, second:
        yield [first, second]


@pytest.fixture
def proxy(webs: list[Web], authority: trustme.CA, tmp_path: Path) -> Iterator[Nginx]:
    """The proxy before the two, not started yet."""
    with Nginx(tmp_path / "nginx", [web.port for web in webs], authority) as made:
        yield made


def signed_in(open_page: OpenPage, url: str) -> Page:
    """The list of tasks, after signing in."""
    page = open_page(f"{url}/", ignore_https_errors=True)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{url}/")
    return page


def is_live(page: Page) -> None:
    """The page is connected, and shows the present."""
    expect(page.locator(".connection[data-connection=live]")).to_be_visible()


@pytest.mark.console_errors  # the form comes with 401
@pytest.mark.parametrize("edits", [[], [nginx.stripped]], ids=["passed on", "taken away"])
def test_one_signs_in_over_tls_and_the_bar_is_live_whether_nginx_takes_the_path_away_or_not(
    proxy: Nginx, open_page: OpenPage, send: Send, edits: list[Edit]
) -> None:
    proxy.start(*edits)
    page = signed_in(open_page, proxy.url)
    (cookie,) = page.context.cookies()
    assert (cookie["path"], cookie["secure"], cookie["httpOnly"]) == ("/phloem", True, True)
    task_id = send(f"behind/a proxy {len(edits)}", duration=1)
    page.locator(f'a[href="/phloem/tasks/{task_id.replace("/", "%2F").replace(" ", "%20")}"]').click()
    expect(page.locator(".task[data-state=SUCCESS]")).to_be_visible()
    percents = page.evaluate("(id) => window.seen[id].percents", task_id)
    assert len(percents) > 2
    assert percents[-1] == 100
    page.reload()
    expect(page.locator(".task[data-state=SUCCESS]")).to_be_visible()
    page.goto(f"{proxy.url}/launch?name=phloem.jobs.countdown")
    is_live(page)
    sent = page.evaluate(
        """async () => {
          const body = JSON.stringify({ name: "phloem.jobs.countdown", kwargs: { duration: 0 } });
          const headers = { "Content-Type": "application/json" };
          return (await fetch("/phloem/api/v1/tasks", { method: "POST", headers, body })).status;
        }"""
    )
    assert sent == 202
    page.get_by_role("button", name="With the shared password").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.context.cookies() == []
    assert all("101" in each for each in proxy.requests() if "transport=websocket" in each)
    assert not [each for each in proxy.requests() if "transport=polling" in each]


def test_the_path_without_its_slash_leads_to_the_page(proxy: Nginx, authority: trustme.CA, tmp_path: Path) -> None:
    proxy.start()
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    answer = requests.get(f"{proxy.url}", verify=str(bundle), headers={"Accept": "text/html"}, timeout=40)
    assert (answer.status_code, answer.url) == (401, f"{proxy.url}/")


def test_the_bar_is_live_on_a_page_of_another_origin(
    stack: Stack, authority: trustme.CA, open_page: OpenPage, send: Send, tmp_path: Path
) -> None:
    with elsewhere() as port:
        web = Web(stack, {"PHLOEM_ORIGINS": f"http://127.0.0.1:{port}"})
        with Nginx(tmp_path / "nginx", [web.port], authority) as proxy:
            web.start(PHLOEM_URL=proxy.url)  # it knows of no proxy
            proxy.start()
            try:
                task_id = send(duration=1)
                page = open_page(f"http://127.0.0.1:{port}/", ignore_https_errors=True)
                page.evaluate(
                    """([root, id]) => {
                      const bar = document.createElement("task-progress");
                      bar.setAttribute("task", id);
                      bar.addEventListener("success", ({ detail }) => { document.title = detail.state; });
                      document.body.append(bar, Object.assign(document.createElement("script"), {
                        src: `${root}/embed.js`,
                      }));
                    }""",
                    [proxy.url, task_id],
                )
                expect(page).to_have_title("SUCCESS")
                page.close()  # before the server goes
            finally:
                web.stop()


@pytest.mark.console_errors  # the browser notes that WebSocket does not get through
@pytest.mark.parametrize(
    "edits",
    [[nginx.without_websocket], [nginx.without_websocket, nginx.several, nginx.sticky]],
    ids=["one process", "two processes, each viewer at one"],
)
def test_where_websocket_does_not_get_through_the_page_is_live_by_long_polling(
    proxy: Nginx, open_page: OpenPage, send: Send, edits: list[Edit]
) -> None:
    proxy.start(*edits)
    page = signed_in(open_page, proxy.url)
    is_live(page)
    task_id = send(duration=0)
    expect(page.locator(f'[data-task="{task_id}"][data-state=SUCCESS]')).to_be_visible()
    assert [
        each for each in proxy.requests() if "POST" in each and "transport=polling" in each and each.endswith("200")
    ]


@pytest.mark.console_errors
def test_two_processes_in_turn_need_websocket_and_the_page_says_so_until_it_gets_through(
    proxy: Nginx, open_page: OpenPage, send: Send
) -> None:
    proxy.start(nginx.several, nginx.without_websocket)
    page = signed_in(open_page, proxy.url)
    expect(page.locator(".truth")).to_contain_text("WebSocket")
    proxy.configure(nginx.several)
    is_live(page)
    expect(page.locator(".truth")).to_have_count(0)
    task_id = send(duration=0)
    expect(page.locator(f'[data-task="{task_id}"][data-state=SUCCESS]')).to_be_visible()


@pytest.mark.console_errors
def test_a_rolling_restart_of_two_processes_loses_nothing_for_viewers_and_their_page(
    proxy: Nginx,
    webs: list[Web],
    authority: trustme.CA,
    open_page: OpenPage,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    proxy.start(nginx.several)
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(bundle))
    page = signed_in(open_page, proxy.url)
    is_live(page)
    bearer = {"Authorization": f"Bearer {PASSWORD}"}
    sent = []
    with ExitStack() as stack:
        viewers = [stack.enter_context(Viewer(proxy.url, bearer, view=VIEW)) for _ in range(4)]
        for web in webs:
            sent.append(send(duration=1))
            web.stop()
            sent.append(send(duration=0))
            web.start()
            sent.append(send(duration=0))
        for task_id in sent:
            wait_until(partial(all_saw_the_end, viewers, task_id), 60, proxy.log)
            expect(page.locator(f'[data-task="{task_id}"][data-state=SUCCESS]')).to_be_visible()
        assert [(viewer.misfits, viewer.resyncs) for viewer in viewers] == [([], 0)] * 4
    is_live(page)


def all_saw_the_end(viewers: list[Viewer], task_id: str) -> bool:
    """Whether each viewer saw the end of a task."""
    return all(viewer.states(task_id)[-1:] == ["SUCCESS"] for viewer in viewers)
