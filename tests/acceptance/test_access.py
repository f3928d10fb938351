"""A server with a password: what is closed, what opens it, and what ends it again."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests
import socketio
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.beside import Web
from tests.browser.elsewhere import elsewhere
from tests.conftest import OpenPage
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

PASSWORD = "three words or more"
OTHER = "three other words"
GUEST = "https://pages.example"
BEARER = {"Authorization": f"Bearer {PASSWORD}"}
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
POLLING = "/socket.io/?EIO=4&transport=polling"

CLOSED: list[tuple[str, str, dict[str, str]]] = [
    *(("GET", path, {}) for path in ("/", "/launch", "/tasks", "/tasks/x", "/share/x", "/assets/x/y", "/metrics")),
    *(("GET", f"/api/v1{path}", {}) for path in ("/tasks", "/tasks/x", "/tasks/x/log", "/registry", "/files/x")),
    *(("GET", f"/api/v1{path}", {}) for path in ("/session", "/workers", "/queues", "/schedule", "/now", "/nothing")),
    *(("POST", f"/api/v1{path}", {}) for path in ("/tasks", "/uploads", "/tasks/x/revoke", "/tasks/x/retry")),
    ("GET", POLLING, {}),
    ("POST", f"{POLLING}&sid=x", {}),
    ("GET", "/socket.io/?EIO=4&transport=websocket", WEBSOCKET),
    ("GET", "/healthz/", {}),
    ("GET", "//api/v1/tasks", {}),
    ("GET", "/healthz/../api/v1/tasks", {}),
    ("GET", "/assets/../api/v1/tasks", {}),
    ("DELETE", "/", {}),
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that asks for PASSWORD."""
    with Stack(tmp_path_factory.mktemp("access"), {"PHLOEM_PASSWORD": PASSWORD}) as running:
        yield running


@pytest.fixture(scope="module")
def other(stack: Stack) -> Iterator[Web]:
    """Another web process of the same stack, which lets pages of GUEST show bars."""
    with Web(stack, {"PHLOEM_ORIGINS": GUEST}) as running:
        yield running


def ask(stack: Stack, method: str, path: str, **options: Any) -> requests.Response:
    """One request whose path is sent as it stands, redirects not followed."""
    prepared = requests.Request(method, stack.url, **options).prepare()
    prepared.url = stack.url + path
    with requests.Session() as session:
        return session.send(prepared, timeout=10, allow_redirects=False)


@pytest.mark.parametrize(("method", "path", "headers"), CLOSED)
def test_nothing_answers_without_the_password(stack: Stack, method: str, path: str, headers: dict[str, str]) -> None:
    answer = ask(stack, method, path, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["title"] == "Unauthorized"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whoever_watches_the_process_needs_no_password(stack: Stack, path: str) -> None:
    assert ask(stack, "GET", path).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {PASSWORD}x"},
        {"Authorization": f"Basic {PASSWORD}"},
        {"Authorization": "Bearer "},
        {"Cookie": f"phloem_session={PASSWORD}"},
        {"Cookie": "phloem_session=person.abc.def"},
    ],
)
def test_what_only_looks_like_the_password_opens_nothing(stack: Stack, headers: dict[str, str]) -> None:
    with ThreadPoolExecutor() as threads:
        answers = threads.map(lambda path: ask(stack, "GET", path, headers=headers), ("/api/v1/tasks", POLLING))
        assert [answer.status_code for answer in answers] == [401, 401]


def test_programs_send_the_password_as_a_bearer_token(stack: Stack) -> None:
    api = Api(stack.url, PASSWORD)
    with Viewer(stack.url, BEARER, view={}) as viewer:
        task_id = api.submit("countdown", duration=0)
        wait_until(lambda: viewer.states(task_id)[-1:] == ["SUCCESS"], 60, "the viewer saw the end")
    assert api.ended(task_id)["state"] == "SUCCESS"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_socket_io_needs_the_password_on_either_transport(stack: Stack, transport: str) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        socketio.Client(reconnection=False).connect(stack.url, transports=[transport])
    session = requests.Session()
    session.headers.update(BEARER)  # this client sends `headers` with its first request only
    client = socketio.Client(reconnection=False, http_session=session)
    client.connect(stack.url, headers=BEARER, transports=[transport])
    assert client.call("watch", {"view": {}}, timeout=10)["ok"] is True
    client.eio.disconnect(abort=True)  # a client that polls may wait 25 seconds for the answer to its goodbye


