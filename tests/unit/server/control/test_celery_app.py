"""The Celery app that --app names."""

from __future__ import annotations

from pathlib import Path

import pytest

from phloem.settings import SettingError, Settings
from phloem_server.control.celery_app import celery_app


@pytest.mark.parametrize("target", ["shop", "shop:celery", "shop.celery"])
def test_an_app_is_named_as_for_celery_itself(project: Path, target: str) -> None:
    assert "mail.send" in celery_app(target, Settings()).tasks


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere", "No module named"),
        ("shop:nothing", "module 'shop' has no attribute 'nothing'"),
        ("shop:resize", "not a Celery app"),
        ("broken", "ZeroDivisionError"),
        ("quits", "SystemExit"),
        ("two_lines", "one two"),
        (":", "ValueError"),
        ("", "ValueError"),
    ],
)
def test_an_app_that_cannot_be_had_is_one_line(project: Path, target: str, reason: str) -> None:
    (project / "broken.py").write_text("1 / 0")
    (project / "quits.py").write_text("raise SystemExit('bye')")
    (project / "two_lines.py").write_text("raise RuntimeError('one\\ntwo')")
    with pytest.raises(SettingError, match=f"^--app is .*{reason}") as refusal:
        celery_app(target, Settings())
    assert "\n" not in str(refusal.value)


def test_a_broker_that_swallows_packets_is_given_up_within_seconds(project: Path) -> None:
    options = celery_app("shop:celery", Settings()).conf.broker_transport_options
    assert options["socket_connect_timeout"] <= 2
    assert options["socket_timeout"] <= 5


def test_limits_that_the_app_has_itself_are_kept(project: Path) -> None:
    (project / "own.py").write_text(
        "from celery import Celery\n"
        "celery = Celery(broker='redis://r', set_as_current=False)\n"
        "celery.conf.broker_transport_options = {'socket_timeout': 60, 'visibility_timeout': 9}"
    )
    options = celery_app("own", Settings()).conf.broker_transport_options
    assert (options["socket_timeout"], options["visibility_timeout"]) == (60, 9)
