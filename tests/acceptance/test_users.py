"""Users, in two real web processes: from when on they ask, whom they let in, and how long somebody stays."""

from __future__ import annotations

import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import socketio
from playwright.sync_api import expect

from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings
from phloem_server.access.people.accounts import Accounts
from phloem_server.access.people.hashing import Hashing
from tests.browser.beside import Web
from tests.conftest import OpenPage
from tests.processes import PHLOEM, Stack
from tests.waiting import wait_until

WORD = "three words or more"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SOON_SECONDS = 2.0
"""Within which every process knows what was changed, and has ended connections."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack without a password."""
    with Stack(tmp_path_factory.mktemp("users"), parts=("redis", "web")) as running:
        yield running


@pytest.fixture(scope="module")
def other(stack: Stack) -> Iterator[Web]:
    """Another web process of the same stack."""
    with Web(stack) as running:
        yield running


@pytest.fixture(scope="module")
def accounts(stack: Stack, other: Web) -> Iterator[Accounts]:
    """The users of the stack, of whom the first was added by the command while a client was connected.

    That closes both processes for good, so it is tried here.
    """
    with closing(RedisChannel(RecordSettings.of_record(stack.environment))) as channel:
        found = Accounts(channel.users, Hashing())
        with connected(stack.url) as here, connected(other.url) as there:
            assert requests.get(f"{other.url}/api/v1/me", timeout=40).json()["kind"] == "open"
            command = [*PHLOEM, "users", "add", "root", "--role", "admin"]
            subprocess.run(command, input=WORD, text=True, env=stack.environment, check=True, timeout=60)
            wait_until(lambda: not here.connected and not there.connected, SOON_SECONDS, "both are disconnected")
        yield found


@contextmanager
def connected(url: str, browser: requests.Session | None = None) -> Iterator[socketio.Client]:
    """A client that is connected by WebSocket, with the cookie of a browser."""
    client = socketio.Client(reconnection=False)
    headers = {} if browser is None else {"Cookie": f"phloem_session={browser.cookies['phloem_session']}"}
    client.connect(url, headers=headers, transports=["websocket"])
    try:
        yield client
    finally:
        client.eio.disconnect(abort=True)


@contextmanager
def signed_in(url: str, name: str) -> Iterator[requests.Session]:
    """A browser of a user who has signed in."""
    with requests.Session() as browser:
        answer = browser.post(
            f"{url}/sign-in", data={"name": name, "password": WORD}, timeout=40, allow_redirects=False
        )
        assert answer.status_code == 303, answer.text
        yield browser


def test_with_the_first_user_an_open_server_asks_in_every_process_also_one_that_starts_anew(
    stack: Stack, other: Web, accounts: Accounts
) -> None:
    for url in (stack.url, other.url):
        assert requests.get(f"{url}/api/v1/tasks", timeout=40).status_code == 401
        with pytest.raises(socketio.exceptions.ConnectionError):
            socketio.Client(reconnection=False).connect(url)
    stack.kill("web")
    stack.start("web")
    assert requests.get(f"{stack.url}/api/v1/tasks", timeout=40).status_code == 401


@pytest.mark.parametrize("how", ["removed", "another role", "another password"])
def test_who_is_removed_or_changed_is_out_of_every_process_within_two_seconds_with_their_sockets(
    stack: Stack, other: Web, accounts: Accounts, how: str
) -> None:
    changes: dict[str, Callable[[], object]] = {
        "removed": lambda: accounts.remove("ann"),
        "another role": lambda: accounts.change("ann", role="viewer"),
        "another password": lambda: accounts.change("ann", password="three other words"),
    }
    accounts.add("ann", "operator", None, WORD)
    accounts.add("bob", "viewer", None, WORD)
    try:
        with signed_in(stack.url, "ann") as ann, signed_in(other.url, "bob") as bob:
            me = ann.get(f"{other.url}/api/v1/me", timeout=10).json()
            assert (me["name"], me["roles"], me["kind"]) == ("ann", ["operator"], "session")
            with (
                connected(stack.url, ann) as here,
                connected(other.url, ann) as there,
                connected(stack.url, bob) as staying,
            ):
                changes[how]()
                wait_until(lambda: not here.connected and not there.connected, SOON_SECONDS, "both are disconnected")
                assert staying.connected
            for url in (stack.url, other.url):
                assert ann.get(f"{url}/api/v1/tasks", timeout=10).status_code == 401
                assert bob.get(f"{url}/api/v1/tasks", timeout=10).status_code == 200
    finally:
        for name in accounts.all().keys() & {"ann", "bob"}:
            accounts.remove(name)


