"""`python -m tests.lighthouse`: what Lighthouse says of the list, of a task and of the launch page.

Each is loaded by a headless Chromium, as a phone would over a slow line (Lighthouse's own settings), from the real web
process with tasks on record. The score is the median of several runs. Exits 1 where one is below the limit, and names
what cost points. Lighthouse comes from npm, 190 MB, into tests/lighthouse/node_modules; machines that do other work
meanwhile take points away from the performance.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests import chromium
from tests.api import Api
from tests.processes import Stack

HERE = Path(__file__).parent
PROGRAM = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"

LEAST = 95
"""Points of 100 that each page has in each category."""

CATEGORIES = ("performance", "accessibility", "best-practices")
TASKS = 30
SECONDS = 180
"""For one run."""


def main() -> int:
    """Prints a line for each page, and what cost it points."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=3, help="of each page; the median counts")
    runs = parser.parse_args().runs
    browser = chromium.find()
    if browser is None:
        raise SystemExit("There is no Chromium: put one on PATH, or name it in PHLOEM_CHROMIUM.")
    if not PROGRAM.exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="phloem-lighthouse-") as folder, Stack(Path(folder), {}) as stack:
        for name in ("redis", "worker", "web"):
            stack.ensure(name)
        api = Api(stack.url)
        [*_, task_id] = [api.submit("countdown", duration=0) for _ in range(TASKS)]
        api.ended(task_id)
        for path in ("/", f"/tasks/{task_id}", "/launch"):
            reports = [judge(browser, stack.url + path, Path(folder)) for _ in range(runs)]
            scores = {each: median(points(report, each) for report in reports) for each in CATEGORIES}
            print(path, *(f"{name} {score:.0f}" for name, score in scores.items()), sep="  ")
            print(*costs(reports[-1]), sep="")
            bad += sum(score < LEAST for score in scores.values())
    return min(bad, 1)


def judge(browser: str, address: str, folder: Path) -> dict[str, Any]:
    """The report on one loading of a page."""
    report = folder / "report.json"
    flags = "--headless --no-sandbox --disable-dev-shm-usage"
    command = [shutil.which("node") or "node", str(PROGRAM), address, "--quiet", "--output=json"]
    command += [f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={flags}"]
    subprocess.run(command, env={**os.environ, "CHROME_PATH": browser}, check=True, timeout=SECONDS)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def points(report: dict[str, Any], category: str) -> float:
    """Of 100."""
    return float(report["categories"][category]["score"] or 0) * 100


def costs(report: dict[str, Any]) -> list[str]:
    """A line for each audit that has a weight and was not passed."""
    return [
        f"    {name}: {audit['title']} {audit.get('displayValue', '')}\n"
        for name in CATEGORIES
        for reference in report["categories"][name]["auditRefs"]
        if reference["weight"] and (audit := report["audits"][reference["id"]])["score"] not in (None, 1)
    ]


if __name__ == "__main__":
    sys.exit(main())
