"""The built page with its files, and the probes of a process manager."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from phloem_server.web import errors
from phloem_server.web.middleware import segments
from phloem_server.web.paths import is_public
from phloem_server.web.site import Build, blueprint


class Buffered(FlaskClient):
    """Reads each answer to its end, so that no file stays open."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, buffered=True, **kwargs)


class Site:
    """A folder with a page or without, and a client of the application that serves it."""

    live = True
    rows: bytes | None = None

    def __init__(self, folder: Path) -> None:
        self.static = folder / "static"
        app = Flask(__name__, static_folder=None)
        errors.register(app)
        segments.register(app)
        app.register_blueprint(blueprint(follower=self, first_rows=lambda: self.rows, static=self.static))
        app.test_client_class = Buffered
        self.client = app.test_client()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def refused(answer: TestResponse, status: int, *said: str) -> None:
    assert answer.content_type == "application/problem+json"
    assert answer.status_code == status
    body = answer.get_json(force=True)
    assert body["status"] == status
    for each in said:
        assert each in body["detail"]


PERSON = {"Accept": "text/html"}


def build(site: Site) -> None:
    (site.static / "assets").mkdir(parents=True)
    (site.static / "index.html").write_text("<title>Phloem</title>")
    (site.static / "assets" / "index-1a2b.js").write_text("go()")
    (site.static / "favicon.svg").write_text("<svg/>")
    (site.static.parent / "secret").write_text("no")


@pytest.mark.parametrize("path", ["/", "/launch", "/tasks/1", "/tasks/a%2Fb"])
def test_every_address_of_the_page_is_answered_with_it(site: Site, path: str) -> None:
    build(site)
    answer = site.client.get(path)
    assert answer.text == "<title>Phloem</title>"
    assert answer.headers["Cache-Control"] == "no-cache"
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert site.client.get(path, headers=etag).status_code == 304


@pytest.mark.parametrize("root", ["", "/phloem"])
def test_the_page_loads_its_files_from_below_the_prefix_at_every_address(site: Site, root: str) -> None:
    build(site)
    (site.static / "index.html").write_text('<meta name="root" content="./"><script src="./assets/index-1a2b.js">')
    answer = site.client.get("/tasks/a/b", environ_overrides={"SCRIPT_NAME": root})
    assert answer.text == f'<meta name="root" content="{root}/"><script src="{root}/assets/index-1a2b.js">'


PAGE = '<head><link rel="modulepreload" href="./assets/wire-1.js" data-later></head><body></body>'


def rows_in(page: str) -> Any:
    [data] = re.findall(r'<script type="application/json" id="first-rows">(.*?)</script>', page, re.DOTALL)
    return json.loads(data)


def test_the_page_of_all_tasks_brings_their_first_rows_along_and_no_cache_keeps_them(site: Site) -> None:
    build(site)
    (site.static / "index.html").write_text(PAGE)
    site.rows = b'{"tasks":[]}'
    answer = site.client.get("/")
    assert rows_in(answer.text) == {"tasks": []}
    assert "wire" not in answer.text  # it is loaded once the rows are drawn
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    assert "Last-Modified" not in answer.headers


@pytest.mark.parametrize("path", ["/?q=state:failed", "/?state=failed", "/launch", "/tasks/1", "/share"])
def test_other_pages_bring_no_rows_along(site: Site, path: str) -> None:
    build(site)
    (site.static / "index.html").write_text(PAGE)
    site.rows = b'{"tasks":["secret"]}'
    answer = site.client.get(path)
    assert "secret" not in answer.text
    assert "wire" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "text",
    [
        "</script><script>go()</script>",
        "<!--<script>",
        "</SCRIPT >",
        "]]>",
        "\u2028\u2029",
        "</body>",
        "&lt;\\u003c",
        "\x00",
    ],
)
def test_no_text_of_a_task_ends_the_element_of_the_rows(site: Site, text: str) -> None:
    build(site)
    (site.static / "index.html").write_text(PAGE)
    site.rows = msgspec.json.encode({"tasks": [{"args": text}]})
    page = site.client.get("/").text
    assert rows_in(page) == {"tasks": [{"args": text}]}
    assert page.count("<script") == page.count("</script") == 1
    assert "<!--" not in page


