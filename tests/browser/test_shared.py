"""Bars and lists on a page of another origin, of a server with a password: a token shows its tasks, and no others."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from playwright.sync_api import Locator, Page, Route, expect

import phloem
from phloem_server.__main__ import main
from tests.browser.beside import Web
from tests.browser.conftest import Send
from tests.browser.elsewhere import elsewhere
from tests.browser.sample_name import HOSTILE
from tests.browser.test_axe import AXE, violations
from tests.conftest import OpenPage
from tests.processes import Stack
from tests.waiting import wait_until

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
    expect(other).to_contain_text("This page may not show this.")


def put_list(page: Page, token: str, **attributes: str) -> Locator:
    """A list at the end of the page, that says itself when it has no tasks, and remembers what it told."""
    page.evaluate(
        """(attributes) => {
          const list = Object.assign(document.createElement("task-list"), attributes);
          list.innerHTML = '<p slot="empty">You have no exports yet</p>';
          list.told = [];
          for (const type of ["success", "failure"]) {
            list.addEventListener(type, ({ detail }) => list.told.push([type, detail.id]));
          }
          document.body.append(list);
        }""",
        {"id": (name := f"list-{uuid.uuid4()}"), "token": token, **attributes},
    )
    return page.locator(f"#{name}")


def test_a_list_shows_the_tasks_of_its_owner_as_they_come_and_of_nobody_else(foreign: Page, sample: Send) -> None:
    ann, bob = (f"{name}-{uuid.uuid4()}" for name in ("ann", "bob"))
    token = phloem.share(owner=ann)
    tasks = put_list(foreign, token)
    others = put_list(foreign, token, owner=bob)
    for each in (tasks, others):
        expect(each.get_by_text("You have no exports yet")).to_be_visible()
    first = sample("broken", "{", headers={"phloem_owner": ann})
    sample("echo", "of bob", headers={"phloem_owner": bob})
    expect(tasks.locator("[part=box]")).to_have_attribute("data-state", "FAILURE")
    expect(tasks.get_by_text("You have no exports yet")).to_be_hidden()
    second = sample("patient", 1, headers={"phloem_owner": ann})
    names = tasks.get_by_role("listitem").locator("[part=name]")
    expect(names).to_have_text(["patient", "broken"])
    expect(tasks.get_by_role("progressbar", name="patient")).to_have_attribute("aria-valuenow", "100")
    assert tasks.evaluate("list => list.told") == [["failure", first], ["success", second]]
    assert tasks.evaluate("list => list.tasks.map(({ id }) => id)") == [second, first]
    tasks.evaluate("list => { list.limit = 1 }")
    expect(names).to_have_text(["patient"])
    expect(others.get_by_text("You have no exports yet")).to_be_visible()


def test_a_bar_counts_the_tasks_of_a_workflow_and_tells_that_all_are_done(foreign: Page, sample: Send) -> None:
    root = sample("family", 3)
    bar = put(foreign, root, phloem.share(root=root))
    bar.evaluate(
        """(bar, root) => {
          bar.addEventListener("success", ({ detail }) => { window.done = detail });
          Object.assign(bar, { root, task: null });
        }""",
        root,
    )
    bar = foreign.locator(f'task-progress[root="{root}"]')
    expect(bar.locator("[part=pace]")).to_have_text("Done, 4 of 4")
    expect(bar.get_by_role("progressbar", name="family")).to_have_attribute("aria-valuenow", "100")
    done = foreign.evaluate("window.done")
    assert (done["id"], done["state"], done["members"]["succeeded"]) == (root, "SUCCESS", 4)
    bar.evaluate("bar => { bar.total = 5 }")
    expect(bar.locator("[part=pace]")).to_have_text("4 of 5")


def test_elements_speak_the_language_of_the_page_and_its_own_words_in_its_direction(
    foreign: Page, sample: Send
) -> None:
    token = phloem.share(owner=(owner := f"ann-{uuid.uuid4()}"))
    done = sample("echo", 1, headers={"phloem_owner": owner})
    half = sample(HOSTILE, HOSTILE, True, headers={"phloem_owner": owner})
    bar, failed = put(foreign, done, token), put(foreign, half, token)
    put_list(foreign, token, size="card")
    expect(bar.locator("[part=pace]")).to_contain_text("Done in")
    # What a task says is text, and turns nothing but itself.
    expect(failed.locator("[part=message]")).to_have_text(HOSTILE)
    assert foreign.evaluate("window.ran") is None
    foreign.evaluate("Object.assign(document.documentElement, { lang: 'ar', dir: 'rtl' })")
    expect(bar.locator("[part=pace]")).to_contain_text("اكتملت")
    expect(failed.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    filled = """bar => new Promise((resolve) => {
      const [track, fill] = ["track", "fill"].map((name) => bar.shadowRoot.querySelector(`[part=${name}]`));
      const [from, to] = [track.getBoundingClientRect(), fill.getBoundingClientRect()];
      resolve([Math.round(from.right - to.right), Math.round(to.left - from.left) > 10]);
    })"""
    wait_until(lambda: failed.evaluate(filled) == [0, True], 30, lambda: str(failed.evaluate(filled)))
    assert foreign.evaluate("document.documentElement.scrollWidth <= innerWidth")
    foreign.add_script_tag(path=AXE)
    foreign.evaluate("document.body.insertAdjacentHTML('afterbegin', '<h1>Exports</h1>')")
    assert [each for each in violations(foreign) if "landmark" not in each and "region" not in each] == []
    bar.evaluate(
        """bar => {
          bar.innerHTML = '<b slot="succeeded">Ready to load</b><b slot="failed">No</b>';
          bar.words = { succeededIn: "Ready after {time}" };
          bar.lang = "en";
        }"""
    )
    expect(bar.locator("[part=pace]")).to_contain_text("Ready after")
    expect(bar.get_by_text("Ready to load")).to_be_visible()
    expect(bar.get_by_text("No", exact=True)).to_be_hidden()
    bar.evaluate("bar => { bar.label = '<b>e' + '\\u0301'.repeat(100_000) }")
    expect(bar.locator("[part=name]")).to_have_text(re.compile("^<b>e"))
    assert bar.evaluate("bar => bar.shadowRoot.querySelector('[part=name]').textContent.length") < 3000
    assert foreign.evaluate("document.documentElement.scrollWidth <= innerWidth")


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
def test_bars_and_lists_ask_their_page_for_the_next_token_and_go_on_where_they_were(
    foreign: Page, send: Send, sample: Send
) -> None:
    ann = f"ann-{uuid.uuid4()}"
    foreign.route("**/ann", lambda route: route.fulfill(body=phloem.share(owner=ann)))
    tasks = put_list(foreign, phloem.share(owner=ann, expires=2), renew="/ann")
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
    sample("echo", "when the first token has expired", headers={"phloem_owner": ann})
    expect(tasks.get_by_role("listitem").locator("[part=name]")).to_have_text(["echo"])


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