@pytest.mark.parametrize(
    "target",
    ["https://example.com/", "//example.com", "/\\example.com", "\t//example.com", "http:example.com", "javascript:x"],
)
def test_a_sign_in_leads_nowhere_else(stack: Stack, target: str) -> None:
    asked = ask(stack, "GET", f"/sign-in?next={quote(target, safe='')}")
    assert re.findall(r'name="next" value="([^"]*)"', asked.text) == ["/"]
    answer = ask(stack, "POST", "/sign-in", data={"password": PASSWORD, "next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def status(page: Page, path: str) -> int:
    """What a call is answered that comes with the cookies of this page."""
    return page.context.request.get(path).status


@pytest.mark.browser
@pytest.mark.console_errors  # the browser notes each 401
def test_a_person_signs_in_looks_and_signs_out(open_page: OpenPage, stack: Stack) -> None:
    task_id = Api(stack.url, PASSWORD).submit("countdown", duration=0)
    page = open_page(base_url=stack.url)
    asked = page.goto(f"/tasks/{task_id}")
    assert asked is not None
    assert asked.status == 401
    assert status(page, "/api/v1/tasks") == 401

    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_have_text("That is not the password.", timeout=90_000)
    sign_in(page, PASSWORD)
    expect(page).to_have_url(f"{stack.url}/tasks/{task_id}", timeout=90_000)
    expect(page.locator(f'[data-task-page="{task_id}"]')).to_have_attribute("data-state", "SUCCESS", timeout=90_000)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert page.evaluate("document.cookie") == ""

    page.get_by_role("button", name="With the shared password").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible(timeout=90_000)
    assert page.context.cookies() == []
    assert status(page, "/api/v1/tasks") == 401


@pytest.mark.browser
@pytest.mark.console_errors
def test_another_origin_cannot_use_the_cookie_of_who_has_signed_in(open_page: OpenPage, stack: Stack) -> None:
    page = open_page(base_url=stack.url)
    page.goto("/")
    sign_in(page, PASSWORD)
    expect(page.locator('[data-connection="live"]')).to_be_visible(timeout=90_000)
    with elsewhere() as port:
        # The same host on another port: to the browser the same site, so that the cookie is sent along.
        page.goto(f"http://127.0.0.1:{port}/")
        outcome = page.evaluate(
            """async (server) => {
              const form = new FormData();
              form.append("file", new File(["from elsewhere"], "elsewhere.txt"));
              const refused = () => "refused";
              return [
                await fetch(`${server}/api/v1/tasks`, { credentials: "include" }).catch(refused),
                await fetch(`${server}/api/v1/uploads`, {
                  method: "POST", body: form, mode: "no-cors", credentials: "include",
                }).catch(refused),
                await new Promise((resolve) => {
                  const socket = new WebSocket(`${server.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
                  socket.onmessage = resolve;
                  socket.onerror = () => resolve("refused");
                }),
              ];
            }""",
            stack.url,
        )
    assert outcome == ["refused"] * 3
    assert not list((stack.folder / "uploads").glob("*"))


def test_a_page_that_may_show_bars_sees_single_tasks_with_the_cookie_of_its_visitor_and_nothing_else(
    stack: Stack, other: Web
) -> None:
    task_id = Api(stack.url, PASSWORD).submit("countdown", duration=0)
    with signed_in(stack.url) as visitor:
        visitor.headers["Origin"] = GUEST
        client = socketio.Client(reconnection=False, http_session=visitor)
        client.connect(other.url, transports=["polling"])
        assert client.call("watch", {"task": task_id}, timeout=10)["ok"] is True
        for asked in ("view", "board"):
            refusal = client.call("watch", {asked: {} if asked == "view" else "now"}, timeout=10)
            assert (refusal["ok"], refusal["code"]) == (False, "scope_exceeded")
        client.eio.disconnect(abort=True)
        assert visitor.get(f"{other.url}/api/v1/tasks/{task_id}", timeout=40).json()["id"] == task_id
        assert visitor.get(f"{other.url}/api/v1/tasks", timeout=40).status_code == 403
        revoked = visitor.post(f"{other.url}/api/v1/tasks/{task_id}/revoke", json={}, timeout=40)
        assert (revoked.status_code, revoked.json()["code"]) == (403, "origin_refused")


@pytest.mark.browser
@pytest.mark.console_errors
def test_another_password_ends_every_session_and_an_open_page_says_so(open_page: OpenPage, stack: Stack) -> None:
    page = open_page(base_url=stack.url)
    page.goto("/launch")
    sign_in(page, PASSWORD)
    expect(page.locator('[data-connection="live"]')).to_be_visible(timeout=90_000)
    stack.kill("web")
    stack.environment["PHLOEM_PASSWORD"] = OTHER
    try:
        stack.start("web")
        expect(page.get_by_text("The server asks you to sign in again.")).to_be_visible(timeout=90_000)
        assert status(page, "/api/v1/tasks") == 401
        page.get_by_role("link", name="Sign in again").click()
        sign_in(page, OTHER)
        expect(page).to_have_url(f"{stack.url}/launch", timeout=90_000)
        expect(page.locator('[data-connection="live"]')).to_be_visible(timeout=90_000)
        # Last: it is the sixth wrong password of this address, after which the right one has to wait as well.
        assert ask(stack, "GET", "/api/v1/tasks", headers=BEARER).status_code == 401
    finally:
        stack.kill("web")
        stack.environment["PHLOEM_PASSWORD"] = PASSWORD
        stack.start("web")


def signed_in(url: str) -> requests.Session:
    """A browser of a person who has signed in, once the wrong passwords of tests before need no more wait."""
    session = requests.Session()
    wait_until(lambda: session.post(f"{url}/sign-in", data={"password": PASSWORD}, timeout=40).ok, 60, "signed in")
    return session


def test_a_restart_keeps_sessions_and_signing_out_ends_them_for_good_with_their_sockets_in_every_process(
    stack: Stack, other: Web
) -> None:
    with signed_in(stack.url) as staying, signed_in(stack.url) as leaving:
        stack.kill("web")
        stack.start("web")
        assert leaving.get(f"{other.url}/api/v1/tasks", timeout=40).status_code == 200
        cookie, sockets = {"Cookie": f"phloem_session={leaving.cookies['phloem_session']}"}, []
        for url, transport in ((stack.url, "websocket"), (stack.url, "polling"), (other.url, "websocket")):
            sockets.append(socketio.Client(reconnection=False, http_session=leaving))
            sockets[-1].connect(url, headers=cookie, transports=[transport])
        leaving.post(f"{stack.url}/sign-out", timeout=40, allow_redirects=False)
        wait_until(lambda: not any(socket.connected for socket in sockets), 2, "all sockets are closed")
        stack.kill("web")
        stack.start("web")
        for url in (stack.url, other.url):
            assert requests.get(f"{url}/api/v1/tasks", headers=cookie, timeout=40).status_code == 401
            with pytest.raises(socketio.exceptions.ConnectionError):
                socketio.Client(reconnection=False).connect(url, headers=cookie)
            assert staying.get(f"{url}/api/v1/tasks", timeout=40).status_code == 200
        for socket in sockets:
            socket.eio.disconnect(abort=True)


def test_while_64_connections_guess_the_right_password_from_another_address_signs_in(stack: Stack) -> None:
    over, statuses = threading.Event(), Counter[int]()

    def guess(_: int) -> None:
        with closing(HTTPConnection("127.0.0.1", stack.port, timeout=40)) as connection:
            while not over.is_set():
                statuses[sign_in_by(connection, "wrong")] += 1

    with ThreadPoolExecutor(65) as threads:
        guessing = [threads.submit(guess, number) for number in range(64)]
        try:
            wait_until(lambda: statuses[429] > 100, 60, lambda: str(statuses))
            with closing(HTTPConnection("127.0.0.1", stack.port, timeout=40, source_address=("127.0.0.2", 0))) as other:
                assert sign_in_by(other, PASSWORD) == 303
        finally:
            over.set()
        for each in guessing:
            each.result()
    assert set(statuses) == {401, 429}
    assert statuses[401] <= 20
    assert "A wrong password came from 127.0.0.1" in stack.log("web")


def sign_in_by(connection: HTTPConnection, password: str) -> int:
    """The status of the answer to a sign-in."""
    connection.request("POST", "/sign-in", urlencode({"password": password}), FORM)
    answer = connection.getresponse()
    answer.read()
    return answer.status
