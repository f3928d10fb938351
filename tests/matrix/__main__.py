"""`python -m tests.matrix`: Phloem's wheels with every Celery, redis-py and Python that they promise.

Each combination has an environment of its own, real processes, and the same scenario. Exits 1 if anything differs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.matrix.combinations import Combination, combinations
from tests.matrix.debian import unpacked
from tests.matrix.environment import Failed, Tried, build_wheels, install, scenario
from tests.matrix.expected import EXPECTED
from tests.matrix.pythons import pythons, version_of
from tests.rabbitmq import RabbitMq, find

AT_ONCE = 2
ROW = "{:8} {:8} {:8} {:10} {:>5}  {}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", type=Path, default=[], help="one more Python, by its path")
    parser.add_argument(
        "--debian", action="append", metavar="3.14", default=[], help="a Python from Debian's next release"
    )
    parser.add_argument("--only", action="append", metavar="WORDS", help='such as "3.11 5.3 5.0"; may be repeated')
    options = parser.parse_args()
    found = pythons()
    for path in options.python:
        version = version_of(path)
        if version is None:
            parser.error(f"{path} does not run")
        found[version] = path
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="phloem-matrix-")))
        found |= {version: unpacked(version, folder / f"python{version}") for version in options.debian}
        chosen = [each for each in combinations(found) if not options.only or " ".join(each) in options.only]
        print(ROW.format("Python", "Celery", "kombu", "redis-py", "time", "steps"), flush=True)
        rabbitmq = None
        if any(each.needs_rabbitmq for each in chosen) and find() is not None:
            rabbitmq = stack.enter_context(RabbitMq(folder / "rabbitmq"))
        wheels = build_wheels(folder / "wheels")

        def attempt(combination: Combination) -> bool | None:
            if combination.needs_rabbitmq and rabbitmq is None:
                print(
                    ROW.format(combination.python, combination.celery, "", combination.redis_py, "", "no RabbitMQ here")
                )
                return None
            broker = rabbitmq.url(rabbitmq.vhost()) if rabbitmq and combination.needs_rabbitmq else None
            return _row(combination, found[combination.python], folder, wheels, broker)

        outcomes = list(stack.enter_context(ThreadPoolExecutor(AT_ONCE)).map(attempt, chosen))
    tried = [good for good in outcomes if good is not None]
    print(f"{sum(tried)} of {len(tried)} combinations are as they have to be")
    sys.exit(not tried or not all(tried))


def _row(combination: Combination, python: Path, folder: Path, wheels: list[Path], broker: str | None) -> bool:
    """Tries one combination, and prints its line of the table; whether all is as it has to be."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            tried = scenario(install(python, Path(place), wheels, combination.requirements), broker=broker)
    except (Failed, subprocess.TimeoutExpired) as error:
        tried = Tried({}, {"the scenario": str(error)})
    versions, differences = tried
    names = ("python", "celery", "kombu", "redis")
    asked = (combination.python, combination.celery, "", combination.redis_py)
    shown = [versions.get(name, other) for name, other in zip(names, asked, strict=True)]
    count = f"{len(EXPECTED) - len(differences)} of {len(EXPECTED)}" if versions else "failed"
    lines = [f"    {name}: {outcome}" for name, outcome in differences.items()]
    print("\n".join([ROW.format(*shown, f"{time.monotonic() - began:.0f} s", count), *lines]), flush=True)
    return not differences


if __name__ == "__main__":
    main()
