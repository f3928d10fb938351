"""`python -m tests.beside_flower`: three unmodified apps, and whether Phloem shows all that Flower shows of them.

Each app runs once with both beside it. Exits 1 if something that Flower shows is missing or another in Phloem. With
`--restarts`, Phloem, the events and the broker are away in turn, and what is shown after 10 s has to agree with what
workers and result backend say.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.beside_flower import page, work
from tests.beside_flower.apps import APPS, App
from tests.beside_flower.beyond import beyond
from tests.beside_flower.compare import compare, lines
from tests.beside_flower.environment import FLOWER, with_flower
from tests.beside_flower.restarts import FAULTS, outcome
from tests.beside_flower.stage import Stage
from tests.beside_flower.tellers import ask_flower, ask_phloem
from tests.rabbitmq import find

LOOKS = 3
"""How often both are asked until they agree: something may move between the two."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", action="append", choices=[app.name for app in APPS], help="may be repeated")
    parser.add_argument("--environment", type=Path, metavar="FOLDER", help="keeps the environment with Flower there")
    parser.add_argument("--write", action="store_true", help="writes the tables of docs/flower.md, and runs nothing")
    parser.add_argument("--restarts", action="store_true", help="the faults, instead of the comparison")
    options = parser.parse_args()
    if options.write:
        page.PAGE.write_text(page.whole(page.PAGE.read_text()))
        return
    bad = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="phloem-flower-")))
        python = with_flower(options.environment or folder / "environment")
        print("" if options.restarts else f"Flower {FLOWER}'s value first, then Phloem's", flush=True)
        for app in APPS:
            if options.app and app.name not in options.app:
                continue
            if app.broker == "rabbitmq" and find() is None:
                print(f"\n{app.name}: there is no RabbitMQ here")
                continue
            bad += (_restarts if options.restarts else _beside)(app, python, folder / app.name)
    what = "faults after which Phloem disagrees" if options.restarts else "things that Flower shows and Phloem does not"
    print(f"\n{bad} {what}")
    sys.exit(bool(bad))


def _beside(app: App, python: Path, folder: Path) -> int:
    """Prints the table of one app; how many facts are not as they have to be."""
    with Stage(app, python, folder) as stage:
        sent = work.ended(stage) | work.still_open(stage)
        for _ in range(LOOKS):
            flower, phloem = ask_flower(stage, list(sent.values())), ask_phloem(stage, list(sent.values()))
            areas = compare(flower, phloem, sent)
            if not any(row.verdict.is_bad for rows in areas.values() for row in rows):
                break
    print("\n".join(lines(app.name, areas)), flush=True)
    more = list(beyond(app, phloem, sent))
    print(f"\n{app.name}: What Flower does not show")
    print("\n".join(f"  {'shown' if each.is_right else 'WRONG':9}  {each.name:34}  {each.value}" for each in more))
    bad = sum(row.verdict.is_bad for rows in areas.values() for row in rows)
    return bad + sum(not each.is_right for each in more)


def _restarts(app: App, python: Path, folder: Path) -> int:
    """Prints what came of each fault; of how many what is shown did not agree in time."""
    bad = 0
    with Stage(app, python, folder, flower=False) as stage:
        for fault in FAULTS:
            found = outcome(stage, fault)
            after = f"agrees after {found.seconds:4.1f} s" if found.seconds is not None else "DISAGREES"
            unknown = f", of {found.unknown} is said that nobody knows their end" if found.unknown else ""
            print(f"{app.name:10}{fault:42}{after}, {found.shown} tasks are shown{unknown}", flush=True)
            print("".join(f"    {each}\n" for each in found.differences), end="", flush=True)
            bad += bool(found.differences)
    return bad


if __name__ == "__main__":
    main()
