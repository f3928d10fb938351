"""What the Celery app can run, as the server knows it."""

import subprocess
import sys
from pathlib import Path

import pytest
from redis.exceptions import OutOfMemoryError

from phloem.instrument.signature import ArgumentsError
from phloem.settings import Settings
from phloem_server.control.errors import TaskNameUnknown
from phloem_server.control.registry import Registry


@pytest.fixture
def registry(project: Path) -> Registry:
    return Registry.load("shop:celery", Settings())


def test_the_tasks_of_the_app_are_listed_without_those_of_celery(registry: Registry) -> None:
    assert registry.names == ["images.resize", "mail.part", "mail.send", "odd.one"]


def test_an_entry_tells_what_the_task_does_and_takes(registry: Registry) -> None:
    resize, send, _ = registry.entries()  # not the part of another, which nobody launches by itself
    assert (resize.name, resize.doc) == ("images.resize", "Makes a picture smaller.")
    assert resize.schema["required"] == ["upload"]
    assert resize.schema["properties"]["width"]["default"] == 800
    assert list(send.schema["properties"]) == ["to"]
    assert (resize.queue, resize.workers) == ("celery", None)


def test_a_call_that_fits_passes(registry: Registry) -> None:
    registry.check("images.resize", ["a.jpg"], {"width": 100})
    registry.check("odd.one", [1, 2], {"three": 4})


@pytest.mark.parametrize(
    ("name", "near"),
    [("images.resise", "images.resize"), ("send", "mail.send"), ("zzz", "GET /api/v1/registry")],
)
def test_an_unknown_name_is_named_with_what_is_near_it(registry: Registry, name: str, near: str) -> None:
    with pytest.raises(TaskNameUnknown) as refusal:
        registry.check(name, [], {})
    assert repr(name) in str(refusal.value)
    assert near in str(refusal.value)


def test_tasks_of_celery_itself_cannot_be_sent(registry: Registry) -> None:
    with pytest.raises(TaskNameUnknown, match="no task named"):
        registry.check("celery.backend_cleanup", [], {})


def test_arguments_that_do_not_fit_are_named(registry: Registry) -> None:
    with pytest.raises(ArgumentsError, match=r"images\.resize.*width"):
        registry.check("images.resize", ["a.jpg"], {"width": "wide"})


def test_without_an_app_it_knows_no_task_and_says_why() -> None:
    registry = Registry.load(None, Settings(broker_url="redis://elsewhere:1/0"))
    assert registry.entries() == []
    assert registry.celery.conf.broker_url == "redis://elsewhere:1/0"
    with pytest.raises(TaskNameUnknown, match="without --app"):
        registry.check("images.resize", [], {})


def test_a_broker_that_refuses_what_is_done_in_advance_is_logged(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise OutOfMemoryError("command not allowed")

    monkeypatch.setattr(registry.celery, "producer_or_acquire", refuse)
    registry.warm_up()
    assert "The broker does not answer yet: command not allowed" in caplog.messages


def test_a_task_without_a_signature_takes_anything(registry: Registry) -> None:
    registry.celery.tasks["odd.one"].run = type  # whatever inspect cannot read
    registry.check("odd.one", [1], {"two": 3})
    assert registry.entries()


def test_a_text_with_a_pattern_beside_a_container_ends_no_process() -> None:
    # In a process of its own: where it is not seen to, memory is corrupted.
    program = """
import gc
from typing import Annotated
from celery import Celery
from msgspec import Meta
from phloem_server.control.errors import TaskNameUnknown
from phloem_server.control.registry import Registry

Word = Annotated[str, Meta(pattern="a+", max_length=9)]
celery = Celery("shop", broker="memory://", set_as_current=False)
kinds = [list, dict[str, int], set[str], frozenset[str], tuple[str, ...]]
takes = [each for kind in kinds for each in (Word | kind, list[Word | None | Annotated[kind, Meta(max_length=2)]])]
for number, taken in enumerate(takes):
    def task(it): ...
    task.__annotations__ = {"it": taken}
    celery.task(name=f"t{number}", shared=False)(task)
for _ in range(20):
    registry = Registry(celery, "shop")
    registry.entries()
    for number in range(len(takes)):
        registry.check(f"t{number}", ["bbb" if number % 2 == 0 else ["bbb"]], {})
    gc.collect()
print(registry.entries()[0].schema["properties"]["it"]["anyOf"][0])
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip() == "{'pattern': 'a+', 'type': 'string', 'maxLength': 9}"
