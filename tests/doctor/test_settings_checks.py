"""What the doctor finds in variables, app, folder and mail server: each test plants a mistake."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from phloem_server.commands.doctor.checks import settings as settings_checks
from phloem_server.commands.doctor.checks.settings import variables
from phloem_server.commands.doctor.installation import Installation
from phloem_server.settings import Config
from tests.doctor.examined import results, trouble
from tests.processes import free_port


@pytest.mark.parametrize(
    ("name", "meant"), [("PHLOEM_NAMESPACES", "PHLOEM_NAMESPACE"), ("PHLEOM_PASSWORD", "PHLOEM_PASSWORD")]
)
def test_a_misspelt_variable_is_found_and_the_right_one_named(tmp_path: Path, name: str, meant: str) -> None:
    found = trouble("setting-names", tmp_path, {name: "shop"})
    assert name in found.evidence
    assert found.cure == f"Did you mean {meant}?"


def test_a_variable_that_is_like_no_other_is_found_too(tmp_path: Path) -> None:
    assert "PHLOEM_COLOUR_OF_BARS" in trouble("setting-names", tmp_path, PHLOEM_COLOUR_OF_BARS="red").evidence


def test_variables_of_other_programs_and_those_that_are_read_are_none_of_its_business(tmp_path: Path) -> None:
    of_others = ("PATH", "PORT", "PHONE", "PHONE_NUMBER", "CELERY_RESULT_BACKEND")
    environ = dict.fromkeys((*of_others, *variables()), "x")
    assert results(Installation(environ), "setting-names")["setting-names"].verdict == "ok"


def test_a_value_that_cannot_be_used_is_found(tmp_path: Path) -> None:
    found = trouble("setting-values", tmp_path, PORT="eighty")
    assert "'eighty'" in found.evidence
    assert "PORT" in found.cure


def test_a_public_address_without_a_password_is_found(tmp_path: Path) -> None:
    found = trouble("setting-values", tmp_path, HOST="192.0.2.1")
    assert "PHLOEM_PASSWORD" in found.evidence


def test_an_app_that_cannot_be_loaded_is_found(tmp_path: Path) -> None:
    assert "no_such_module" in trouble("app", tmp_path, target="no_such_module:app").evidence


def test_a_data_folder_that_others_can_read_is_found(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    found = trouble("data-folder", tmp_path)
    assert "drwxr-xr-x" in found.evidence
    assert str(tmp_path) in found.cure


def test_of_a_folder_that_serves_others_what_is_phloems_is_found_if_they_reach_it(tmp_path: Path) -> None:
    (tmp_path / "redis-password-6390").touch(0o644)
    (tmp_path / "theirs").touch(0o644)
    tmp_path.chmod(0o1777)  # as /tmp is
    found = trouble("data-folder", tmp_path)
    assert str(tmp_path / "redis-password-6390") in found.evidence
    assert f"`chmod -R go= {tmp_path / 'redis-password-6390'}`" in found.cure
    tmp_path.chmod(0o700)
    seen = Installation({"PHLOEM_DATA_DIR": str(tmp_path)})
    assert results(seen, "data-folder")["data-folder"].verdict == "ok"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder that not even root may write to")
def test_a_data_folder_that_cannot_be_written_is_found() -> None:
    assert "/proc/self has mode" in trouble("data-folder", Path("/proc/self")).evidence


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_a_data_folder_of_another_user_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, 12345, -1)
    assert "12345" in trouble("data-folder", folder).evidence


def test_what_a_start_makes_the_doctor_does_not_make(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    environ = {"PHLOEM_PASSWORD": "a long password", "PHLOEM_DATA_DIR": str(folder)}
    settings = [check.name for check in settings_checks.CHECKS]
    found = results(Installation(environ), *settings)
    assert found["data-folder"].reason == f"{folder} does not exist yet; the first start makes it."
    assert list(tmp_path.iterdir()) == []
    Config.from_environment(environ)
    assert [path.name for path in folder.iterdir()] == ["redis-password-6390"]


def test_a_mail_server_that_does_not_answer_is_found(tmp_path: Path) -> None:
    url = f"smtp://127.0.0.1:{free_port()}"
    assert "refused" in trouble("mail-server", tmp_path, SMTP_URL=url).evidence


def test_what_is_not_set_is_not_looked_at(tmp_path: Path) -> None:
    assert results(Installation({}), "mail-server")["mail-server"].verdict == "skipped"
