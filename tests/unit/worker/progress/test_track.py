from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import phloem
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Step
from phloem.progress import current
from phloem.progress.log_lines import LINES_WAITING
from phloem.progress.outline import STEPS_SHOWN
from phloem.progress.run import Run
from tests.unit.conftest import Nobody


@pytest.fixture
def run() -> Iterator[Run]:
    """A run that this test is inside of; nothing looks at it but the test."""
    run = new_run()
    current.enter(run)
    yield run
    current.leave()


@pytest.fixture(autouse=True)
def forget_other_runs() -> None:
    """What one test does side by side is not to keep the threads of the next from finding their run."""
    current.forget()


def new_run(task_id: str = "t1") -> Run:
    return Run(task_id, "r1", Nobody())


def look(run: Run, now: float = 1.0) -> Event:
    event = run.sample(now)
    assert event is not None
    return event


def steps(run: Run, now: float = 1.0) -> dict[str, Step]:
    return {step.key: step for step in look(run, now).steps or ()}


def test_outside_a_task_everything_works_and_reports_nowhere() -> None:
    assert list(phloem.track([1, 2, 3], "Counting")) == [1, 2, 3]
    with phloem.step("Uploading", total=3, unit="B") as step:
        step.advance(2)
        step.describe("part 2")
    phloem.log("nobody hears this")
    assert (step.current, step.done) == (2, True)


def test_a_loop_counts_its_items_and_knows_its_length(run: Run) -> None:
    seen = []
    for row in phloem.track(["a", "b", "c", "d"], "Importing", unit="row"):
        step = steps(run)["1"]
        seen.append((row, step.current, step.total, step.unit, step.done))
    assert seen == [
        ("a", 0, 4, "row", False),
        ("b", 1, 4, "row", False),
        ("c", 2, 4, "row", False),
        ("d", 3, 4, "row", False),
    ]
    done = steps(run)["1"]
    assert (done.current, done.done, look_at_percent(run)) == (4, True, 100)


def look_at_percent(run: Run) -> float | None:
    phloem.log("look again")
    return look(run).percent


def test_a_generator_has_no_length_until_it_is_through(run: Run) -> None:
    for _ in phloem.track(character for character in "abc"):
        event = look(run)
        assert (event.percent, (event.steps or ())[0].total) == (None, None)
    step = steps(run)["1"]
    assert (step.current, step.total, step.done) == (3, 3, True)


def test_steps_within_steps_are_their_parts(run: Run) -> None:
    with phloem.step("All", total=2), phloem.step("First", total=4) as first:
        first.advance()
        assert {key: step.description for key, step in steps(run).items()} == {
            "1": "All",
            "1.1": "First",
        }
    with phloem.step("Other"):
        assert set(steps(run)) == {"1", "1.1", "2"}


def test_the_percentage_counts_the_part_in_work_once(run: Run) -> None:
    percents = []
    for _ in phloem.track(range(2)):
        with phloem.step(total=2) as part:
            for _ in range(2):
                part.advance()
                percents.append(look(run).percent)
    assert percents == [25, 50, 75, 100]


def test_the_percentage_does_not_go_back_while_its_step_lasts(run: Run) -> None:
    with phloem.step(total=2) as whole:
        for _ in range(2):
            with phloem.step(total=1) as part:
                part.advance()
                assert look(run).percent == 50
        whole.advance()
        phloem.log("one more look")
        assert look(run).percent == 50


def test_a_step_left_by_an_exception_is_not_done(run: Run) -> None:
    def divide() -> None:
        for number in phloem.track([1, 0], "Dividing"):
            1 / number

    with pytest.raises(ZeroDivisionError):
        divide()
    assert not steps(run)["1"].done


def test_a_loop_that_is_left_early_is_not_done_and_later_steps_are_not_its_parts(
    run: Run,
) -> None:
    for number in phloem.track(range(10)):
        if number == 3:
            break
    with phloem.step("After"):
        found = steps(run)
    assert (found["1"].current, found["1"].done) == (3, False)
    assert found["2"].description == "After"


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -3, None, "many"])
def test_a_number_that_makes_no_sense_counts_as_none(run: Run, nonsense: float) -> None:
    with phloem.step(total=nonsense) as step:
        step.set(nonsense)
        told = steps(run)["1"]
    assert (told.current, told.total, told.rate, told.eta) == (0, None, None, None)


