"""A bar on a page of another origin, of a server with a password: its token shows it one task."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from playwright.sync_api import Locator, Page, Route, expect

import phloem
from phloem_server.__main__ import main
from tests.browser.beside import Web
from tests.browser.conftest import Send
from tests.browser.elsewhere import elsewhere
from tests.conftest import OpenPage
from tests.processes import Stack

pytestmark = pytest.mark.browser

PAGE = """
async ([server]) => {
  const script = document.createElement("script");
  script.src = `${server}/embed.js`;
  document.head.append(script);
  await customElements.whenDefined("task-progress");
}
"""


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[tuple[Web, str]]:
    """A server with a password, and the origin of the page that may connect."""
    with elsewhere() as port:
        origin = f"http://127.0.0.1:{port}"
        with Web(stack, {"PHLOEM_ORIGINS": origin, "PHLOEM_PASSWORD": "open sesame"}) as running:
            yield running, origin


@pytest.fixture(autouse=True)
def record(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens are made here as in any other process that knows where the record is."""
    for name in ("REDIS_URL", "PHLOEM_NAMESPACE"):
        if name in stack.environment:
            monkeypatch.setenv(name, stack.environment[name])


@pytest.fixture
def foreign(web: tuple[Web, str], open_page: OpenPage) -> Page:
    """The page of another origin, without any bar yet."""
    page = open_page("about:blank")
    page.goto(web[1])
    page.evaluate(PAGE, [web[0].url])
    return page


def put(page: Page, task: str, token: str) -> Locator:
    """One more bar at the end of the page."""
    page.evaluate(
        """([task, token]) => {
          const bar = Object.assign(document.createElement("task-progress"), { task, token });
          document.body.append(bar);
        }""",
        [task, token],
    )
    return page.locator(f'task-progress[token="{token}"][task="{task}"]')


@pytest.mark.console_errors  # the browser notes each refusal
def test_a_token_shows_its_task_live_and_no_other(foreign: Page, send: Send) -> None:
    token = phloem.share(task := send(duration=1))
    bar = put(foreign, task, token)
    other = put(foreign, send(duration=1), token)
    expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(other).to_contain_text("This page may not show this task.")


