"""`phloem watch`, with its output in a file as in a pipe."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from tests.compatibility.normal import Normal
from tests.compatibility.processes import Process, Stack


class Run(NamedTuple):
    """How it is run. One that has no end is interrupted once it has said so many lines."""

    arguments: tuple[str, ...]
    lines: int | None = None
    more: Mapping[str, str] = {}


RUNS: Mapping[str, Run] = {
    "the list": Run((), lines=10),
    "some": Run(("--state", "failure", "--state", "SUCCESS", "--name", "shop.*", "-q", "sum", "--limit", "9"), lines=1),
    "a task that succeeded": Run(("seed-import",)),
    "a task that failed": Run(("seed-broken",)),
    "a task that nobody knows": Run(("none",), lines=1),
    "a state that is none": Run(("--state", "done")),
    "an address that is none": Run(("--url", "ftp://shop.example")),
    "nobody there": Run(("--url", "http://127.0.0.1:1")),
}


def told(stack: Stack, normal: Normal) -> dict[str, str]:
    """What each run says, and how it ends."""
    other = Run(("--url", f"http://127.0.0.1:{stack.closed_port}"), more={"PHLOEM_PASSWORD": "guess"})
    runs = {**RUNS, "another password": other}
    running = {name: _start(stack, name, run) for name, run in runs.items()}
    return {name: _end(normal, process, runs[name].lines) for name, process in running.items()}


@contextmanager
def following(stack: Stack, normal: Normal, answers: dict[str, str]) -> Iterator[None]:
    """`phloem watch` of the task that runs, which is to end meanwhile."""
    process = _start(stack, "a task that ends", Run(("seed-hold",)))
    process.wait_for(lambda: "I am here" in process.out)
    yield
    answers["a task that ends"] = _end(normal, process, None)


def _start(stack: Stack, name: str, run: Run) -> Process:
    return stack.run(f"watch {name}", ["phloem", "watch", *run.arguments], run.more)


def _end(normal: Normal, process: Process, lines: int | None) -> str:
    if lines is not None:
        process.wait_for(lambda: process.said.count("\n") >= lines)
        process.signal(signal.SIGINT)
    status = process.status()
    parts: tuple[tuple[str, Callable[[], str]], ...] = (
        ("standard output", lambda: process.out),
        ("standard error", lambda: process.err),
    )
    return "\n".join([*(f"{name}:\n{normal.text(said())}" for name, said in parts), f"status {status}"])
