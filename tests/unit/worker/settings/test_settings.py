"""The environment: defaults, what is refused, and how the refusal reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from phloem.settings import (
    REDIS_URL,
    Environment,
    SettingError,
    Settings,
    without_password,
)
from phloem.settings.smtp import SmtpServer


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})

    assert settings.redis_url == settings.broker_url == settings.result_backend == REDIS_URL
    assert settings.namespace == "phloem"
    assert (settings.retention_tasks, settings.retention_days) == (100_000, 7)
    assert settings.keep_calls is True
    assert settings.data_dir == Path("var").absolute()
    assert settings.upload_limit == 50 * 1024 * 1024


def test_every_setting_comes_from_its_variable(tmp_path: Path) -> None:
    assert Settings.from_environment(
        {
            "REDIS_URL": "redis://one:6379/1",
            "CELERY_BROKER_URL": "amqp://two//",
            "CELERY_RESULT_BACKEND": "rpc://",
            "PHLOEM_NAMESPACE": "team-1.test_2",
            "PHLOEM_RETENTION_TASKS": "10",
            "PHLOEM_RETENTION_DAYS": "1",
            "PHLOEM_KEEP_CALLS": "0",
            "PHLOEM_LEASE_SECONDS": "20",
            "PHLOEM_RELEASE": "shop@2.4.1+dirty",
            "PHLOEM_DATA_DIR": str(tmp_path / "not" / "yet"),
            "PHLOEM_UPLOAD_LIMIT": "1000",
            "SMTP_URL": "smtps://ann:secret@mail.example.com",
            "PHLOEM_MAIL_BACKOFF": "5",
        }
    ) == Settings(
        redis_url="redis://one:6379/1",
        broker_url="amqp://two//",
        result_backend="rpc://",
        namespace="team-1.test_2",
        retention_tasks=10,
        retention_days=1,
        keep_calls=False,
        lease_seconds=20,
        release="shop@2.4.1+dirty",
        data_dir=tmp_path / "not" / "yet",
        upload_limit=1000,
        smtp=SmtpServer(host="mail.example.com", port=465, security="tls", user="ann", password="secret"),
        mail_backoff=5,
    )


def test_the_record_needs_no_more_than_its_own_variables() -> None:
    environ = {
        "REDIS_URL": "redis://one:6379/1",
        "PHLOEM_NAMESPACE": "blue",
        "CELERY_BROKER_URL": "whatever",
        "CELERY_RESULT_BACKEND": "django-db",
        "PHLOEM_DATA_DIR": __file__,
        "PHLOEM_UPLOAD_LIMIT": "50M",
    }
    assert Settings.of_record(environ) == Settings(redis_url="redis://one:6379/1", namespace="blue")
    with pytest.raises(SettingError):
        Settings.from_environment(environ)


@pytest.mark.parametrize(("variable", "value"), [("REDIS_URL", "nonsense"), ("PHLOEM_KEEP_CALLS", "yes")])
def test_nonsense_in_a_variable_of_the_record_is_refused_by_all(variable: str, value: str) -> None:
    for read in (Settings.of_record, Settings.from_environment):
        with pytest.raises(SettingError, match=f"^{variable} is "):
            read({variable: value})


def test_attaching_to_an_app_does_not_mind_the_variables_of_others(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CELERY_RESULT_BACKEND": "django-db"}
    code = "import celery, phloem; phloem.attach(celery.Celery()); print('attached')"
    ran = subprocess.run([sys.executable, "-c", code], env=environ, cwd=tmp_path, capture_output=True, timeout=60)
    assert (ran.stdout, ran.stderr) == (b"attached\n", b"")


def test_an_empty_variable_counts_as_not_set() -> None:
    names = ("REDIS_URL", "CELERY_BROKER_URL", "PHLOEM_RETENTION_DAYS", "PHLOEM_KEEP_CALLS")

    assert Settings.from_environment(dict.fromkeys(names, "")) == Settings.from_environment({})


def test_broker_and_result_backend_follow_the_redis_url() -> None:
    settings = Settings.from_environment({"REDIS_URL": "redis://elsewhere:1/2"})

    assert settings.broker_url == settings.result_backend == "redis://elsewhere:1/2"


def test_the_address_of_the_record_is_first_sought_in_a_variable_of_its_own() -> None:
    environ = {"PHLOEM_REDIS_URL": "redis://record:1/2", "REDIS_URL": "redis://app:1/2"}
    assert Settings.from_environment(environ).redis_url == "redis://record:1/2"
    assert Settings.from_environment({**environ, "PHLOEM_REDIS_URL": ""}).redis_url == "redis://app:1/2"
    with pytest.raises(SettingError, match=r"^PHLOEM_REDIS_URL is 'nonsense'; it may hold a Redis address"):
        Settings.from_environment({**environ, "PHLOEM_REDIS_URL": "nonsense"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELERY_BROKER_URL", "localhost"),
        ("CELERY_BROKER_URL", "://localhost"),
        ("CELERY_RESULT_BACKEND", "redis://a b"),
        ("PHLOEM_NAMESPACE", "a:b"),
        ("PHLOEM_NAMESPACE", "{a}"),
        ("PHLOEM_NAMESPACE", "a\n"),
        ("PHLOEM_NAMESPACE", "é"),
        ("PHLOEM_NAMESPACE", "a" * 65),
        ("PHLOEM_RETENTION_TASKS", "0"),
        ("PHLOEM_RETENTION_TASKS", "many"),
        ("PHLOEM_RETENTION_TASKS", "1_000"),
        ("PHLOEM_RETENTION_TASKS", "9" * 5000),
        ("PHLOEM_RETENTION_DAYS", "1.5"),
        ("PHLOEM_RETENTION_DAYS", "-1"),
        ("PHLOEM_RETENTION_DAYS", "٧"),
        ("PHLOEM_KEEP_CALLS", "yes"),
        ("PHLOEM_RELEASE", "2 or 3"),
        ("PHLOEM_RELEASE", "2" * 101),
        ("PHLOEM_DATA_DIR", __file__),
        ("PHLOEM_DATA_DIR", "a\0b"),
        ("PHLOEM_UPLOAD_LIMIT", "50M"),
        ("PHLOEM_MAIL_BACKOFF", "0"),
        ("SMTP_URL", "localhost:25"),
        ("PHLOEM_FILES_LIMIT", "0"),
        ("PHLOEM_FILES_BYTES", "0"),
        ("PHLOEM_RETENTION_BYTES", "1GB"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refusal:
        Settings.from_environment({name: value})

    assert str(refusal.value).startswith(f"{name} is ")
    assert "; it may hold " in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_the_refusal_says_what_came_and_what_may_come() -> None:
    with pytest.raises(SettingError) as refusal:
        Environment({"PORT": "80000"}).integer("PORT", 8000, low=1, high=65535)

    assert str(refusal.value) == "PORT is '80000'; it may hold a whole number from 1 to 65535"


def test_a_choice_is_one_of_those_given() -> None:
    modes = ("eventlet", "threading", "gevent")

    assert Environment({}).choice("MODE", "eventlet", modes) == "eventlet"
    assert Environment({"MODE": "gevent"}).choice("MODE", "eventlet", modes) == "gevent"
    with pytest.raises(SettingError, match="it may hold eventlet or threading or gevent"):
        Environment({"MODE": "fast"}).choice("MODE", "eventlet", modes)


@pytest.mark.parametrize(
    "url",
    [
        "http://ann:hunter2@localhost",
        "redis://:hunter2@host:port",
        "redis//:hunter2@host",
        "ann:hunter2@host",
        "rediss://host:port?api_key=hunter2",
        "redis://:hun@ter/hunter2@host:port",
        "unix://sock?password=hunter2&db=x",
    ],
)
def test_a_password_is_not_told(url: str) -> None:
    with pytest.raises(SettingError) as refusal:
        Settings.from_environment({"REDIS_URL": url})

    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in without_password(url)


def test_an_address_without_a_password_is_shown_whole() -> None:
    assert without_password("redis://localhost:6379/0") == "redis://localhost:6379/0"


def test_the_data_folder_is_made_or_the_refusal_says_why(tmp_path: Path) -> None:
    Settings(data_dir=tmp_path / "a" / "b").make_data_dir()
    (tmp_path / "file").touch()

    assert (tmp_path / "a" / "b").is_dir()
    with pytest.raises(SettingError, match=r"^PHLOEM_DATA_DIR is .*\(Not a directory\)$"):
        Settings(data_dir=tmp_path / "file" / "b").make_data_dir()


@pytest.mark.parametrize("process", ["worker", "beat"])
def test_a_process_with_a_senseless_setting_says_one_line_and_ends_with_status_2(tmp_path: Path, process: str) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "REDIS_URL": "nonsense"}

    ended = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "phloem.jobs.app", process],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("REDIS_URL is 'nonsense'; it may hold a Redis address")
    assert ended.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("environ", "prefix"),
    [
        ({}, ""),
        ({"PHLOEM_PREFIX": "/tools/phloem/"}, "/tools/phloem"),
        ({"PHLOEM_PREFIX": "phloem"}, "/phloem"),
        ({"PHLOEM_PREFIX": "/"}, ""),
        ({"PHLOEM_URL": "https://tools.example.com/phloem/"}, "/phloem"),
        ({"PHLOEM_URL": "https://tools.example.com"}, ""),
        ({"PHLOEM_URL": "https://tools.example.com/phloem", "PHLOEM_PREFIX": "/here"}, "/here"),
    ],
)
def test_the_prefix_is_the_one_that_is_set_else_the_path_of_the_page(environ: dict[str, str], prefix: str) -> None:
    assert Settings.from_environment(environ).prefix == prefix


@pytest.mark.parametrize(("variable", "host"), [("PHLOEM_PREFIX", ""), ("PHLOEM_URL", "https://tools.example.com")])
@pytest.mark.parametrize("path", ["/a//b", "/../up", "/a b", "/ä", "/<b>"])
def test_a_prefix_that_no_address_can_have_is_refused(variable: str, host: str, path: str) -> None:
    with pytest.raises(SettingError, match=rf"^{variable} is .*; it may hold a path such as /phloem"):
        Settings.from_environment({variable: host + path})
