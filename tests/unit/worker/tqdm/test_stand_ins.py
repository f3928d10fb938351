"""The modules that stand for others of tqdm: what is imported from them reports to the task."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tqdm import tqdm as original

import phloem.tqdm.auto
import phloem.tqdm.notebook
from phloem.progress.run import Run
from phloem.tqdm import tqdm
from phloem.tqdm.asyncio import tqdm as tqdm_asyncio
from phloem.tqdm.contrib import concurrent, itertools, tenumerate, tmap, tzip
from phloem.tqdm.contrib.concurrent import thread_map
from phloem.tqdm.contrib.logging import logging_redirect_tqdm, tqdm_logging_redirect


def told(run: Run) -> list[tuple[str, float, float | None, bool]]:
    steps = [step.snapshot(1.0) for step in run.outline.look()]
    return [(step.description, step.current, step.total, step.done) for step in steps]


def test_all_classes_are_tqdms_and_report(run: Run) -> None:
    for kind in (phloem.tqdm.auto.tqdm, phloem.tqdm.notebook.tqdm, tqdm_asyncio, tqdm):
        assert issubclass(kind, original)
        assert list(kind(range(2), desc="Counting")) == [0, 1]
    assert told(run) == [("Counting", 2, 2, True)] * 4


def test_awaitables_are_counted_as_they_complete(run: Run) -> None:
    async def answer(number: int) -> int:
        await asyncio.sleep(0)
        return number

    async def numbers() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> None:
        assert await tqdm_asyncio.gather(answer(1), answer(2), desc="gather") == [1, 2]
        assert [await each for each in tqdm_asyncio.as_completed([answer(3)], desc="as_completed")] == [3]
        assert [each async for each in tqdm_asyncio(numbers(), desc="async for")] == [1, 2]

    asyncio.run(main())
    assert told(run) == [("gather", 2, 2, True), ("as_completed", 1, 1, True), ("async for", 2, 2, True)]


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (lambda: thread_map(str, [1, 2]), ["1", "2"]),
        (lambda: list(tenumerate("ab")), [(0, "a"), (1, "b")]),
        (lambda: list(tzip("ab", "cd")), [("a", "c"), ("b", "d")]),
        (lambda: list(tmap(str, [1, 2])), ["1", "2"]),
        (lambda: list(itertools.chain([1], [2])), [1, 2]),
        (lambda: list(itertools.product("ab", "c")), [("a", "c"), ("b", "c")]),
    ],
)
def test_functions_of_tqdm_report(run: Run, call: Any, result: list[Any]) -> None:
    assert call() == result
    assert told(run) == [("", 2, 2, True)]


def test_another_class_may_be_given_and_what_tqdm_has_not_is_an_attribute_error(run: Run) -> None:
    class Mine(tqdm[int]):
        pass

    assert thread_map(str, [1], tqdm_class=Mine, disable=True) == ["1"]
    assert told(run) == []
    with pytest.raises(AttributeError, match="nothing"):
        concurrent.nothing  # noqa: B018


def test_loggers_may_write_beside_a_bar(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.Logger("beside", logging.INFO)
    logger.addHandler(logging.StreamHandler(sys.stderr))
    with logging_redirect_tqdm([logger]):
        logger.info("first")
    with tqdm_logging_redirect(total=1, loggers=[logger]) as bar:
        bar.update()
        logger.info("second")
    assert capsys.readouterr().err == "first\nsecond\n"
    assert told(run) == [("", 1, 1, True)]


def test_first_imports_may_race() -> None:
    code = (
        "import sys, threading\n"
        "def use():\n"
        "    from phloem.tqdm.auto import tqdm\n"
        "    from phloem.tqdm.contrib.concurrent import thread_map\n"
        "    assert list(tqdm([1], draw=False)) == thread_map(int, [1], draw=False) == [1]\n"
        "    sys.stdout.write('used\\n')\n"
        "threads = [threading.Thread(target=use) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    assert (done.stdout.split(), done.stderr) == (["used"] * 8, "")