def test_a_page_with_rows_is_compressed_and_its_length_tells_nothing_of_them(site: Site) -> None:
    build(site)
    (site.static / "index.html").write_text(PAGE)
    site.rows = msgspec.json.encode({"tasks": ["the same"] * 500})
    answers = [site.client.get("/", headers={"Accept-Encoding": "br, gzip"}) for _ in range(20)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert answers[0].headers["Vary"] == "Accept-Encoding"
    assert rows_in(gzip.decompress(answers[0].data).decode()) == {"tasks": ["the same"] * 500}
    assert all(answer.content_length == len(answer.data) < 1000 for answer in answers)
    assert len({answer.content_length for answer in answers}) > 1
    plain = site.client.get("/", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


def test_what_is_named_by_its_content_is_kept_for_good(site: Site) -> None:
    build(site)
    caching = site.client.get("/assets/index-1a2b.js").headers["Cache-Control"]
    assert "immutable" in caching
    assert site.client.get("/favicon.svg").headers["Cache-Control"] == "no-cache"


def compress(site: Site) -> None:
    build(site)
    (site.static / "assets" / "index-1a2b.js.br").write_bytes(b"small")
    (site.static / "assets" / "index-1a2b.js.gz").write_bytes(b"smaller")


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"small"),
        ("gzip", "gzip", b"smaller"),
        ("br;q=0, gzip;q=0.5", "gzip", b"smaller"),
        ("br;q=0, gzip;q=0", None, b"go()"),
        ("identity, br;q=0.5", None, b"go()"),
        ("*", "br", b"small"),
        ("", None, b"go()"),
    ],
)
@pytest.mark.parametrize("root", ["", "/phloem"])
def test_a_file_is_sent_in_the_smallest_form_that_the_client_takes(
    site: Site, root: str, accepted: str, coding: str | None, content: bytes
) -> None:
    compress(site)
    path, below = "/assets/index-1a2b.js", {"SCRIPT_NAME": root}
    answer = site.client.get(path, headers={"Accept-Encoding": accepted}, environ_overrides=below)
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.data == content
    assert answer.content_length == len(content)
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "immutable" in answer.headers["Cache-Control"]
    again = site.client.get(path, headers={"Accept-Encoding": accepted, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Vary"]) == (304, "Accept-Encoding")


def test_each_form_of_a_file_has_an_etag_of_its_own(site: Site) -> None:
    compress(site)
    forms = [{"Accept-Encoding": each} for each in ("br", "gzip", "identity")]
    answers = [site.client.get("/assets/index-1a2b.js", headers=each) for each in forms]
    assert len({answer.headers["ETag"] for answer in answers}) == 3


def test_a_file_that_was_not_compressed_is_sent_as_it_is(site: Site) -> None:
    build(site)
    answer = site.client.get("/favicon.svg", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.text == "<svg/>"


@pytest.mark.parametrize("ending", ["br", "gz"])
def test_a_compressed_form_has_no_address_of_its_own(site: Site, ending: str) -> None:
    compress(site)
    refused(site.client.get(f"/assets/index-1a2b.js.{ending}"), 404)


@pytest.mark.parametrize("path", ["/nowhere", "/assets/none.js", "/a/b/c", "/..%2fsecret", "/assets/..%2f..%2fsecret"])
def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(site: Site, path: str) -> None:
    build(site)
    refused(site.client.get(path), 404)
    page = site.client.get(path, headers=PERSON)
    assert page.status_code == 404
    assert page.mimetype == "text/html"


def test_a_page_that_was_not_built_says_how_to_build_it(site: Site) -> None:
    page = site.client.get("/", headers=PERSON)
    assert page.status_code == 503
    assert "bin/build" in page.text
    refused(site.client.get("/"), 503, "bin/build")


def test_the_page_of_a_token_is_a_file_that_nobody_has_to_sign_in_for(site: Site) -> None:
    build(site)
    page = site.client.get("/share")
    assert (page.status_code, page.text) == (200, site.client.get("/").text)
    assert all(map(is_public, ("/share", "/theme.js", "/assets/index-1a2b.js")))
    assert not any(map(is_public, ("/", "/index.html", "/assets/../api/v1/tasks", "/share/x")))


def test_it_is_healthy_while_it_lives_and_ready_while_the_relay_is_live(site: Site) -> None:
    assert site.client.get("/healthz").status_code == 200
    assert site.client.get("/readyz").status_code == 200
    site.live = False
    assert site.client.get("/healthz").status_code == 200
    refused(site.client.get("/readyz"), 503, "Redis")


def test_the_build_is_that_of_the_page_which_is_there_now(tmp_path: Path) -> None:
    build, index = Build(tmp_path), tmp_path / "index.html"
    assert build.name() is None
    for number, name in enumerate(["0a1b", "2c3d"], 1):
        index.write_text(f'<head><meta charset="utf-8"><meta name="build" content="{name}"></head>')
        os.utime(index, (number, number))
        assert build.name() == build.name() == name
    index.unlink()
    assert build.name() is None


def test_a_page_without_a_name_has_no_build(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<head></head>")
    assert Build(tmp_path).name() is None
