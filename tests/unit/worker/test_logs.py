"""The library's loggers where an application configures logging."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Iterator

import pytest

from phloem import isolation
from phloem.logs import Once, logger_of


@pytest.fixture
def disabled() -> Iterator[None]:
    before = {
        name: each.disabled
        for name, each in logging.root.manager.loggerDict.items()
        if isinstance(each, logging.Logger)
    }
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})
    yield
    for name, was in before.items():
        logging.getLogger(name).disabled = was


@pytest.mark.usefixtures("disabled")
def test_what_goes_wrong_is_said_where_the_application_disables_all_loggers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @isolation.observing
    def fails() -> None:
        raise ValueError("no")

    fails()
    assert [record.getMessage() for record in caplog.records] == ["Phloem could not observe fails"]


def test_the_level_of_the_logger_decides_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    logger = logger_of("phloem.quiet")
    logger.setLevel(logging.CRITICAL)
    logger.error("not said")
    assert caplog.records == []
    logger.setLevel(logging.NOTSET)


def test_a_logger_of_the_applications_class_stays_one(caplog: pytest.LogCaptureFixture) -> None:
    class Theirs(logging.Logger):
        def theirs(self) -> str:
            return self.name

    logger: logging.Logger = logging.getLogger("phloem.of_their_class")
    logger.__class__ = Theirs
    assert logger_of("phloem.of_their_class") is logger
    assert isinstance(logger, Theirs)
    assert logger.theirs() == "phloem.of_their_class"
    logger.disabled = True
    logger.warning("said")
    assert [record.getMessage() for record in caplog.records] == ["said"]


def raised(line: int) -> Exception:
    try:
        if line == 1:
            raise ValueError("1")
        raise ValueError("2")
    except ValueError as error:
        return error


def test_what_is_raised_is_logged_once_for_each_line_that_raises_it() -> None:
    once = Once()
    assert [once.is_new_error(raised(line)) for line in (1, 2, 1, 2)] == [True, True, False, False]
