"""A report as CSV: a line for each kind of job."""

from __future__ import annotations

import csv
import io

from phloem.jobs.report.history import History

COLUMNS = (
    "job",
    "ended",
    "succeeded",
    "failed",
    "revoked",
    "lost",
    "retries",
    *(f"{what}_{which}_seconds" for what in ("wait", "run") for which in ("p50", "p95", "p99", "longest")),
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(history: History) -> bytes:
    """The report as CSV in UTF-8. Times are in seconds with three decimals, and empty where they are not known."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for job in history.jobs():
        spreads = (
            seconds
            for spread in (job.waits, job.times)
            for seconds in (spread.p50, spread.p95, spread.p99, spread.longest)
        )
        lines.writerow(
            [
                harmless(job.name),
                job.ended,
                job.succeeded,
                job.failed,
                job.revoked,
                job.lost,
                job.retries,
                *("" if seconds is None else f"{seconds:.3f}" for seconds in spreads),
            ]
        )
    return text.getvalue().encode("utf-8", "replace")


def harmless(name: str) -> str:
    """A text that a spreadsheet does not run as a formula (OWASP, CSV injection)."""
    return f"'{name}" if name.startswith(_FORMULA) else name
