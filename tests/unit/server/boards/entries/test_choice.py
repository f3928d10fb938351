"""Which source an app's schedule is read from."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.beat import PersistentScheduler, ScheduleEntry, Scheduler

from phloem_server.boards.entries import choice
from phloem_server.boards.entries.source import ScheduleUnreadable
from phloem_server.boards.entries.static import Static
from phloem_server.boards.schedule import Schedule


class Chatty(PersistentScheduler):  # type: ignore[misc]  # has no types
    """Sends as it likes, and has its entries from beat_schedule."""

    def apply_async(self, entry: ScheduleEntry, *args: Any, **kwargs: Any) -> Any:
        return super().apply_async(entry, *args, **kwargs)


class Elsewhere(Scheduler):  # type: ignore[misc]  # has no types
    """Has its entries from elsewhere."""

    def setup_schedule(self) -> None: ...


def app(scheduler: object) -> Celery:
    celery = Celery("test", broker="memory://", set_as_current=False)
    celery.conf.beat_scheduler = scheduler
    celery.conf.beat_schedule = {"it": {"task": "a.b", "schedule": 60}}
    return celery


@pytest.mark.parametrize("scheduler", ["celery.beat:PersistentScheduler", "celery.beat.Scheduler", Scheduler, Chatty])
def test_a_scheduler_of_celery_has_its_entries_from_the_app(scheduler: object) -> None:
    assert isinstance(choice.source(app(scheduler)), Static)
    assert [entry.name for entry in Schedule(app(scheduler), lambda _: []).entries().entries] == ["it"]


def test_an_entry_of_the_app_that_beat_would_not_take_is_told_and_hides_no_other() -> None:
    celery = app("celery.beat:PersistentScheduler")
    celery.conf.beat_schedule = {
        **celery.conf.beat_schedule,
        **{f"broken {n} token=geheim": {"tusk": "a.b"} for n in range(5)},
    }
    told = Schedule(celery, lambda _: []).entries()
    assert [entry.name for entry in told.entries] == ["it"]
    assert str(told.trouble).startswith("The entry 'broken 0 token=[redacted]' cannot be read: ")
    assert str(told.trouble).endswith(" Neither can 2 more.")
    assert "geheim" not in str(told.trouble)


@pytest.mark.parametrize(
    ("scheduler", "reason"),
    [
        (Elsewhere, r"kept by \S*test_choice:Elsewhere \(beat_scheduler\), and this server cannot read"),
        ("nowhere.at_all:Beat", r"kept by nowhere.at_all:Beat .* cannot load: ModuleNotFoundError: No module named"),
        ("celery.beat:Nothing", r"kept by celery.beat:Nothing .* cannot load: AttributeError: "),
        (dict, r"kept by builtins:dict .* cannot load: TypeError: it is no scheduler of Celery\."),
    ],
)
def test_another_scheduler_is_told_instead_of_a_schedule_that_is_not_its(scheduler: object, reason: str) -> None:
    celery = app(scheduler)
    with pytest.raises(ScheduleUnreadable, match=reason):
        choice.source(celery).read()
    told = Schedule(celery, lambda _: []).entries()
    assert told.entries == ()
    assert told.trouble is not None
    assert told.trouble.startswith("The schedule is kept by ")


def test_neither_django_nor_redbeat_is_imported_for_an_app_without_them() -> None:
    code = (
        "import sys; from celery import Celery;"
        "from phloem_server.boards.schedule import Schedule;"
        "Schedule(Celery(broker='memory://'), lambda _: []).entries();"
        "print([name for name in ('django.db', 'django_celery_beat', 'redbeat') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("installed", "own", "taken"),
    [
        ("django_celery_beat", {}, "django_celery_beat.schedulers:DatabaseScheduler"),
        ("django_celery_beat.apps.BeatConfig", {}, "django_celery_beat.schedulers:DatabaseScheduler"),
        ("django_celery_beat", {"it": {"task": "a.b", "schedule": 60}}, choice.DEFAULT),
        ("django.contrib.auth", {}, choice.DEFAULT),
    ],
)
def test_the_scheduler_of_django_celery_beat_that_only_beats_command_names_is_assumed_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: str, own: dict[str, Any], taken: str
) -> None:
    celery, chosen = app(choice.DEFAULT), []
    celery.conf.beat_schedule = own
    settings = SimpleNamespace(configured=True, INSTALLED_APPS=[installed])
    monkeypatch.setitem(sys.modules, "django.conf", SimpleNamespace(settings=settings))
    monkeypatch.setattr(choice, "symbol_by_name", lambda name, **_: chosen.append(name))
    choice.source(celery)
    assert chosen == [taken]
