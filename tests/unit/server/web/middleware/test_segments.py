"""Names in paths: every id that Celery takes arrives as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, request, url_for
from werkzeug.routing import Rule

from phloem_server.web.middleware import segments
from phloem_server.web.middleware.prefix import Prefix
from phloem_server.web.middleware.segments import Segments, path_of
from phloem_server.web.paths import segment

IDS = [
    "user/234",
    "/first",
    "//server/share",
    "trailing/",
    "trailing//",
    "https://example.com/feed?a=1&b=2",
    "nightly/log",
    "/log",
    "log",
    "tasks/..",
    "../../etc",
    "100%",
    "a%2Fb",
    "a%252Fb",
    "%2F",
    "#33",
    "a?b",
    "a+b c",
    "new\nline",
    "line\n",
    "\r\n",
    "null\x00byte",
    "back\\slash",
    "björn-ß-日本語-🙂",
    "x" * 3000,
]


def made(*, whole: bool = True) -> Flask:
    app = Flask(__name__, static_folder=None)
    segments.register(app)
    app.add_url_rule("/tasks/<name:task_id>", view_func=lambda task_id: {"task": task_id}, endpoint="task")
    app.add_url_rule("/tasks/<name:task_id>/log", view_func=lambda task_id: {"log": task_id}, endpoint="log")
    app.add_url_rule("/below", view_func=lambda: {"path": request.path}, endpoint="below")
    if whole:
        app.wsgi_app = Segments(app.wsgi_app)  # type: ignore[method-assign]
    return app


def said(app: Flask, path: str, **options: Any) -> Any:
    return app.test_client().get(path, **options).get_json(silent=True)


@pytest.mark.parametrize("task_id", IDS)
def test_an_id_that_is_escaped_arrives_as_it_is(task_id: str) -> None:
    path = f"/tasks/{quote(task_id, safe='')}"
    assert said(made(), path) == {"task": task_id}
    assert said(made(), f"{path}/log") == {"log": task_id}


@pytest.mark.parametrize("task_id", [".", ".."])
def test_an_id_of_dots_has_an_address_that_browsers_leave_as_it_is(task_id: str) -> None:
    path = f"/tasks/{segment(task_id)}"
    assert path == f"/tasks/={task_id}"
    assert said(made(), path) == {"task": task_id}
    assert said(made(), f"{path}/log") == {"log": task_id}


@pytest.mark.parametrize("task_id", ["=.", "=.."])
def test_an_id_that_looks_like_such_an_address_is_itself(task_id: str) -> None:
    assert said(made(), f"/tasks/{segment(task_id)}") == {"task": task_id}


def test_an_address_is_built_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    compile_builder = Rule._compile_builder

    def count(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled.append(rule.endpoint)
        return compile_builder(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", count)
    app = made()
    said(app, "/tasks/t1")
    assert compiled == []
    with app.test_request_context():
        assert url_for("log", task_id="t1", limit=3) == "/tasks/t1/log?limit=3"
        assert url_for("below", _external=True) == "http://localhost/below"
    assert set(compiled) == {"log", "below"}


def test_without_the_middleware_an_id_cannot_be_told_from_an_action() -> None:
    assert said(made(whole=False), "/tasks/nightly%2Flog") == {"log": "nightly"}


def test_an_id_whose_slashes_are_not_escaped_is_taken_whole() -> None:
    assert said(made(), "/tasks/user/234") == {"task": "user/234"}
    assert said(made(), "/tasks/user/234/log") == {"log": "user/234"}
    assert said(made(), "/tasks//server/share") == {"task": "/server/share"}


def test_a_name_is_read_below_the_path_of_another_application() -> None:
    assert said(made(), "/a%2Fb%25", base_url="http://localhost/shop") is None
    assert said(made(), "/tasks/a%2Fb%25", base_url="http://localhost/shop") == {"task": "a/b%"}


@pytest.mark.parametrize("path", ["/shop/tasks/a%2Fb%25", "/tasks/a%2Fb%25"])
def test_a_name_is_read_below_the_prefix_whether_a_proxy_passes_it_on_or_not(path: str) -> None:
    app = made()
    app.wsgi_app = Prefix(app.wsgi_app, "/shop")  # type: ignore[method-assign]
    assert said(app, path) == {"task": "a/b%"}


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"REQUEST_URI": "/elsewhere"},
        {"RAW_URI": "http://example.com/tasks/a%25/b"},
        {"REQUEST_URI": "/tasks/日本語"},
        {"REQUEST_URI": ""},
    ],
)
def test_where_the_target_is_not_told_the_path_is_what_wsgi_says(told: dict[str, str]) -> None:
    assert path_of({"PATH_INFO": "/tasks/a%/b", **told}) == "/tasks/a%25/b"
    assert path_of(dict(told)) == ""
