"""Reports: what is counted, how the figures come about, and what the two kinds of document hold."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest

from phloem.files import FileStore
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.jobs import build_report as module
from phloem.jobs import results
from phloem.jobs.app import flask
from phloem.jobs.build_report import build_report
from phloem.jobs.daily_report import daily_report
from phloem.jobs.errors import JobError, Passing
from phloem.jobs.report.csv_table import harmless, table
from phloem.jobs.report.history import Bar, History, Spread, beginning
from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.model.task import Error, Task
from phloem.record.record import ChannelError

DAY = date(2026, 3, 14)
NOON = beginning(DAY) + 12 * 3600


def task(task_id: str, name: str = "shop.pay", state: State = State.SUCCESS, **facts: Any) -> Task:
    """A task that ended at noon, having waited for a second and run for two."""
    known: dict[str, Any] = {
        "created_at": NOON - 3,
        "started_at": NOON - 2,
        "finished_at": NOON if state.ended else None,
    }
    return Task(id=task_id, state=state, offset=1, first_offset=1, name=name, **(known | facts))


class Record:
    """Stands for the channel: what it has to tell, page by page, and then to who asks for what came later."""

    pages: tuple[Changes, ...] = ()
    later: tuple[Changes, ...] = ()

    def __init__(self, *_: object) -> None:
        pass

    def changed(self, since: Position) -> Iterator[Changes]:
        if since == Position():
            yield from self.pages
        else:
            yield from self.later or (page(),)


def read(
    *pages: Changes,
    first: date = DAY,
    last: date = DAY,
    later: tuple[Changes, ...] = (),
    owner: str | None = None,
) -> History:
    record = Record()
    record.pages, record.later = pages, later
    return History.read(record, first, last, owner)  # type: ignore[arg-type]  # all that is asked of a channel here


def page(*tasks: Task, drop: tuple[str, ...] = (), reset: bool = False) -> Changes:
    return Changes(epoch="e", from_=0, to=1, tasks=tasks, drop=drop, reset=reset)


def test_what_ended_within_the_days_is_counted_and_nothing_else() -> None:
    midnight = beginning(DAY)
    history = read(
        page(
            task("first", finished_at=midnight),
            task("last", finished_at=midnight + 86399.9),
            task("before", finished_at=midnight - 0.1),
            task("after", finished_at=midnight + 86400),
            task("runs", state=State.STARTED),
        )
    )
    assert [each.id for each in history.tasks] == ["first", "last"]


def test_a_report_for_an_owner_counts_their_tasks_alone() -> None:
    pages = page(task("own", owner="acme"), task("others", owner="bolt"), task("nobodys"))
    assert [each.id for each in read(pages, owner="acme").tasks] == ["own"]
    assert len(read(pages).tasks) == 3


def test_the_record_is_followed_where_it_changes_while_it_is_read() -> None:
    history = read(
        page(task("a"), task("gone"), task("again")),
        page(task("b"), task("again", state=State.STARTED), drop=("gone",)),
    )
    assert [each.id for each in history.tasks] == ["a", "b"]
    assert [each.id for each in read(page(task("a")), page(task("b"), reset=True)).tasks] == ["b"]
    moved = read(page(task("a")), page(task("b")), later=(page(task("moved")),))
    assert [each.id for each in moved.tasks] == ["a", "b", "moved"]


def test_each_job_has_its_counts_waits_and_times() -> None:
    [pay, ship] = read(
        page(
            *(task(f"p{i}", started_at=NOON - i, created_at=NOON - i - 1) for i in range(5)),
            task("f", state=State.FAILURE, retries=3),
            task("l", state=State.LOST, started_at=None),
            task("r", "shop.ship", State.REVOKED, started_at=None, created_at=None),
        )
    ).jobs()
    assert (pay.name, pay.ended, pay.succeeded, pay.failed, pay.lost, pay.retries) == ("shop.pay", 7, 5, 1, 1, 3)
    assert pay.times == Spread(p50=2.0, p95=3.75, p99=3.95, longest=4.0)
    assert pay.waits == Spread(p50=1.0, p95=1.0, p99=1.0, longest=1.0)
    assert (ship.ended, ship.revoked, ship.times, ship.waits) == (1, 1, Spread(), Spread())


def test_a_task_waits_from_when_it_may_start() -> None:
    [job] = read(page(task("later", created_at=NOON - 1000, eta=NOON - 5, started_at=NOON - 2))).jobs()
    assert job.waits.p50 == 3


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], (None, None, None)),
        ([7], (7, 7, 7)),
        ([1, 2], (1.5, 1.95, 1.99)),
        (range(101), (50, 95, 99)),
        ([5, 1, 3], (3, 4.8, 4.96)),
    ],
)
def test_percentiles_lie_between_two_values_in_proportion(seconds: list[float], expected: tuple[float, ...]) -> None:
    spread = Spread.of(seconds)
    assert (spread.p50, spread.p95, spread.p99) == (expected if not seconds else pytest.approx(expected))


def test_a_day_is_plotted_by_the_hour_and_several_by_the_day() -> None:
    tasks = (task("a"), task("b", state=State.FAILURE), task("c", state=State.REVOKED))
    hours = read(page(*tasks)).bars()
    days = read(page(*tasks), first=DAY - timedelta(days=1), last=DAY + timedelta(days=1)).bars()

    assert len(hours) == 24
    assert hours[12] == Bar(start=NOON, succeeded=1, failed=1)
    assert sum(bar.succeeded + bar.failed for bar in hours) == 2
    assert [(bar.succeeded, bar.failed) for bar in days] == [(0, 0), (1, 1), (0, 0)]


def text_of(content: bytes) -> str:
    return "\n".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(content)).pages)


def document(history: History) -> bytes:
    with flask.app_context():
        return module.document(history)


def test_the_document_names_the_day_the_figures_and_what_failed() -> None:
    error = Error(type="Declined", message="no <b>money</b> & no credit")
    content = document(read(page(task("a"), task("é/1", state=State.FAILURE, error=error))))

    text = text_of(content)
    for said in (
        "Jobs, 14 March 2026",
        "50.0%",
        "shop.pay",
        "2.0 s / 2.0 s / 2.0 s",
        "Declined: no <b>money</b> & no credit",
    ):
        assert said in text
    links = [
        note.get_object()["/A"]["/URI"]
        for each in pypdf.PdfReader(io.BytesIO(content)).pages
        for note in each.get("/Annots", [])
    ]
    assert links == ["http://127.0.0.1:8000/", "http://127.0.0.1:8000/tasks/%C3%A9/1"]


def test_a_day_without_jobs_has_a_document_that_says_so() -> None:
    text = text_of(document(read(page())))
    assert "Jobs, 14 March 2026" in text
    assert "0\nended" in text


@pytest.mark.parametrize(
    "name", ["<img src='file:///etc/passwd'/>", "</para>", "задача", "x" * 1000, "a\0b\x1b[0m", "", "\ud800"]
)
def test_no_name_breaks_the_document(name: str) -> None:
    bad = task("x", name, State.FAILURE, error=Error(type=name, message=name * 50))
    assert text_of(document(read(page(bad, task("y")))))


def test_thousands_of_names_make_a_document_of_some_pages() -> None:
    history = read(page(*(task(str(i), f"job.{i}", State.FAILURE) for i in range(2000))))
    assert len(pypdf.PdfReader(io.BytesIO(document(history))).pages) < 12


def test_the_table_has_a_line_for_each_job() -> None:
    lines = list(csv.DictReader(io.StringIO(table(read(page(task("a"), task("b", "other")))).decode())))
    assert [line["job"] for line in lines] == ["other", "shop.pay"]
    assert (lines[1]["ended"], lines[1]["run_p50_seconds"], lines[1]["wait_p99_seconds"]) == ("1", "2.000", "1.000")


FORMULAS = (*("=1", "+1", "-1", "@A1", "\t=1", "\r=1", "  =1"), *("\u00a0=1", "\ufeff=1", '"=1', "\uff1d1", "\uff0b1"))
BEFORE = ("", "x;", "x|", "x\t", "x\n", "x\r\n", 'x";', "x; ", "x;'")


@pytest.mark.parametrize("separator", ["\n", ";", "|", "\t"])
def test_no_text_is_a_formula_in_a_spreadsheet_whichever_separator_that_takes(separator: str) -> None:
    for text in (before + formula for before in BEFORE for formula in FORMULAS):
        cells = [cell.strip(' \u00a0\ufeff"') for cell in re.split(f"[\r\n{separator}]", harmless(text))]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b"))], text
    assert harmless("x,=1") == "x,'=1"


@pytest.mark.parametrize("name", ["=1+1", "x;=1", "shop.pay"])
def test_the_table_holds_its_names_so(name: str) -> None:
    [line] = csv.DictReader(io.StringIO(table(read(page(task("a", name)))).decode(), newline=""))
    assert line["job"] == harmless(name)


@pytest.mark.parametrize("text", ["a-b", "a = b", "[1, -2, +3.5]", "shop.pay", "x@y.org", "10;20", '{"a": -1}'])
def test_a_text_without_a_formula_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Record]:
    class Told(Record):
        pass

    monkeypatch.setattr(results, "files", FileStore(tmp_path))
    monkeypatch.setattr(module, "RedisChannel", Told)
    return Told


def test_the_job_keeps_a_file_and_says_what_is_in_it(record: type[Record], tmp_path: Path) -> None:
    record.pages = (page(task("a"), task("b", state=State.FAILURE)),)
    for form, kind in (("PDF", "application/pdf"), ("CSV", "text/csv")):
        result = build_report("2026-03-14", format=form)
        [file] = result["files"]
        assert (file["filename"], file["content_type"]) == (f"jobs-2026-03-14.{form.lower()}", kind)
        assert (result["ended"], result["failed"]) == (2, 1)
        assert (tmp_path / "files" / file["id"]).stat().st_size == file["size"]
    [file] = build_report("2026-03-01", "2026-03-14")["files"]
    assert file["filename"] == "jobs-2026-03-01-to-2026-03-14.pdf"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("2026-02-30",), "There is no day 2026-02-30."),
        (("2026-03-14", "2026-13-01"), "There is no day 2026-13-01."),
        (
            ("2026-03-14", "2026-03-13"),
            "A report covers 1 to 366 days; from 2026-03-14 to 2026-03-13 there are 0.",
        ),
        (
            ("0001-01-01", "9999-12-31"),
            "A report covers 1 to 366 days; from 0001-01-01 to 9999-12-31 there are 3,652,059.",
        ),
    ],
)
def test_days_that_are_none_are_refused_in_one_sentence(
    record: type[Record], tmp_path: Path, args: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(JobError) as refusal:
        build_report(*args)
    assert str(refusal.value) == sentence
    assert not (tmp_path / "files").exists()


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "2024-02-29", "9999-12-31"])
def test_any_day_that_is_one_has_a_report(record: type[Record], day: str) -> None:
    assert build_report(day)["ended"] == 0


def test_the_form_takes_days_and_two_formats() -> None:
    signature = Signature.of(build_report)
    properties = signature.schema["properties"]
    assert properties["format"]["enum"] == ["CSV", "PDF"]
    assert properties["day"]["anyOf"][0]["format"] == "date"
    signature.check([], {"day": "2026-03-14", "until": None})
    for refused in ("", "14.3.2026", "2026-03-14T00:00", "2026-03-14\n", 5, "../../etc/passwd", "x" * 100_000):
        with pytest.raises(ArgumentsError, match=r"^day: expected "):
            signature.check([refused], {})


def test_a_record_that_cannot_be_read_is_worth_another_try(
    record: type[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise ChannelError("Redis at x does not answer")

    monkeypatch.setattr(record, "changed", away)
    with flask.app_context(), pytest.raises(Passing, match="cannot be read: Redis at x does not answer"):
        build_report._orig_run("2026-03-14")


def test_yesterdays_report_is_mailed_with_links(record: type[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []

    class Mail:
        id = "mail-1"

    def send_task(name: str, *, kwargs: dict[str, Any]) -> Mail:
        sent.append((name, kwargs))
        return Mail()

    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    at = beginning(yesterday) + 3600
    record.pages = (page(task("a", finished_at=at), task("b", finished_at=at + 100_000)),)
    monkeypatch.setattr(flask.extensions["celery"], "send_task", send_task)

    result = daily_report()

    [(name, letter)] = sent
    [file] = result["files"]
    assert name == "phloem.jobs.send_email"
    assert (letter["to"], letter["attachments"]) == (["operator@localhost"], [file["id"]])
    assert letter["subject"] == f"Jobs on {yesterday:%-d %B %Y}: 1 ran, 0 failed"
    assert f"http://127.0.0.1:8000/api/v1/files/{file['id']}\n" in letter["body"]
    assert result["mail"] == "http://127.0.0.1:8000/tasks/mail-1"
    assert msgspec.json.encode(letter)
