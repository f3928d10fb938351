"""Two applications on one port."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from phloem_server.web.middleware.mount import Mount
from phloem_server.web.middleware.prefix import Prefix, below


def outside(environ: dict[str, Any], start_response: Any) -> Any:
    return Response(f"outside {Request(environ).path}")(environ, start_response)


def inside(environ: dict[str, Any], start_response: Any) -> Any:
    """Says where a request arrived, and where a path of ours is for the client."""
    return Response(f"{Request(environ).path} {below(environ, '/launch')}")(environ, start_response)


MOUNT = Mount(outside, "/phloem", Prefix(inside, "/phloem"))


@pytest.mark.parametrize("path", ["/", "/phloemish", "/socket.io/", "/tasks/phloem/"])
def test_what_is_not_below_the_path_is_of_the_application_around_it(path: str) -> None:
    assert Client(MOUNT).get(path).text == f"outside {path}"


def test_what_is_below_the_path_is_of_the_one_inside() -> None:
    assert Client(MOUNT).get("/phloem/tasks/a%2Fb").text == "/tasks/a/b /phloem/launch"


def test_the_path_without_its_slash_leads_to_the_page() -> None:
    answer = Client(MOUNT).get("/phloem?q=state:failed")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/phloem/?q=state:failed")


def test_below_an_application_that_is_below_a_path_itself_addresses_begin_with_both() -> None:
    client = Client(DispatcherMiddleware(outside, {"/shop": MOUNT}))
    assert client.get("/shop/phloem/tasks").text == "/tasks /shop/phloem/launch"
    assert client.get("/shop/phloem").headers["Location"] == "/shop/phloem/"