@pytest.mark.console_errors  # as above
def test_a_token_that_expires_leaves_the_bar_where_it_was_until_it_is_given_another(foreign: Page, send: Send) -> None:
    task = send(duration=5)
    bar = put(foreign, task, phloem.share(task, expires=2))
    expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuetext", re.compile("s left$"))
    expect(bar).to_contain_text("This page's permission has ended. Load it again.")
    token = phloem.share(task)
    bar.evaluate("(bar, token) => { bar.token = token }", token)
    renewed = foreign.locator(f'task-progress[token="{token}"]')
    expect(renewed.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(put(foreign, task, phloem.share(task) + "x")).to_contain_text("not one that phloem.share made")


@pytest.mark.console_errors  # as above
def test_a_bar_asks_its_page_for_the_next_token_and_goes_on_where_it_was(foreign: Page, send: Send) -> None:
    task = send(duration=4)
    asked: list[None] = []

    def answer(route: Route) -> None:
        asked.append(None)
        route.fulfill(json={"token": phloem.share(task, expires=3600)})

    foreign.route("**/token", answer)
    by_address, by_function = (put(foreign, task, phloem.share(task, expires=2)) for _ in range(2))
    for bar, way in (
        (by_address, '"/token"'),
        (by_function, 'async () => (await (await fetch("/token")).json()).token'),
    ):
        bar.evaluate(
            f"""(bar) => {{
              bar.renew = {way};
              bar.seen = [];
              new MutationObserver(() => bar.seen.push(bar.shadowRoot.textContent))
                .observe(bar.shadowRoot, {{ subtree: true, childList: true, characterData: true }});
            }}"""
        )
    for bar in (by_address, by_function):
        expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
        seen = " ".join(bar.evaluate("bar => bar.seen"))
        assert "permission" not in seen
        assert "Not started" not in seen
    assert len(asked) == 2


@pytest.mark.console_errors  # as above
def test_a_bar_whose_page_gives_no_other_token_says_so_and_goes_on_once_it_does(foreign: Page, send: Send) -> None:
    task = send(duration=1)
    foreign.route("**/token", lambda route: route.fulfill(status=403))
    bar = put(foreign, task, phloem.share(task, expires=0.1))
    bar.evaluate("bar => bar.setAttribute('renew', '/token')")
    expect(bar).to_contain_text("This page's permission has ended. Load it again.")
    foreign.route("**/token", lambda route: route.fulfill(body=phloem.share(task)))
    expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")


@pytest.fixture(scope="module")
def unlisted() -> Iterator[str]:
    """The origin of pages that no setting names."""
    with elsewhere() as port:
        yield f"http://127.0.0.1:{port}"


READ = """
async ([url, init]) => {
  try {
    const answer = await fetch(url, init);
    return [answer.status, (await answer.json()).code ?? ""];
  } catch (error) {
    return [0, error.name];
  }
}
"""


OPENS = """
([url]) => new Promise((resolve) => {
  const socket = new WebSocket(url.replace("http", "ws"));
  socket.onopen = () => resolve(true);
  socket.onerror = () => resolve(false);
})
"""


def opens(page: Page, server: str, token: str = "") -> bool:
    """Whether a script of the page gets a WebSocket, to which its browser adds the cookie of its visitor."""
    url = f"{server}/socket.io/?EIO=4&transport=websocket&token={token}"
    return bool(page.evaluate(OPENS, [url]))


def read(page: Page, url: str, token: str, **init: object) -> list[object]:
    """What a script of the page reads: the status, and the code of a problem."""
    headers = {"Authorization": f"Bearer {token}"}
    found: list[object] = page.evaluate(READ, [url, {"headers": headers, **init}])
    return found


@pytest.mark.console_errors  # as above
def test_a_token_that_names_the_origin_of_a_page_works_there_and_nowhere_else_and_opens_nothing_more(
    web: tuple[Web, str], unlisted: str, foreign: Page, open_page: OpenPage, send: Send
) -> None:
    server, task, other = web[0].url, send(duration=1), send(duration=1)
    token = phloem.share(task, origin=unlisted)
    page = open_page("about:blank")
    page.goto(server)  # its visitor is signed in
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(unlisted)
    page.evaluate(PAGE, [server])
    expect(put(page, task, token).get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    assert read(page, f"{server}/api/v1/tasks/{task}", token) == [200, ""]
    for call in (f"/tasks/{other}", "/tasks", "/me", "/workers"):
        status, _ = read(page, f"{server}/api/v1{call}", token)
        assert status in (403, 404), call
    assert [opens(page, server, each) for each in (token, "", token + "x", phloem.share(other))] == [True, *3 * [False]]
    with_cookie = {"credentials": "include"}
    for path, init in (
        ("/socket.io/?EIO=4&transport=polling", {}),
        ("/api/v1/tasks", {"method": "POST", "body": "{}"}),
    ):
        assert page.evaluate(READ, [f"{server}{path}", {**init, **with_cookie}]) == [0, "TypeError"], path
    assert read(page, f"{server}/api/v1/tasks/{task}", token, **with_cookie) == [0, "TypeError"]
    assert read(page, f"{server}/api/v1/tasks", phloem.share(other), **with_cookie) == [0, "TypeError"]
    assert read(page, f"{server}/api/v1/tasks/{task}/revoke", token, method="POST") == [403, "token_limited"]
    expect(put(foreign, task, token)).to_contain_text(f"This token is for pages of {unlisted}")
    assert read(foreign, f"{server}/api/v1/tasks/{task}", token) == [401, "token_origin_refused"]


@pytest.mark.console_errors  # as above
def test_a_bar_whose_token_is_revoked_is_cut_off_within_two_seconds_and_others_go_on(foreign: Page, send: Send) -> None:
    task = send(duration=4)
    bars = {token: put(foreign, task, token) for token in (phloem.share(task), phloem.share(task))}
    for bar in bars.values():
        expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuetext", re.compile("s left$"))
    leaked, kept = bars
    revoked = CliRunner().invoke(main, ["tokens", "revoke", leaked])
    assert revoked.exit_code == 0, revoked.output
    expect(bars[leaked]).to_contain_text("This page's permission has ended", timeout=3000)
    expect(bars[kept].get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
