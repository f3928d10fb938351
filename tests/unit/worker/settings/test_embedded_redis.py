"""How the clients of the embedded Redis find its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from phloem.settings import REDIS_URL, RecordSettings, Settings
from phloem.settings.embedded_redis import password_file


def read(folder: Path, **variables: str) -> str:
    return RecordSettings.of_record({"PHLOEM_DATA_DIR": str(folder), **variables}).redis_url


def test_without_a_password_of_the_page_there_is_none_and_nothing_is_made(tmp_path: Path) -> None:
    assert read(tmp_path / "var") == REDIS_URL
    assert not (tmp_path / "var").exists()


def test_whichever_process_comes_first_makes_the_password_and_all_others_find_it(tmp_path: Path) -> None:
    first = read(tmp_path / "var", PHLOEM_PASSWORD="open sesame")
    secret = password_file(tmp_path / "var", 6390).read_text()
    assert first == REDIS_URL.replace("//", f"//default:{secret}@")
    assert read(tmp_path / "var") == first
    settings = Settings.from_environment({"PHLOEM_DATA_DIR": str(tmp_path / "var")})
    assert {settings.redis_url, settings.broker_url, settings.result_backend} == {first}


def test_an_address_of_this_machine_gets_the_password_that_is_kept_for_its_port(tmp_path: Path) -> None:
    password_file(tmp_path, 6391).write_text("s" * 32)
    assert read(tmp_path, REDIS_URL="redis://localhost:6391/2") == f"redis://default:{'s' * 32}@localhost:6391/2"
    assert read(tmp_path, REDIS_URL="redis://127.0.0.1:6392/2") == "redis://127.0.0.1:6392/2"
    variables = {"CELERY_BROKER_URL": "redis://127.0.0.1:6391/1", "CELERY_RESULT_BACKEND": "amqp://127.0.0.1:6391"}
    settings = Settings.from_environment({"PHLOEM_DATA_DIR": str(tmp_path), **variables})
    assert settings.broker_url == f"redis://default:{'s' * 32}@127.0.0.1:6391/1"
    assert settings.result_backend == "amqp://127.0.0.1:6391"


@pytest.mark.parametrize(
    "url",
    [
        "redis://:own@127.0.0.1:6390/0",
        "redis://me:own@127.0.0.1:6390/0",
        "redis://127.0.0.1:6390/0?password=own",
        "redis://redis.example:6390/0",
        "rediss://127.0.0.1:6390/0",
        "unix:///run/redis.sock",
    ],
)
def test_an_address_with_credentials_or_of_another_redis_stays_as_it_is(tmp_path: Path, url: str) -> None:
    password_file(tmp_path, 6390).write_text("s" * 32)
    assert read(tmp_path, REDIS_URL=url, PHLOEM_PASSWORD="open sesame") == url


def test_a_password_that_cannot_be_kept_or_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert read(tmp_path / "file", PHLOEM_PASSWORD="open sesame") == REDIS_URL
    password_file(tmp_path, 6390).write_text("short")
    assert read(tmp_path) == REDIS_URL
