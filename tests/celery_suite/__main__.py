"""`python -m tests.celery_suite`: Celery's own integration suite without Phloem and with it.

Exits 1 if a test ends otherwise with Phloem, or if the record says of any task what is not so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import msgspec

from tests.celery_suite.comparison import disagreements, other_outcomes, summary
from tests.celery_suite.run import SUITE, Plan, Run, run
from tests.celery_suite.selection import TENTH

AGAIN = 3
"""How often tests run again, by themselves, that did not end the same: many of the suite are flaky by design."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="*", default=[SUITE], help="files and tests of the suite; by default all")
    parser.add_argument("--tenth", action="store_true", help="the tests that bin/test runs")
    parser.add_argument("--only-with", action="store_true", help="do not run them without Phloem")
    parser.add_argument("--shared", action="store_true", help="keep the record in the Redis of broker and results")
    parser.add_argument("--folder", type=Path, help="where to keep what all processes said")
    options = parser.parse_args()
    plan = Plan(
        tests=TENTH if options.tenth else options.tests, attach=True, hurry=options.tenth, shared=options.shared
    )
    with tempfile.TemporaryDirectory(prefix="phloem-celery-suite-") as temporary:
        folder = options.folder or Path(temporary)
        with_it = _run(folder / "with", plan)
        found = disagreements(with_it.stories, with_it.stored, with_it.recorded, with_it.waiting)
        print(f"{len(with_it.stories)} tasks; record, witness and result backend disagree on {len(found)}")
        if found:
            print(summary(found))
        others = {} if options.only_with else _others(folder, plan, with_it)
        for test, (without, outcome) in others.items():
            print(f"{test}: {without} without Phloem, {outcome} with it\n{with_it.said.get(test, '')}")
    sys.exit(bool(found or others))


def _others(folder: Path, plan: Plan, with_it: Run) -> dict[str, tuple[str, str]]:
    """The tests that end otherwise with Phloem, however often they run."""
    bare = msgspec.structs.replace(plan, attach=False)
    without = _run(folder / "without", bare)
    others = other_outcomes(without.outcomes, with_it.outcomes)
    for number in range(AGAIN):
        if not others:
            break
        print(f"these ended otherwise, and run again: {' '.join(others)}")
        again = folder / f"again-{number}"
        with_it = _run(again / "with", msgspec.structs.replace(plan, tests=[*others]))
        without = _run(again / "without", msgspec.structs.replace(bare, tests=[*others]))
        others = other_outcomes(without.outcomes, with_it.outcomes)
    return others


def _run(folder: Path, plan: Plan) -> Run:
    def show(line: str) -> None:
        print(f"\r{line[-100:]}\033[K", end="", file=sys.stderr, flush=True)

    done = run(folder, plan, show)
    show("")
    counts = ", ".join(f"{count} {kind}" for kind, count in Counter(done.outcomes.values()).most_common())
    print(f"{'with' if plan.attach else 'without'} Phloem, {done.seconds:.0f} s: {counts}")
    for test, outcome in done.outcomes.items():
        if outcome in ("failed", "error"):
            print(f"   {test}: {outcome}")
    return done


if __name__ == "__main__":
    main()
