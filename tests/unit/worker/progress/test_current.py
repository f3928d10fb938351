from __future__ import annotations

import asyncio
import contextvars
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import phloem
from phloem.progress import current
from phloem.progress.run import Run
from tests.unit.worker.progress.sampling import look, new_run, steps


def test_coroutines_know_their_run_and_the_step_that_started_them(run: Run) -> None:
    async def fetch(name: str) -> None:
        with phloem.step(name):
            await asyncio.sleep(0)
            with phloem.step(f"{name} part"):
                await asyncio.sleep(0)

    async def main() -> None:
        with phloem.step("all"):
            await asyncio.gather(fetch("a"), fetch("b"))
        with phloem.step("after"):
            pass

    asyncio.run(main())
    assert {step.description: step.key for step in steps(run).values()} == {
        "all": "1",
        "a": "1.1",
        "b": "1.2",
        "a part": "1.1.1",
        "b part": "1.2.1",
        "after": "2",
    }


def in_thread(work: Callable[[], Any]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)


def in_executor(work: Callable[[], Any]) -> None:
    with ThreadPoolExecutor(1) as executor:
        executor.submit(work).result(5)


def in_to_thread(work: Callable[[], Any]) -> None:
    asyncio.run(asyncio.to_thread(work))


def in_run_in_executor(work: Callable[[], Any]) -> None:
    async def main() -> None:
        await asyncio.get_running_loop().run_in_executor(None, work)

    asyncio.run(main())


AWAY = [in_thread, in_executor, in_to_thread, in_run_in_executor]


def a_part() -> None:
    with phloem.step("in a thread", total=2) as step:
        step.advance()
        phloem.log("hello")


@pytest.mark.parametrize("away", AWAY)
def test_a_thread_of_the_only_task_of_a_process_belongs_to_it(
    run: Run, away: Callable[[Callable[[], Any]], None]
) -> None:
    away(a_part)
    event = look(run)
    assert [step.description for step in event.steps or ()] == ["in a thread"]
    assert [line.message for line in event.log] == ["hello"]


@pytest.mark.parametrize("away", [in_thread, in_executor, in_run_in_executor])
def test_a_thread_of_one_of_several_tasks_reports_nowhere(run: Run, away: Callable[[Callable[[], Any]], None]) -> None:
    other = new_run("t2")

    def beside() -> None:
        current.enter(other)
        away(a_part)
        current.leave()

    in_thread(beside)
    away(a_part)  # and so it stays: nobody can tell whose an older thread is
    assert [(each.message, each.outline.steps()) for each in (run, other)] == [(None, []), (None, [])]


def test_a_thread_that_is_given_the_context_belongs_to_its_task_in_any_pool(run: Run) -> None:
    other = new_run("t2")

    def beside() -> None:
        current.enter(other)
        with phloem.step("outer"):
            context = contextvars.copy_context()
            in_thread(lambda: context.run(a_part))
        current.leave()

    in_thread(beside)
    assert {step.key: step.description for step in other.sample(1.0).steps} == {  # type: ignore[union-attr]
        "1": "outer",
        "1.1": "in a thread",
    }


def test_a_step_in_a_thread_is_no_part_of_what_the_task_happens_to_do_meanwhile(run: Run) -> None:
    with phloem.step("in the task"):
        in_thread(a_part)
    assert {step.description: step.key for step in steps(run).values()} == {"in the task": "1", "in a thread": "2"}


def test_outside_a_task_a_thread_reports_nowhere() -> None:
    in_thread(a_part)
    assert current.current() is None


def test_a_task_called_within_a_task_reports_for_itself_and_then_the_outer_one_goes_on(run: Run) -> None:
    inner = new_run("t2")
    with phloem.step("outer"):
        current.enter(inner)
        phloem.log("in the inner one")
        in_thread(lambda: phloem.log("in a thread of it"))
        current.leave()
        with phloem.step("part"):
            pass
    assert set(steps(run)) == {"1", "1.1"}
    assert inner.message == "in a thread of it"
    assert [line.message for line in inner.lines.take(1.0)] == ["in the inner one", "in a thread of it"]


def test_a_process_that_a_task_forks_does_not_speak_for_it(run: Run) -> None:
    code = """
import os, sys
from phloem.progress import current
from phloem.progress.run import Run
class Nobody:
    def watch(self, watched): pass
    def unwatch(self, watched): pass
current.enter(Run("t1", "r1", Nobody()))
child = os.fork()
if not child:
    os._exit(0 if current.current() is None else 1)
sys.exit(os.waitpid(child, 0)[1] or (current.current() is None))
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=dict(os.environ))
