from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

import phloem
from phloem.model.state import State
from phloem.progress.run import Run
from tests.unit.worker.progress.sampling import look, look_at_percent, run_again, steps


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


def test_a_generator_has_no_length_until_it_is_through(run: Run) -> None:
    for _ in phloem.track(character for character in "abc"):
        event = look(run)
        assert (event.percent, (event.steps or ())[0].total) == (None, None)
    step = steps(run)["1"]
    assert (step.current, step.total, step.done) == (3, 3, True)


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


def test_nothing_new_is_not_reported(run: Run) -> None:
    with phloem.step("Waiting", total=10):
        assert run.sample(1.0) is not None
        assert run.sample(2.0) is None


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
