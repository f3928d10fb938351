"""What a page of another origin can do with this server: nothing. The same attempts succeed from our own page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page

from tests.api import Api
from tests.browser.elsewhere import elsewhere
from tests.conftest import OpenPage
from tests.pictures import jpeg
from tests.processes import Stack

pytestmark = [pytest.mark.browser, pytest.mark.console_errors]  # the browser notes each refusal

ATTEMPTS = """
async ([server, picture]) => {
  const told = async (attempt) => {
    try {
      return await attempt();
    } catch (error) {
      return error.name;
    }
  };
  const body = JSON.stringify({ name: "phloem.jobs.countdown", kwargs: { duration: 0 } });
  const form = new FormData();
  form.append("file", new File(["from elsewhere"], "elsewhere.txt"));
  return {
    websocket: await new Promise((resolve) => {
      const socket = new WebSocket(`${server.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
      socket.onmessage = ({ data }) => resolve(data[0]);
      socket.onerror = () => resolve("refused");
    }),
    polling: await told(async () => (await (await fetch(`${server}/socket.io/?EIO=4&transport=polling`)).text())[0]),
    read: await told(async () => Object.keys(await (await fetch(`${server}/api/v1/tasks?limit=1`)).json()).sort()[0]),
    submit: await told(async () => {
      const headers = { "Content-Type": "application/json" };
      return (await fetch(`${server}/api/v1/tasks`, { method: "POST", headers, body })).status;
    }),
    upload: await told(async () => (await fetch(`${server}/api/v1/uploads`, { method: "POST", body: form })).status),
    blind: await told(async () => {
      // Sent without asking first; whether it did anything shows at the server.
      const options = { method: "POST", body: form, mode: "no-cors", credentials: "include" };
      return (await fetch(`${server}/api/v1/uploads`, options)).status;
    }),
    picture: await new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(image.naturalWidth);
      image.onerror = () => resolve("refused");
      image.src = picture;
    }),
  };
}
"""

ALLOWED = {
    "websocket": "0",
    "polling": "0",
    "read": "epoch",
    "submit": 202,
    "upload": 201,
    "blind": 201,
    "picture": 40,
}
REFUSED = {
    "websocket": "refused",
    "polling": "TypeError",
    "read": "TypeError",
    "submit": "TypeError",
    "upload": "TypeError",
    "blind": "TypeError",
    "picture": "refused",
}


@pytest.fixture
def picture(api: Api) -> str:
    """The address of a picture that our own page may show."""
    upload = api.post("/uploads", files={"file": ("cat.jpg", jpeg(40, 30), "image/jpeg")}).json()
    return f"{api.url}/api/v1/files/{upload['id']}"


@pytest.fixture(params=["127.0.0.1", "localhost"])
def foreign(request: pytest.FixtureRequest, open_page: OpenPage) -> Iterator[Page]:
    """A page that differs from ours in its port alone, and one of another name."""
    with elsewhere() as port:
        yield open_page(f"http://{request.param}:{port}/")


def uploads(stack: Stack) -> set[str]:
    return {path.name for path in (stack.folder / "uploads").iterdir()}


def tasks(api: Api) -> set[str]:
    return {task["id"] for task in api.get("/tasks").json()["tasks"]}


def test_our_own_page_can_do_all_of_it(open_page: OpenPage, stack: Stack, api: Api, picture: str) -> None:
    before = uploads(stack), tasks(api)
    assert open_page("/").evaluate(ATTEMPTS, [api.url, picture]) == ALLOWED
    assert len(uploads(stack) - before[0]) == 4
    assert len(tasks(api) - before[1]) == 1


def test_a_page_of_another_origin_can_do_nothing_of_it(foreign: Page, stack: Stack, api: Api, picture: str) -> None:
    before = uploads(stack), tasks(api)
    assert foreign.evaluate(ATTEMPTS, [api.url, picture]) == REFUSED
    assert (uploads(stack), tasks(api)) == before


def test_a_form_of_another_origin_is_refused(foreign: Page, stack: Stack, api: Api) -> None:
    before = uploads(stack)
    with foreign.expect_navigation() as navigation:
        foreign.evaluate(
            """(address) => {
              document.body.innerHTML =
                `<form method=post enctype=multipart/form-data action=${address}><input name=file type=file></form>`;
              const files = new DataTransfer();
              files.items.add(new File(["from elsewhere"], "elsewhere.txt"));
              document.querySelector("input").files = files.files;
              document.querySelector("form").submit();
            }""",
            f"{api.url}/api/v1/uploads",
        )
    assert navigation.value.status == 403
    assert uploads(stack) == before


def test_a_page_of_another_origin_cannot_frame_ours(foreign: Page, api: Api) -> None:
    foreign.evaluate(
        """(address) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = resolve;
          frame.src = address;
          document.body.append(frame);
        })""",
        api.url,
    )
    (frame,) = foreign.main_frame.child_frames
    frame.wait_for_url(re.compile("^chrome-error:"), wait_until="commit", timeout=10_000)


def test_our_page_is_not_served_under_a_name_that_only_points_here(open_page: OpenPage, api: Api) -> None:
    page = open_page("about:blank")
    answer = page.goto(api.url.replace("127.0.0.1", "rebound.localhost"))
    assert answer is not None
    assert answer.status == 421
    for path in ("/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling"):
        assert requests.get(api.url + path, headers={"Host": "example.com"}, timeout=40).status_code == 421
