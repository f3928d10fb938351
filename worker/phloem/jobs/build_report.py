"""A report on all jobs: figures and plots as PDF, or only figures as CSV."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

import phloem
from phloem.files import StoredFile
from phloem.jobs.app import app, settings
from phloem.jobs.errors import JobError, Passing
from phloem.jobs.report.csv_table import table
from phloem.jobs.report.history import History
from phloem.jobs.results import keep, named, owner
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel

LONGEST_DAYS = 366
"""Most days of one report."""

Day = Annotated[
    str,
    Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", max_length=10, extra_json_schema={"format": "date"}),
]
Format = Literal["PDF", "CSV"]


@app.task(
    name="phloem.jobs.build_report",
    shared=False,  # known to this app alone, not to every app of the process
    throws=(JobError,),
    autoretry_for=(Passing,),
    max_retries=3,
    retry_backoff=True,
    soft_time_limit=5 * 60,
    time_limit=6 * 60,
)
def build_report(day: Day | None = None, until: Day | None = None, format: Format = "PDF") -> dict[str, Any]:
    """Makes a report of what ran.

    For each job it says how many ran and failed, how long they waited and took, with percentiles.
    Days are those of UTC, and go back as far as tasks are kept. If the report has an owner, it is
    on the tasks of that owner alone.

    Args:
        day: today unless given
        until: the last of several days, the first of which is the day above
        format: a document with plots, or a table for a spreadsheet
    """
    first = day_of(day) if day else datetime.now(UTC).date()
    last = day_of(until) if until else first
    history, file = report(first, last, format)
    return {"files": [named(file)], "ended": len(history.tasks), "failed": len(history.failures)}


def report(first: date, last: date, format: Format) -> tuple[History, StoredFile]:
    """Reads the history, and keeps a report of it as a file. Raises JobError if there is no such range of days."""
    days = (last - first).days + 1
    if not 1 <= days <= LONGEST_DAYS:
        raise JobError(f"A report covers 1 to {LONGEST_DAYS} days; from {first} to {last} there are {days:,}.")
    with phloem.step(f"Reporting {first} to {last}", total=3) as whole:
        with phloem.step("Reading what ran", unit="task") as step:
            try:
                history = History.read(RedisChannel(settings), first, last, owner())
            except ChannelError as error:
                raise Passing(f"The history cannot be read: {error}.") from None
            step.set(len(history.tasks))
            step.total = len(history.tasks)
        whole.advance()
        with phloem.step(f"Writing {format}"):
            content, content_type = (
                (table(history), "text/csv") if format == "CSV" else (document(history), "application/pdf")
            )
        whole.advance()
        name = f"jobs-{first}.{format.lower()}" if first == last else f"jobs-{first}-to-{last}.{format.lower()}"
        file = keep(io.BytesIO(content), name, content_type)
        whole.advance()
    ended = len(history.tasks)
    phloem.log(f"{ended:,} {'job' if ended == 1 else 'jobs'} ended, {len(history.failures):,} failed")
    return history, file


def document(history: History) -> bytes:
    """The report as PDF."""
    from phloem.jobs.report import pdf  # loading it takes a third of a second, which no other job should wait for

    return pdf.document(history)


def day_of(text: str) -> date:
    """The day that is written as 2026-11-20. Raises JobError if there is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise JobError(f"There is no day {text[:20]}.") from None
