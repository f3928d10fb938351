"""A report as PDF: figures, two plots, a table of all jobs, and the last failures, with links to the tasks' pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from flask import url_for
from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from phloem.jobs.report.history import Bar, History, Job, Spread
from phloem.model.task import Task

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
FRAME = 6
"""Points of padding that reportlab adds within the margins of a page."""

JOBS_SHOWN = 200
PLOTTED = 12
FAILURES_SHOWN = 25
"""Most lines of the table, of the plot of times, and of the failures; a record may hold thousands of names."""

TEXT_SHOWN = 160
"""Most characters of a name or an error."""

INK, SOFT, RULE = HexColor("#1d2420"), HexColor("#66706a"), HexColor("#dfe4e1")
GOOD, BAD = HexColor("#3f8f5b"), HexColor("#c4473a")
SHADES = (HexColor("#2f6fa8"), HexColor("#7fa9cf"), HexColor("#c9dbea"))

# They come with reportlab. The fonts that every PDF reader has only hold Latin-1.
FONT, BOLD = "Vera", "VeraBd"
for _name in (FONT, BOLD):
    pdfmetrics.registerFont(TTFont(_name, f"{_name}.ttf"))

BODY = ParagraphStyle("body", fontName=FONT, fontSize=8, leading=11, textColor=INK, splitLongWords=True)
QUIET = ParagraphStyle("quiet", parent=BODY, textColor=SOFT)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=18, leading=24)
HEADING = ParagraphStyle("heading", parent=BODY, fontName=BOLD, fontSize=10, leading=14, spaceBefore=14, spaceAfter=6)


def document(history: History) -> bytes:
    """The PDF. To be called in the context of the Flask application, which knows the addresses of tasks."""
    made = datetime.now(UTC)
    heading = f"Jobs, {history.title}"
    jobs, hourly = history.jobs(), history.first == history.last
    parts: list[Flowable] = [
        Paragraph(heading, TITLE),
        Paragraph(f"Made on {made:%-d %B %Y at %H:%M} · all times are UTC · {link(url_for('home'))}", QUIET),
        Spacer(1, 8),
        summary(history, jobs),
    ]
    if jobs:
        parts += [
            Paragraph(
                f"Ended per {'hour' if hourly else 'day'}: well, and red on top what failed or was lost", HEADING
            ),
            plot_of_ends(history.bars(), hourly=hourly),
            Paragraph("Run times: half, 95 % and 99 % took no longer", HEADING),
            plot_of_times([job for job in jobs if job.times.p50 is not None][:PLOTTED]),
            Paragraph("Jobs", HEADING),
            table_of_jobs(jobs),
        ]
    if history.failures:
        parts += [Paragraph("Failed last", HEADING), table_of_failures(history.failures)]
    written = io.BytesIO()
    SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=MARGIN - FRAME,
        rightMargin=MARGIN - FRAME,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=heading,
        author="Phloem",
        lang="en",
    ).build(parts, onFirstPage=page_number, onLaterPages=page_number)
    return written.getvalue()


def summary(history: History, jobs: Sequence[Job]) -> Flowable:
    """The four most important figures."""
    tasks, failed = len(history.tasks), len(history.failures)
    share = f"{failed / tasks:.1%}" if tasks else "–"
    spoken = (
        (f"{tasks:,}", "ended"),
        (f"{failed:,}", f"failed or lost ({share})"),
        (f"{sum(job.retries for job in jobs):,}", "retries"),
        (f"{len(jobs):,}", "kinds of job"),
    )
    figure = ParagraphStyle("figure", parent=BODY, fontName=BOLD, fontSize=16, leading=20)
    cells = [[Paragraph(figures, figure), Paragraph(words, QUIET)] for figures, words in spoken]
    return Table([cells], colWidths=[WIDTH / 4] * 4, style=[("LEFTPADDING", (0, 0), (-1, -1), 0)])


def plot_of_ends(bars: Sequence[Bar], *, hourly: bool) -> Drawing:
    """A column for each hour or day: tasks that succeeded, and on top of them those that failed."""
    height, foot, left = 120.0, 14.0, 34.0
    drawing = Drawing(WIDTH, height)
    most = max((bar.succeeded + bar.failed for bar in bars), default=0) or 1
    room = height - foot - 10
    for share in (0, 0.5, 1):
        y = foot + share * room
        drawing.add(Line(left, y, WIDTH, y, strokeColor=RULE, strokeWidth=0.5))
        if most * share % 1 == 0:
            drawing.add(words(left - 4, y - 3, f"{most * share:,.0f}", "end"))
    step = (WIDTH - left) / len(bars)
    every = max(1, round(len(bars) / 8))
    for place, bar in enumerate(bars):
        x, y = left + place * step, foot
        for count, colour in ((bar.succeeded, GOOD), (bar.failed, BAD)):
            drawing.add(Rect(x + step * 0.1, y, step * 0.8, count / most * room, fillColor=colour, strokeColor=None))
            y += count / most * room
        if place % every == 0:
            start = datetime.fromtimestamp(bar.start, UTC)
            drawing.add(words(x, 3, f"{start:%H:%M}" if hourly else f"{start:%-d %b}"))
    return drawing


def plot_of_times(jobs: Sequence[Job]) -> Drawing:
    """A bar for each job, in three shades: up to the median, to 95 % and to 99 % of its runs."""
    line, left = 16.0, 150.0
    drawing = Drawing(WIDTH, max(1, len(jobs)) * line)
    longest = max((job.times.p99 or 0 for job in jobs), default=0) or 1
    room = WIDTH - left - 110
    for place, job in enumerate(jobs):
        y = (len(jobs) - 1 - place) * line + 3
        drawing.add(words(left - 6, y + 2, clipped(job.name.rpartition(".")[2] or job.name, 26), "end"))
        # The longest first: the shorter ones are drawn over it.
        for seconds, colour in zip((job.times.p99, job.times.p95, job.times.p50), reversed(SHADES), strict=True):
            width = max(0.5, (seconds or 0) / longest * room)
            drawing.add(Rect(left, y, width, line - 6, fillColor=colour, strokeColor=None))
        spoken = " / ".join(map(duration, (job.times.p50, job.times.p95, job.times.p99)))
        drawing.add(words(left + (job.times.p99 or 0) / longest * room + 6, y + 2, spoken))
    return drawing


def table_of_jobs(jobs: Sequence[Job]) -> Flowable:
    """A line for each kind of job."""
    columns = ("Job", "Ended", "Failed", "Lost", "Revoked", "Retries", "Waited\np50 / p95", "Ran\np50 / p95 / p99")
    rows = [
        [
            Paragraph(escape(clipped(job.name)), BODY),
            *(f"{count:,}" for count in (job.ended, job.failed, job.lost, job.revoked, job.retries)),
            spoken(job.waits, ("p50", "p95")),
            spoken(job.times, ("p50", "p95", "p99")),
        ]
        for job in jobs[:JOBS_SHOWN]
    ]
    widths = (None, 36, 36, 30, 42, 40, 76, 104)
    return ruled([list(columns), *rows], widths, figures_from=1)


def table_of_failures(failures: Sequence[Task]) -> Flowable:
    """The last tasks that failed: when, which and why, with a link to the page of each."""
    rows: list[list[object]] = [["When", "Job", "Why"]]
    for task in failures[:FAILURES_SHOWN]:
        ended = datetime.fromtimestamp(task.finished_at or 0, UTC)
        why = f"{task.error.type}: {task.error.message}" if task.error else str(task.state)
        rows.append(
            [
                f"{ended:%-d %b %H:%M:%S}",
                Paragraph(link(url_for("task", task_id=task.id), clipped(task.name or task.id, 60)), BODY),
                Paragraph(escape(clipped(why)), BODY),
            ]
        )
    return ruled(rows, (80, 150, None))


def ruled(rows: list[list[object]], widths: Sequence[float | None], figures_from: int | None = None) -> Flowable:
    """A table whose head is repeated on every page, with columns aligned to the right from `figures_from` on."""
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), FONT, 8, 10),
            ("TEXTCOLOR", (0, 0), (-1, -1), INK),
            ("TEXTCOLOR", (0, 0), (-1, 0), SOFT),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ]
    )
    if figures_from is not None:
        style.add("ALIGN", (figures_from, 0), (-1, -1), "RIGHT")
    left = WIDTH - sum(width or 0 for width in widths)
    return Table(rows, colWidths=[left if width is None else width for width in widths], repeatRows=1, style=style)


def link(address: str, shown: str | None = None) -> str:
    """A link in the markup of paragraphs."""
    return f'<a href={quoteattr(address)} color="#2f6fa8">{escape(shown or address)}</a>'


def words(x: float, y: float, text: str, anchor: str = "start") -> String:
    """A label of a plot."""
    return String(x, y, text, fontName=FONT, fontSize=7, fillColor=SOFT, textAnchor=anchor)


def spoken(spread: Spread, names: Sequence[str]) -> str:
    """Some percentiles as text."""
    return " / ".join(duration(getattr(spread, name)) for name in names)


def duration(seconds: float | None) -> str:
    """A duration as text, in a suitable unit."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:,.1f} min"


def clipped(text: str, length: int = TEXT_SHOWN) -> str:
    """The printable characters of a text, at most `length` of them."""
    plain = "".join(each if each.isprintable() else " " for each in text[: 2 * length])
    return plain if len(plain) <= length else plain[: length - 1] + "…"


def page_number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    """The number at the foot of a page."""
    canvas.setFont(FONT, 7)
    canvas.setFillColor(SOFT)
    canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, f"{document.page}")
