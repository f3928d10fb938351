"""`python -m tests.celery_suite`: Celery's own integration suite without Phloem and with it.

The suite is cut into parts. All of them run side by side, without Phloem and with it, each with a Redis of its own.
Exits 1 if a test ends otherwise with Phloem, or if the record says of any task what is not so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.celery_suite.comparison import Disagreement, disagreements, other_outcomes, summary
from tests.celery_suite.run import Plan, Run, run
from tests.celery_suite.selection import PARTS, STARTS_WORKER, TENTH

AGAIN = 3
"""How often tests run again, by themselves, that did not end the same: many of the suite are flaky by design."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="*", help="files and tests of the suite; by default all")
    parser.add_argument("--tenth", action="store_true", help="the tests that bin/test runs")
    parser.add_argument("--only-with", action="store_true", help="do not run them without Phloem")
    parser.add_argument("--shared", action="store_true", help="keep the record in the Redis of broker and results")
    parser.add_argument("--folder", type=Path, help="where to keep what all processes said")
    options = parser.parse_args()
    chosen = TENTH if options.tenth else options.tests
    plans = [
        Plan(tests=tests, attach=attach, hurry=options.tenth, shared=options.shared)
        for attach in ((True,) if options.only_with else (True, False))
        for tests in ((chosen,) if chosen else PARTS)
    ]
    with tempfile.TemporaryDirectory(prefix="phloem-celery-suite-") as temporary:
        folder = options.folder or Path(temporary)
        with_it, without = _run(folder, plans)
        found = [each for part in with_it for each in _compared(part)]
        tasks = sum(len(part.stories) for part in with_it)
        print(f"{tasks} tasks; record, witness and result backend disagree on {len(found)}")
        if found:
            print(summary(found))
        others = {} if options.only_with else _others(folder, plans[0], with_it, without)
    sys.exit(bool(found or others))


def _compared(done: Run) -> list[Disagreement]:
    return disagreements(done.stories, done.stored, done.recorded, done.waiting)


def _others(folder: Path, plan: Plan, with_it: Sequence[Run], without: Sequence[Run]) -> dict[str, tuple[str, str]]:
    """The tests that end otherwise with Phloem, however often they run. What they said is printed."""
    others = other_outcomes(_outcomes(without), _outcomes(with_it))
    for number in range(AGAIN):
        if not others:
            break
        print(f"these ended otherwise, and run again: {' '.join(others)}")
        tests = [STARTS_WORKER, *others]
        plans = [msgspec.structs.replace(plan, tests=tests, attach=attach) for attach in (True, False)]
        with_it, without = _run(folder / f"again-{number}", plans)
        others = other_outcomes(_outcomes(without), _outcomes(with_it))
    said = {test: words for part in with_it for test, words in part.said.items()}
    for test, (before, outcome) in others.items():
        print(f"{test}: {before} without Phloem, {outcome} with it\n{said.get(test, '')}")
    return others


def _run(folder: Path, plans: Sequence[Plan]) -> tuple[list[Run], list[Run]]:
    """Runs all of them side by side. Returns those with Phloem, and those without it."""
    shown = [""] * len(plans)
    tells = sys.stderr.isatty()

    def one(number: int) -> Run:
        def show(line: str) -> None:
            shown[number] = line
            if tells:
                print(f"\r{' | '.join(each[-12:] for each in shown)}\033[K", end="", file=sys.stderr, flush=True)

        plan = plans[number]
        return run(folder / f"{'with' if plan.attach else 'without'}-{number}", plan, show)

    with ThreadPoolExecutor(len(plans)) as pool:
        done = list(pool.map(one, range(len(plans))))
    if tells:
        print("\r\033[K", end="", file=sys.stderr)
    with_it = [each for plan, each in zip(plans, done, strict=True) if plan.attach]
    without = [each for plan, each in zip(plans, done, strict=True) if not plan.attach]
    for words, runs in (("with", with_it), ("without", without)):
        if runs:
            _tell(words, runs)
    return with_it, without


def _tell(words: str, runs: Sequence[Run]) -> None:
    outcomes = _outcomes(runs)
    counts = ", ".join(f"{count} {kind}" for kind, count in Counter(outcomes.values()).most_common())
    print(f"{words} Phloem, {max(each.seconds for each in runs):.0f} s: {counts}")
    for test, outcome in outcomes.items():
        if outcome in ("failed", "error"):
            print(f"   {test}: {outcome}")


def _outcomes(runs: Sequence[Run]) -> dict[str, str]:
    return {test: outcome for each in runs for test, outcome in each.outcomes.items()}


if __name__ == "__main__":
    main()
