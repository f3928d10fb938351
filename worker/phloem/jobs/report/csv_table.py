"""A report as CSV: a line for each kind of job."""

from __future__ import annotations

import csv
import io
import re

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

_BEFORE = "[\\s\\x00-\\x20\"'`\u200b\u2060\ufeff]*"
"""Blanks, control characters and quotes, which a spreadsheet drops before it looks for a formula."""

_SIGNS = "[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]"
"""What a formula begins with, as ASCII, full-width and small forms."""

_FIRST = re.compile(f"(?={_BEFORE}{_SIGNS}|[\\t\\r\\n])")

_INNER = re.compile(
    f"([;|\\t\\r\\n\\v\\f\\x85\u2028\u2029]|,(?!\\s*[+-]?[0-9][0-9.eE+-]*\\s*(?:[,)\\]}}]|$)))(?={_BEFORE}{_SIGNS})"
)
"""A place within a text where a cell begins for a program that takes the file for one with another separator, and does
not heed our quotes then. A plain number after a comma, as in a list, is none: our own separator is quoted rightly."""


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


def harmless(text: str) -> str:
    """A text that a spreadsheet does not run as a formula, whichever separator it takes (OWASP, CSV injection)."""
    inner = _INNER.sub(r"\1'", text)
    return f"'{inner}" if _FIRST.match(inner) else inner
