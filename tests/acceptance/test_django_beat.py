"""A Django project with django-celery-beat, as their docs set it up: a real database, beat and worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.acceptance.onlooker import Onlooker
from tests.api import Api
from tests.processes import Stack
from tests.waiting import wait_until

PROJECT = {
    "__init__.py": "from .celery import app as celery_app\n\n__all__ = ('celery_app',)\n",
    "settings.py": """
        import os
        from pathlib import Path

        SECRET_KEY = "geheim"
        INSTALLED_APPS = ["django_celery_beat"]
        DATABASES = {
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("db.sqlite3")},
        }
        USE_TZ = True
        TIME_ZONE = "UTC"
        LOGGING = {"version": 1, "disable_existing_loggers": True}
        CELERY_BROKER_URL = CELERY_RESULT_BACKEND = os.environ["REDIS_URL"]
        CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
        CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
        CELERY_BEAT_MAX_LOOP_INTERVAL = 1
    """,
    "celery.py": """
        import os

        from celery import Celery

        import phloem

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
        app = Celery("shop")
        app.config_from_object("django.conf:settings", namespace="CELERY")
        app.autodiscover_tasks(["shop"])
        phloem.attach(app)
    """,
    "tasks.py": """
        from celery import shared_task


        @shared_task
        def restock(shelf):
            return shelf
    """,
}

MAKE = """
    from django.core.management import call_command
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    call_command("migrate", verbosity=0)
    every, _ = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(name="restock the north", task="shop.tasks.restock", interval=every, args='["north"]')
"""
STOP = """
    from django_celery_beat.models import PeriodicTask

    entry = PeriodicTask.objects.get(name="restock the north")
    entry.enabled = False
    entry.save()
"""


def django(stack: Stack, code: str) -> None:
    """Runs code in the project."""
    command = [sys.executable, "-c", f"import django\ndjango.setup()\n{dedent(code)}"]
    subprocess.run(command, check=True, timeout=50, env=stack.environment)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in PROJECT.items():
        (folder / name).write_text(dedent(text))
    environment = {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }
    stack = Stack(tmp_path / "data", environment, "shop.celery", parts=("redis",))
    with stack:
        django(stack, MAKE)
        for name in ("worker", "beat", "web"):
            stack.start(name)
        yield stack


def entries(onlooker: Onlooker) -> dict[str, Any]:
    return {each["name"]: each for each in onlooker.board["entries"]}


def test_the_schedule_of_the_database_is_shown_with_its_runs_and_follows_it(stack: Stack) -> None:
    name, api = "restock the north", Api(stack.url)
    with Onlooker(stack.url, "schedule") as onlooker:
        wait_until(
            lambda: (entries(onlooker).get(name, {}).get("last") or {}).get("state") == "SUCCESS",
            60,
            lambda: f"a run of {onlooker.board}; {stack.log('beat')[-2000:]}",
        )
        entry = entries(onlooker)[name]
        assert (entry["task"], entry["args"]) == ("shop.tasks.restock", '["north"]')
        ran = api.task(entry["last"]["id"])
        assert (ran["schedule"], ran["result"]) == (name, '"north"')
        django(stack, STOP)
        wait_until(lambda: name not in entries(onlooker), 60, lambda: f"{onlooker.board} has it no more")
        assert onlooker.board["trouble"] is None