def test_nothing_new_is_not_reported(run: Run) -> None:
    with phloem.step("Waiting", total=10):
        assert run.sample(1.0) is not None
        assert run.sample(2.0) is None


def test_rate_and_time_left_follow_the_count(run: Run) -> None:
    with phloem.step(total=100) as step:
        steps(run, 0.0)
        step.set(10)
        told = steps(run, 1.0)["1"]
        assert (told.rate, told.eta) == (10, 9)


def test_a_task_that_only_talks_has_started_and_one_with_steps_is_in_progress(
    run: Run,
) -> None:
    phloem.log("hello", level="warning")
    event = look(run)
    assert (event.state, event.message, event.steps) == (State.STARTED, "hello", None)
    assert [(line.level, line.message) for line in event.log] == [("warning", "hello")]
    with phloem.step("Working"):
        assert look(run).state is State.PROGRESS


def test_a_level_that_does_not_exist_is_named(run: Run) -> None:
    with pytest.raises(ValueError, match="level is 'loud'; it may be debug, info"):
        phloem.log("x", level="loud")


def test_a_flood_of_lines_is_cut_and_says_so(run: Run) -> None:
    for number in range(LINES_WAITING + 7):
        phloem.log(f"line {number}")
    lines = look(run).log
    assert len(lines) == LINES_WAITING + 1
    assert lines[-1].message == "… 7 more lines were left out"


def test_thousands_of_steps_are_told_as_the_latest_hundred(run: Run) -> None:
    for number in range(1000):
        with phloem.step(f"File {number}"):
            pass
    told = steps(run)
    assert len(told) == STEPS_SHOWN
    assert told["1000"].description == "File 999"


def test_a_step_may_be_described_and_its_total_may_come_later_and_change(run: Run) -> None:
    with phloem.step("Reading") as step:
        step.advance(5)
        assert look(run).percent is None
        step.total = 10
        step.describe("Reading, page 2")
        event = look(run)
        assert (event.percent, event.message, (event.steps or ())[0].description) == (
            50,
            "Reading, page 2",
            "Reading, page 2",
        )
        step.total = 20
        step.advance()
        assert steps(run)["1"].total == 20


def test_a_step_without_a_total_is_complete_when_it_is_left(run: Run) -> None:
    with phloem.step("Waiting"):
        assert look(run).percent is None
    step = steps(run)["1"]
    assert (step.done, step.total) == (True, None)
    assert look_at_percent(run) == 100


def test_of_several_steps_at_once_the_first_is_the_whole(run: Run) -> None:
    whole = phloem.step("All files", total=4)
    part = phloem.step("This file", total=100)
    whole.advance()
    part.advance(90)
    assert look(run).percent == 25
    assert set(run_keys(run)) == {"1", "2"}


def run_keys(run: Run) -> list[str]:
    return [step.key for step in run.outline.steps()]


def test_parts_side_by_side_count_together(run: Run) -> None:
    with phloem.step(total=2):
        for _ in range(2):
            with contextlib.suppress(ValueError):
                contextvars.copy_context().run(half_a_part)
        assert look(run).percent == 50


def half_a_part() -> None:
    phloem.step(total=2).advance()


def test_a_step_that_was_left_undone_has_no_rate_and_no_time_left(run: Run) -> None:
    step = phloem.step(total=10)
    steps(run, 0.0)
    step.set(5)
    assert steps(run, 1.0)["1"].eta == 1
    step.finish(done=False)
    phloem.log("look")
    left = steps(run, 2.0)["1"]
    assert (left.rate, left.eta, left.done, left.current) == (None, None, False, 5)


def test_a_step_is_over_once(run: Run) -> None:
    with pytest.raises(KeyError), phloem.step("Reading") as step:
        raise KeyError
    step.finish()
    assert not steps(run)["1"].done


def test_two_loops_in_step_do_not_become_parts_of_what_comes_later(run: Run) -> None:
    first, second = phloem.track([1, 2], "first"), phloem.track([1, 2, 3], "second")
    assert list(zip(first, second, strict=False)) == [(1, 1), (2, 2)]
    with phloem.step("After"):
        found = {step.description: step.key for step in steps(run).values()}
    assert found["After"] == "2"


def test_an_iterable_whose_length_cannot_be_had_is_iterated_all_the_same(run: Run) -> None:
    class Rows:
        def __len__(self) -> int:
            raise RuntimeError("not now")

        def __iter__(self) -> Iterator[int]:
            return iter([1, 2])

    assert list(phloem.track(Rows())) == [1, 2]


