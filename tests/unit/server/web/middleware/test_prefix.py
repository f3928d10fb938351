"""The path below which everything is served, whether a proxy takes it away or passes it on."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from phloem_server.web.middleware.prefix import Prefix, below


def inside(environ: dict[str, Any], start_response: Any) -> Any:
    """Says where a request arrived, and where a path of ours is for the client."""
    return Response(f"{Request(environ).path} {below(environ, '/launch')}")(environ, start_response)


@pytest.mark.parametrize("path", ["/phloem/tasks/a%2Fb", "/tasks/a%2Fb"])
def test_a_request_arrives_at_the_same_place_whether_its_path_has_the_prefix_or_not(path: str) -> None:
    assert Client(Prefix(inside, "/phloem")).get(path).text == "/tasks/a/b /phloem/launch"


def test_the_path_as_it_was_sent_loses_the_prefix_too() -> None:
    seen: list[dict[str, Any]] = []

    def keep(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append(environ)
        return Response()(environ, start_response)

    environ = {**EnvironBuilder("/phloem/tasks/a%2Fb").get_environ(), "RAW_PATH_INFO": "/phloem/tasks/a%2Fb"}
    list(Prefix(keep, "/phloem")(environ, lambda *_: lambda _: None))
    assert seen[0]["RAW_PATH_INFO"] == "/tasks/a%2Fb"


def test_a_path_that_only_begins_like_the_prefix_keeps_it() -> None:
    assert Client(Prefix(inside, "/phloem")).get("/phloemish").text == "/phloemish /phloem/launch"


def test_the_prefix_without_its_slash_leads_to_the_page() -> None:
    answer = Client(Prefix(inside, "/phloem")).get("/phloem?q=state:failed")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/phloem/?q=state:failed")


def test_without_a_prefix_nothing_changes() -> None:
    assert Client(Prefix(inside, "")).get("/phloem/").text == "/phloem/ /launch"
