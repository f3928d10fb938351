from __future__ import annotations

import io
import logging
import sys
import threading
import time
from collections.abc import Iterator

import loguru
import pytest
from celery.utils.log import LoggingProxy, get_task_logger

import phloem
from phloem.instrument import output
from phloem.model.task import Line
from phloem.progress import current
from phloem.progress.log_lines import LINE_LIMIT_BYTES
from phloem.progress.run import Run
from phloem.progress.terminal import SETTLE_SECONDS
from tests.unit.conftest import Nobody

log = logging.getLogger("tests.somewhere")


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run that is listened to. A test that prints calls `output.capture` anew: pytest puts in its own streams."""
    monkeypatch.setattr(log, "level", logging.DEBUG)
    output.capture()
    yield run
    current.leave()  # as long as one is under way, release() does nothing
    output.release()


def lines(run: Run) -> list[tuple[str, str]]:
    return [(line.level, line.message) for line in run.lines.take(1.0)]


def test_what_a_task_logs_is_a_line_of_its_log_and_not_its_message(run: Run) -> None:
    phloem.log("half way")
    log.debug("looked at %s", "it")
    log.info("found %d", 3)
    log.warning("%(what)s", {"what": "careful"})
    log.error("wrong")
    log.critical("very")
    log.log(35, "in between")
    assert lines(run)[1:] == [
        ("debug", "looked at it"),
        ("info", "found 3"),
        ("warning", "careful"),
        ("error", "wrong"),
        ("critical", "very"),
        ("warning", "in between"),
    ]
    assert run.message == "half way"


@pytest.mark.parametrize(
    ("logger", "above"), [(get_task_logger("tests.task"), "celery.task"), (log, log.name), (log, "tests")]
)
def test_a_logger_is_heard_once_whether_it_hands_on_or_not(
    run: Run, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger, above: str
) -> None:
    for propagate in (True, False):
        monkeypatch.setattr(logging.getLogger(above), "propagate", propagate)
        logger.warning("hello")
        assert lines(run) == [("warning", "hello")]


def test_what_celery_and_phloem_log_about_the_task_is_not_what_the_task_says(run: Run) -> None:
    for name in ("celery.app.trace", "celery.redirected", "kombu.connection", "phloem", "phloem.reporting.recorder"):
        logging.getLogger(name).warning("about the task")
    assert lines(run) == []
    logging.getLogger("phloem.jobs.countdown").warning("of the task")
    logging.getLogger("celeryish").warning("of the task")
    assert len(lines(run)) == 2


def test_an_exception_is_logged_with_the_end_of_its_traceback(run: Run) -> None:
    try:
        raise KeyError("missing")
    except KeyError:
        log.exception("could not %s", "x" * 10_000)
    (level, message), *none = lines(run)
    assert (level, none) == ("error", [])
    assert message.startswith("could not xxx")
    assert message.endswith("KeyError: 'missing'")
    assert len(message.encode()) <= LINE_LIMIT_BYTES


def test_the_traceback_in_a_log_shows_no_secret(run: Run) -> None:
    try:
        raise ConnectionError("no answer from redis://ada:" + "geheim@localhost")
    except ConnectionError:
        log.exception("could not connect")
    ((_, message),) = lines(run)
    assert message.endswith("ConnectionError: no answer from redis://ada:[redacted]@localhost")


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_record_that_cannot_be_written_is_shown_as_that(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    alone(monkeypatch)
    log.info("%d files", "many")
    log.info("%s", Broken())
    log.info(Broken())
    log.info("%s %s", "one")
    assert [message for _, message in lines(run)] == [
        "%d files ← many (does not fit)",
        "%s ← <Broken that cannot be shown> (does not fit)",
        "<Broken that cannot be shown> ←  (does not fit)",
        "%s %s ← one (does not fit)",
    ]


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No handlers: pytest's own raise where they cannot format."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging, "lastResort", None)


def test_logging_while_a_record_is_looked_at_does_not_go_round_and_round(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Chatty:
        def __str__(self) -> str:
            log.info("somebody looks at %s", self)
            return "chatty"

    alone(monkeypatch)
    log.info("%s", Chatty())
    assert lines(run) == [("info", "chatty")]


def test_a_soft_time_limit_that_strikes_while_a_record_is_looked_at_reaches_the_task(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery.exceptions import SoftTimeLimitExceeded

    class Slow:
        def __str__(self) -> str:
            raise SoftTimeLimitExceeded

    alone(monkeypatch)
    with pytest.raises(SoftTimeLimitExceeded):
        log.info("%s", Slow())
    with pytest.raises(SoftTimeLimitExceeded):
        phloem.log(Slow())


def test_what_is_printed_is_heard_once_line_by_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    output.capture()
    print("a", 1, None)
    print("two\nlines", end="")
    print(" and more")
    print("to stderr", file=sys.stderr)
    print("  ")
    sys.stdout.writelines(["x\n", "y\n"])
    assert lines(run) == [
        ("info", "a 1 None"),
        ("info", "two"),
        ("info", "lines and more"),
        ("warning", "to stderr"),
        ("info", "x"),
        ("info", "y"),
    ]
    assert capsys.readouterr() == ("a 1 None\ntwo\nlines and more\n  \nx\ny\n", "to stderr\n")


def test_a_line_that_is_drawn_again_and_again_is_one_line(run: Run) -> None:
    output.capture()
    for percent in (0, 50, 100):
        print(f"\r{percent} %", end="", file=sys.stderr)
    assert lines(run) == []
    print(file=sys.stderr)
    final = run.lines.take(time.time() + 2 * SETTLE_SECONDS)
    assert [(line.level, line.message) for line in final] == [("warning", "100 %")]


def test_an_unfinished_line_is_told_at_the_end(run: Run) -> None:
    output.capture()
    print("almost", end="")
    run.end()
    assert [line.message for line in run.lines.take(1.0, last=True)] == ["almost"]


def test_prints_that_celery_redirects_to_its_log_are_heard_once_and_still_logged(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stdout", LoggingProxy(logging.getLogger("celery.redirected"), logging.WARNING))
    output.capture()
    print("a", "b")
    assert lines(run) == [("info", "a b")]
    assert [record.message for record in caplog.records] == ["a", " ", "b"]  # Celery's way


def test_threads_that_print_at_the_same_time_do_not_mix_their_lines(run: Run) -> None:
    output.capture()
    print("one ", end="")
    thread = threading.Thread(target=print, args=("two",))
    thread.start()
    thread.join(5)
    print("three")
    assert sorted(lines(run)) == [("info", "one three"), ("info", "two")]


def test_a_stream_that_is_listened_to_is_otherwise_itself(run: Run) -> None:
    stream = io.StringIO()
    tee = output.Tee(stream, "info")
    assert tee.write("abc\n") == 4
    assert (tee.getvalue(), tee.closed, tee.isatty()) == ("abc\n", False, False)
    with pytest.raises(TypeError):
        tee.write(b"bytes")  # type: ignore[arg-type]
    assert lines(run) == [("info", "abc")]


def test_a_long_print_is_cut_and_a_flood_is_told_as_one(run: Run) -> None:
    output.capture()
    print("x" * 10_000_000)
    (line,) = run.lines.take(1.0)
    assert len(line.message.encode()) == LINE_LIMIT_BYTES
    print("y\n" * 100_000)
    *told, note = run.lines.take(2.0)
    assert len(told) <= 500
    assert note.message.endswith("more lines were left out")
    for _ in range(10_000):
        print("z" * 100, end="")
    held = [row.text for terminal in run.lines._terminals.values() for row in terminal._rows]
    assert sum(map(len, held)) <= LINE_LIMIT_BYTES + 1


def test_nothing_stays_behind_after_the_last_task() -> None:
    current.forget()
    streams, handlers = (sys.stdout, sys.stderr), list(logging.getLogger().handlers)
    for _ in range(2):
        current.enter(Run("t1", "r1", Nobody()))
        output.capture()
        output.capture()
        assert logging.getLogger().handlers == handlers
        current.leave()
        output.release()
        assert (sys.stdout, sys.stderr) == streams
        assert logging.getLogger().handlers == handlers


def test_loggers_are_listened_to_once_however_many_tasks_there_are(run: Run) -> None:
    listening = logging.Logger.callHandlers
    output.capture()
    assert logging.Logger.callHandlers is listening


def test_a_task_sets_up_its_logging_as_without_phloem(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    root, stream = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    assert not root.hasHandlers()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=stream)
    log.info("inside")
    current.leave()
    output.release()
    log.info("after")
    assert stream.getvalue() == "tests.somewhere: inside\ntests.somewhere: after\n"
    assert lines(run) == [("info", "inside")]


def test_a_handler_that_writes_to_a_stream_of_the_task_is_not_heard_as_a_print(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output.capture()
    monkeypatch.setattr(log, "handlers", [logging.StreamHandler()])
    log.warning("careful")
    assert capsys.readouterr().err == "careful\n"
    assert lines(run) == [("warning", "careful")]


def test_as_long_as_another_task_runs_it_is_listened_to(run: Run) -> None:
    def beside() -> None:
        current.enter(Run("t2", "r2", Nobody()))
        output.capture()
        current.leave()
        output.release()

    thread = threading.Thread(target=beside)
    thread.start()
    thread.join(5)
    log.info("still here")
    assert lines(run) == [("info", "still here")]


def test_without_any_logging_set_up_warnings_still_go_to_stderr(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    output.capture()
    log.warning("careful")
    log.info("by the way")
    assert capsys.readouterr().err == "careful\n"
    assert lines(run) == [("warning", "careful"), ("info", "by the way")]


def test_what_is_logged_outside_a_task_is_not_even_looked_at(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked_at: list[logging.LogRecord] = []
    monkeypatch.setattr(output, "_tell_logged", looked_at.append)
    log.warning("the task's")
    current.leave()
    log.warning("nobody's")
    assert caplog.messages == ["the task's", "nobody's"]
    assert [record.getMessage() for record in looked_at] == ["the task's"]


def test_a_line_costs_little_and_is_kept_in_bounds(run: Run) -> None:
    for _ in range(2000):
        run.say(Line(at=1.0, level="info", message="x" * 4000))
    assert len(run.lines.take(1.0)) == 501  # the last one says how many were left out


def test_code_that_holds_an_older_stream_is_heard_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    older = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", older)
    loguru.logger.remove()
    sink = loguru.logger.add(older, format="{message}")
    monkeypatch.setattr(sys, "stderr", LoggingProxy(logging.getLogger("celery.redirected"), logging.WARNING))
    output.capture()
    try:
        loguru.logger.warning("2 rows were skipped")
        print("printed", file=sys.stderr)
    finally:
        loguru.logger.remove(sink)
    assert lines(run) == [("warning", "2 rows were skipped"), ("warning", "printed")]
    assert older.getvalue() == "2 rows were skipped\n"


def test_an_older_stream_is_itself_again_after_the_last_task(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    older = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", older)
    output.capture()
    assert "write" in vars(older)
    run.end()
    current.forget()
    output.release()
    assert "write" not in vars(older)