def test_what_cannot_be_iterated_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        next(phloem.track(5))  # type: ignore[call-overload]


class Pages:
    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    async def __aiter__(self) -> AsyncIterator[int]:
        for number in range(self._count):
            await asyncio.sleep(0)
            yield number


def test_an_asynchronous_loop_counts_its_items(run: Run) -> None:
    async def fetch() -> None:
        seen = []
        async for page in phloem.track(Pages(3), "Fetching"):
            step = steps(run)["1"]
            seen.append((page, step.current, step.total))
        assert seen == [(0, 0, 3), (1, 1, 3), (2, 2, 3)]

    asyncio.run(fetch())
    step = steps(run)["1"]
    assert (step.current, step.done) == (3, True)


def test_an_asynchronous_loop_that_is_left_early_is_not_done_and_later_steps_are_not_its_parts(
    run: Run,
) -> None:
    async def fetch() -> None:
        async for page in phloem.track(Pages(3)):
            if page == 1:
                break
        with phloem.step("After"):
            found = steps(run)
        assert (found["1"].current, found["1"].done, found["2"].description) == (1, False, "After")

    asyncio.run(fetch())


def test_an_asynchronous_source_that_fails_marks_its_step(run: Run) -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise ConnectionError("gone")

    async def fetch() -> None:
        async for _ in phloem.track(broken()):
            pass

    with pytest.raises(ConnectionError):
        asyncio.run(fetch())
    assert (steps(run)["1"].current, steps(run_again(run))["1"].done) == (1, False)


def run_again(run: Run) -> Run:
    phloem.log("look again")
    return run


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


def test_what_is_said_after_the_end_goes_nowhere(run: Run) -> None:
    phloem.log("before")
    run.end()
    phloem.log("after")
    with phloem.step("too late"):
        pass
    lines = run.lines.take(1.0)
    assert [line.message for line in lines if line.message == "after"] == []


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
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20, env=dict(os.environ))


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__

    def __float__(self) -> float:
        raise RuntimeError("no")


@pytest.mark.parametrize("nonsense", [Unspeakable(), 10**400, float("-inf"), object(), b"3", [], {}])
def test_nothing_that_a_step_is_given_breaks_who_looks_at_it(run: Run, nonsense: Any) -> None:
    with phloem.step(nonsense, total=nonsense, unit=nonsense) as step:
        step.set(nonsense)
        step.describe(nonsense)
        assert (steps(run)["1"].current, steps(run_again(run))["1"].total) == (0, None)


def test_a_long_message_is_cut_and_a_strange_one_is_shown_for_what_it_is(run: Run) -> None:
    phloem.log("x" * 10_000_000)
    event = look(run)
    assert len(event.message or "") < 2000
    assert len(event.log[0].message) < 5000
    phloem.log("<b>\n\ud800")
    assert look(run).message == "<b>\n?"
    phloem.log(Unspeakable())
    assert look(run).message == "<Unspeakable that cannot be shown>"


def test_a_flood_that_lasts_is_cut_to_a_hundred_lines_a_second_and_told_once_a_second(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    told = notes = 0
    for _ in range(200):  # ten seconds of a thousand lines each, looked at 20 times a second
        now += 0.05
        for _ in range(50):
            phloem.log("again")
        lines = look(run, now).log
        notes += sum("left out" in line.message for line in lines)
        told += sum(line.message == "again" for line in lines)
    assert 1400 <= told <= 1500
    assert 9 <= notes <= 11


def test_importing_phloem_brings_nothing_but_celery_redis_msgspec_and_the_standard_library() -> None:
    code = (
        "import sys, celery.app.base, celery.signals, kombu, redis, msgspec; before = set(sys.modules);"
        "import phloem.tqdm; phloem.attach, phloem.track;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    brought = set(found.stdout.split()) - set(sys.stdlib_module_names)
    assert brought <= {"phloem", "celery", "kombu", "billiard", "redis", "msgspec"}


def test_importing_phloem_is_quick_and_what_reports_does_not_load_redis() -> None:
    code = """
import time, sys, celery
start = time.process_time()
import phloem
print(time.process_time() - start)
phloem.track, phloem.step, phloem.log
assert not {"redis", "kombu", "pytest"} & set(sys.modules)
"""
    best = min(
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60).stdout)
        for _ in range(3)
    )
    assert best < 0.060


def test_a_name_that_phloem_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trck'"):
        _ = phloem.trck  # type: ignore[attr-defined]
