"""What a run tells of itself, to several threads at once."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from phloem.instrument.handlers.execution import Execution


def run_of(task_id: str) -> Any:
    return Execution(task_id, task_id, SimpleNamespace())


def elsewhere(does: Any) -> None:
    """Does something in another thread, and waits until it is done."""
    thread = threading.Thread(target=does, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()


def test_a_run_does_not_wait_for_the_arguments_of_another_one() -> None:
    """Their text may be made by code of the application, which waits for whatever it wants."""
    first, second = run_of("t1"), run_of("t2")
    second.describe = lambda hidden: {"name": "second"}

    def describe(hidden: list[object]) -> dict[str, str]:
        elsewhere(lambda: second.description)
        return {"name": "first"}

    first.describe = describe
    assert first.description == {"name": "first"}
    assert second.description == {"name": "second"}


def test_what_hides_the_secrets_of_a_run_is_the_same_for_all_its_threads() -> None:
    run = run_of("t1")
    veils: list[Any] = []

    def describe(hidden: list[object]) -> dict[str, str]:
        hidden.append("hunter2")
        if not veils:
            veils.append(None)
            elsewhere(lambda: veils.append(run.veil))
        return {"name": "first"}

    run.describe = describe
    assert run.veil is veils[-1] is run.veil
    assert run.veil.known == ("hunter2",)


def test_the_soft_time_limit_that_strikes_there_is_raised_and_the_arguments_are_told_later() -> None:
    kind = type("SoftTimeLimitExceeded", (Exception,), {})
    run = run_of("t1")
    struck: list[object] = []

    def describe(hidden: list[object]) -> dict[str, str]:
        if not struck:
            struck.append(None)
            raise kind
        return {"name": "first"}

    run.describe = describe
    with pytest.raises(kind):
        _ = run.description
    assert run.description == {"name": "first"}
