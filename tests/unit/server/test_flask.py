"""Phloem inside a Flask application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from flask import Flask, session

import phloem
from phloem.instrument.attachment import attach, detach
from phloem.record.stores.forms import FormStore
from phloem.settings import SettingError
from phloem.sharing.share import _keys
from phloem_server.access.principal import Principal
from phloem_server.app.embedded import Embedded
from phloem_server.control.registry import Registry
from phloem_server.flask import Phloem
from phloem_server.settings import Config
from tests.unit.conftest import Threads
from tests.waiting import wait_until

LOCAL = {"Host": "127.0.0.1"}


@pytest.fixture
def app(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application with a page of its own."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    app = Flask("shop")
    app.config["PHLOEM_DATA_DIR"] = tmp_path / "var"
    app.add_url_rule("/", view_func=lambda: "the shop's own page")
    yield app
    if "phloem" in app.extensions:
        app.extensions["phloem"].close()


def test_page_and_calls_are_below_the_prefix_and_all_else_is_the_applications(app: Flask) -> None:
    Phloem(app, url_prefix="/jobs")
    client = app.test_client()
    assert client.get("/").text == "the shop's own page"
    wait_until(lambda: client.get("/jobs/readyz").status_code == 200, 40, "the record is read")
    assert client.get("/jobs/api/v1/tasks").json["tasks"] == []  # type: ignore[index]
    assert client.get("/jobs/healthz").text == "ok\n"
    assert client.get("/api/v1/tasks").status_code == 404
    assert client.get("/jobs").headers["Location"] == "/jobs/"


def test_nothing_is_made_before_the_first_request_below_the_prefix_nor_left_after_the_end(
    app: Flask, new_threads: Threads
) -> None:
    extension = Phloem()
    extension.init_app(app)
    client = app.test_client()
    client.get("/")
    assert new_threads() == []
    assert not Path(app.config["PHLOEM_DATA_DIR"]).exists()
    client.get("/phloem/healthz")
    assert "phloem-follower" in [thread.name for thread in new_threads()]
    app.extensions["phloem"].close()
    assert new_threads() == []


def test_settings_of_the_application_come_before_those_of_the_environment(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Config] = []

    class Seen(Embedded):
        def __init__(self, config: Config, registry: Callable[[FormStore], Registry], *more: Any) -> None:
            super().__init__(config, registry, *more)
            seen.append(config)

    monkeypatch.setattr("phloem_server.flask.Embedded", Seen)
    monkeypatch.setenv("PHLOEM_NAMESPACE", "environment")
    monkeypatch.setenv("PHLOEM_CONNECTIONS", "7")
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", "none of ours")
    app.config.update(
        PHLOEM_NAMESPACE="config",
        PHLOEM_ORIGINS=["https://a.example", "https://b.example"],
        PHLOEM_KEEP_CALLS=False,
        PHLOEM_PASSWORD=None,
    )
    Phloem(app)
    [config] = seen
    assert (config.namespace, config.connections, config.prefix) == ("config", 7, "/phloem")
    assert (config.origins, config.keep_calls) == (("https://a.example", "https://b.example"), False)


def test_a_record_that_is_not_the_one_of_the_attached_process_is_told_of(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def said(namespace: str) -> list[str]:
        caplog.clear()
        app.config["PHLOEM_NAMESPACE"] = namespace
        Phloem(app)
        app.test_client().get("/phloem/healthz")
        app.extensions["phloem"].close()
        return [record.getMessage() for record in caplog.records if "records to" in record.getMessage()]

    monkeypatch.setenv("PHLOEM_NAMESPACE", "environment")
    assert said("config") == []  # nothing of this process is recorded
    attach(Celery("shop"))
    try:
        [warning] = said("config")
        assert said("environment") == []
    finally:
        detach(timeout=0)
    assert warning.startswith("Phloem shows namespace config of redis://")
    assert "records to namespace environment of redis://" in warning


@pytest.mark.parametrize("several", [False, True])
def test_where_several_processes_serve_it_long_polling_is_refused_and_that_is_said(
    app: Flask, caplog: pytest.LogCaptureFixture, *, several: bool
) -> None:
    Phloem(app)
    polling = "/phloem/socket.io/?EIO=4&transport=polling"
    answer = app.test_client().get(polling, environ_overrides={"wsgi.multiprocess": several})
    assert answer.status_code == (400 if several else 200)
    assert any("Several processes" in record.getMessage() for record in caplog.records) == several


@pytest.mark.parametrize(
    ("settings", "prefix", "said"),
    [
        ({"PHLOEM_CONNECTIONS": 0}, "/phloem", "PHLOEM_CONNECTIONS"),
        ({"PHLOEM_PASSWORD": "short"}, "/phloem", "PHLOEM_PASSWORD"),
        ({}, "", "url_prefix"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_at_once(
    app: Flask, settings: dict[str, Any], prefix: str, said: str
) -> None:
    app.config.update(settings)
    with pytest.raises(SettingError, match=f"^{said} "):
        Phloem(app, url_prefix=prefix)


def test_the_tasks_that_can_be_launched_are_those_of_the_applications_celery_app(app: Flask) -> None:
    Phloem(app)
    celery = app.extensions["celery"] = Celery("shop", set_as_current=False)  # whichever comes first

    def pack(order: int) -> None: ...

    celery.task(name="shop.pack")(pack)
    names = [entry["name"] for entry in app.test_client().get("/phloem/api/v1/registry").json["tasks"]]  # type: ignore[index]
    assert names == ["shop.pack"]


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.1", {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}), ("127.0.0.1", {"Via": "1.1 proxy"})],
)
def test_without_a_password_it_answers_to_this_machine_alone(app: Flask, address: str, headers: dict[str, str]) -> None:
    Phloem(app)
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    answer = client.get("/phloem/api/v1/tasks", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "password_missing")  # type: ignore[index]
    assert client.get("/", headers=headers).status_code == 200


def test_with_a_password_it_answers_to_others_who_sign_in(app: Flask) -> None:
    app.config["PHLOEM_PASSWORD"] = "open sesame"
    Phloem(app)
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    host = {"Host": "shop.example"}
    assert client.get("/phloem/api/v1/tasks", headers=host).status_code == 401
    signed_in = client.post("/phloem/sign-in", headers=host, data={"password": "open sesame"})
    assert "Path=/phloem" in signed_in.headers["Set-Cookie"]
    authorization = {**host, "Authorization": "Bearer open sesame"}
    assert client.get("/phloem/api/v1/tasks", headers=authorization).status_code == 200


def test_while_redis_is_away_it_says_so_and_begins_once_that_is_back(
    app: Flask, redis_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Phloem(app)
    client = app.test_client()
    with monkeypatch.context() as away:
        away.setattr(redis.Redis, "info", lambda _: (_ for _ in ()).throw(redis.ConnectionError("refused")))
        for _ in range(2):
            answer = client.get("/phloem/healthz")
            assert (answer.status_code, answer.json["code"]) == (503, "not_ready")  # type: ignore[index]
    assert [text for text in caplog.messages if text.startswith("Phloem cannot be served yet: Redis")] == [
        caplog.messages[0]
    ]
    wait_until(lambda: client.get("/phloem/healthz").status_code == 200, 40, "it tries again")


@pytest.fixture
def signed(app: Flask) -> Flask:
    """The application has people of its own: staff may do everything, a customer may see one task."""
    app.secret_key = "a secret of the shop"

    @app.get("/as/<name>")
    def sign_in(name: str) -> str:
        session["name"] = name
        return ""

    def may(principal: Principal, action: str, task_id: str | None) -> bool:
        name = session.get("name")
        return name == "staff" or (name == "customer" and action == "see" and task_id == "4f2a")

    Phloem(app, may=may)
    return app


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.get_json(silent=True) or {}).get("code", "")


def test_an_application_says_itself_who_may_do_what(signed: Flask) -> None:
    nobody, customer, staff = signed.test_client(), signed.test_client(), signed.test_client()
    customer.get("/as/customer"), staff.get("/as/staff")
    api = "/phloem/api/v1"
    wait_until(lambda: staff.get(f"{api}/tasks").status_code == 200, 40, "the record is read")
    elsewhere = {"Host": "shop.example"}
    assert code(nobody.get(f"{api}/tasks", headers=elsewhere)) == (403, "forbidden")
    assert code(nobody.get(f"{api}/tasks/4f2a")) == (403, "forbidden")
    assert code(customer.get(f"{api}/tasks/4f2a")) == (404, "task_unknown")  # it may see that, and there is none
    assert code(customer.get(f"{api}/tasks/other")) == (403, "forbidden")
    assert code(customer.get(f"{api}/tasks")) == (403, "forbidden")
    assert code(customer.post(f"{api}/tasks/4f2a/revoke")) == (403, "forbidden")
    me = staff.get(f"{api}/me").get_json()
    assert (me["kind"], me["roles"], "users" in me["actions"]) == ("application", [], True)


def test_a_browser_that_the_application_lets_see_nothing_gets_a_page_and_a_program_a_problem(signed: Flask) -> None:
    nobody, page = signed.test_client(), {"Accept": "text/html"}
    refused = nobody.get("/phloem/", headers=page)
    assert (refused.status_code, refused.mimetype) == (403, "text/html")
    assert "You may not see the tasks here." in refused.text
    staff = signed.test_client()
    staff.get("/as/staff")
    audit = "/phloem/api/v1/audit?code=forbidden"
    wait_until(lambda: staff.get(audit).get_json()["entries"], 40, "the refusal is in the audit")
    assert code(nobody.get("/phloem/")) == (403, "forbidden")
    assert code(nobody.get("/phloem/api/v1/tasks", headers=page)) == (403, "forbidden")


def test_a_token_counts_for_somebody_whom_the_application_lets_see_nothing(signed: Flask) -> None:
    _keys.cache_clear()
    bearer, api = {"Authorization": f"Bearer {phloem.share('4f2a')}"}, "/phloem/api/v1/tasks"
    nobody = signed.test_client()
    wait_until(
        lambda: code(nobody.get(f"{api}/4f2a", headers=bearer)) == (404, "task_unknown"), 40, "the record is read"
    )
    assert code(nobody.get(f"{api}/other", headers=bearer)) == (403, "scope_exceeded")
    assert code(nobody.get(f"{api}/4f2a")) == (403, "forbidden")


def test_an_application_that_says_nothing_answers_to_this_machine_alone(app: Flask) -> None:
    """The twin of the test before it."""
    Phloem(app)
    client = app.test_client()
    wait_until(lambda: client.get("/phloem/api/v1/tasks").status_code == 200, 40, "the record is read")
    assert code(client.get("/phloem/api/v1/tasks", headers={"Host": "shop.example"}))[0] == 421