def test_one_ends_ones_other_sessions_with_their_sockets_and_nobody_elses(
    stack: Stack, other: Web, accounts: Accounts
) -> None:
    with signed_in(stack.url, "root") as mine, signed_in(stack.url, "root") as forgotten:
        with connected(other.url, forgotten) as socket, connected(other.url, mine) as staying:
            sessions = mine.get(f"{stack.url}/api/v1/sessions", timeout=40).json()["sessions"]
            assert [each["current"] for each in sessions if each["name"] == "root"].count(True) == 1
            assert mine.delete(f"{stack.url}/api/v1/sessions", timeout=10).status_code == 200
            wait_until(lambda: not socket.connected, SOON_SECONDS, "the other is disconnected")
            assert staying.connected
        assert forgotten.get(f"{other.url}/api/v1/me", timeout=40).status_code == 401
        assert mine.get(f"{other.url}/api/v1/me", timeout=40).status_code == 200


@pytest.mark.browser
@pytest.mark.console_errors  # the browser notes each 401
def test_a_user_signs_in_with_a_name_and_lands_where_they_wanted_to_go(
    open_page: OpenPage, stack: Stack, accounts: Accounts
) -> None:
    page = open_page(base_url=stack.url)
    page.goto("/launch")
    for password in ("wrong", WORD):
        page.get_by_label("Name").fill("root")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        if password == "wrong":
            expect(page.get_by_role("alert")).to_have_text("Nobody here has that name and that password.")
            expect(page.get_by_label("Name")).to_have_value("root")
    expect(page).to_have_url(f"{stack.url}/launch", timeout=90_000)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")


def test_an_address_that_others_reach_takes_a_password_or_users(
    stack: Stack, accounts: Accounts, tmp_path: Path
) -> None:
    environment: dict[str, Any] = {
        **stack.environment,
        "HOST": "0.0.0.0",
        "PORT": "0",
        "PHLOEM_DATA_DIR": str(tmp_path),
    }
    strange = {**environment, "PHLOEM_NAMESPACE": "nobodys"}
    refused = subprocess.run([*PHLOEM, "serve"], env=strange, capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "there are no users yet" in refused.stderr
    with subprocess.Popen([*PHLOEM, "serve"], env=environment, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            assert "Phloem is at" in next(line for line in serving.stdout if "Phloem is at" in line)
        finally:
            serving.kill()


def test_while_64_connections_guess_a_users_password_others_are_served_and_who_has_signed_in_before_signs_in(
    stack: Stack, accounts: Accounts
) -> None:
    over, statuses = threading.Event(), Counter[int]()

    def guess(_: int) -> None:
        with closing(HTTPConnection("127.0.0.1", stack.port, timeout=120)) as connection:
            while not over.is_set():
                statuses[sign_in_by(connection, "wrong")] += 1

    def from_home() -> HTTPConnection:
        return HTTPConnection("127.0.0.1", stack.port, timeout=120, source_address=("127.0.0.2", 0))

    with closing(from_home()) as home:
        assert sign_in_by(home, WORD) == 303
    with ThreadPoolExecutor(65) as threads:
        guessing = [threads.submit(guess, number) for number in range(64)]
        try:
            wait_until(lambda: statuses[429] > 20, 60, lambda: str(statuses))
            with closing(from_home()) as home:
                assert sign_in_by(home, WORD) == 303
            assert requests.get(f"{stack.url}/healthz", timeout=40).status_code == 200
        finally:
            over.set()
        for each in guessing:
            each.result()
    assert set(statuses) == {401, 429}
    assert statuses[401] <= 10


def sign_in_by(connection: HTTPConnection, password: str) -> int:
    """The status of the answer to a sign-in as root."""
    connection.request("POST", "/sign-in", urlencode({"name": "root", "password": password}), FORM)
    answer = connection.getresponse()
    answer.read()
    return answer.status
