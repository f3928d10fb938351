"""The one shape of an error."""

import logging
from typing import Any

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient

from phloem_server.web import errors
from phloem_server.web.problem import Problem, answer


class WidthInvalid(Problem):
    code = "width_invalid"
    status = 422


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__, static_folder=None)
    errors.register(app)

    @app.get("/problem")
    def refused() -> str:
        raise WidthInvalid("The width is 0; it takes 1 or more.", headers=[("X-More", "yes")])

    @app.get("/abort")
    def aborted() -> str:
        abort(410, "It went.")

    @app.get("/bug")
    def bug() -> str:
        raise RuntimeError("secret internals")

    @app.get("/folder/")
    def folder() -> str:
        return "here"

    @app.post("/form")
    def form() -> str:
        request.max_content_length = 2000
        return request.form["text"]

    return app.test_client()


def told(answer: Any) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.get_json(force=True)
    assert set(body) == {"type", "title", "status", "detail", "code"}
    assert body["status"] == answer.status_code
    return body


def test_a_problem_becomes_problem_json_with_its_headers(client: FlaskClient) -> None:
    answer = client.get("/problem")
    assert told(answer) == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "The width is 0; it takes 1 or more.",
        "code": "width_invalid",
    }
    assert answer.headers["X-More"] == "yes"


def test_what_flask_raises_has_the_same_shape(client: FlaskClient) -> None:
    gone, nowhere = told(client.get("/abort")), told(client.get("/nowhere"))
    assert (gone["detail"], gone["code"]) == ("It went.", "http_error")
    assert (nowhere["title"], nowhere["code"]) == ("Not Found", "not_found")


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.post("/problem")
    assert told(answer)["status"] == 405
    assert told(answer)["detail"] == "POST came; /problem takes GET, HEAD, OPTIONS."
    assert "GET" in answer.headers["Allow"]


def test_a_form_that_is_too_large_says_what_it_may_have(client: FlaskClient) -> None:
    body = told(client.post("/form", data={"text": "x" * 2001}))
    assert (body["status"], body["detail"]) == (413, "The body has more than the 2,000 bytes that it may have.")


def test_a_redirect_is_no_error(client: FlaskClient) -> None:
    assert client.get("/folder").status_code == 308


def test_an_unexpected_error_is_logged_whole_and_told_as_an_id_only(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="phloem_server.web.problem"):
        body = told(client.get("/bug"))
    assert body["status"] == 500
    assert "secret internals" not in str(body)
    [record] = caplog.records
    mark = record.getMessage().split()[1]
    assert mark in body["detail"]
    assert "secret internals" in caplog.text
    assert "GET /bug" in record.getMessage()


def test_an_unknown_status_still_has_a_title() -> None:
    assert answer(499, "…", "http_error").get_json(force=True)["title"] == "Error"
