"""The countdown, on a clock that the test owns."""

from __future__ import annotations

import pytest

import phloem
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.jobs import countdown as module
from phloem.jobs.countdown import countdown


class Clock:
    """A clock on which sleeping takes longer than asked, and looking takes time as well."""

    def __init__(self, late: float) -> None:
        self.now = 1000.0
        self.late = late

    def monotonic(self) -> float:
        self.now += self.late
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds + self.late


class Step:
    """Stands for the step that the job opens, and keeps what it was told."""

    def __init__(self, description: str, *, total: float, unit: str) -> None:
        self.total = total
        self.reports: list[float] = []

    def __enter__(self) -> Step:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def set(self, current: float) -> None:
        self.reports.append(current)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """The steps that the job opens; its clock is a fake one, 1 ms late at every call."""
    opened: list[Step] = []

    def step(description: str, *, total: float, unit: str) -> Step:
        opened.append(Step(description, total=total, unit=unit))
        return opened[-1]

    monkeypatch.setattr(module, "time", Clock(late=0.001))
    monkeypatch.setattr(phloem, "step", step)
    return opened


def test_a_countdown_reports_ten_times_a_second_and_ends_full(steps: list[Step]) -> None:
    countdown(5)

    [step] = steps
    assert 49 <= len(step.reports) <= 52
    assert step.reports == sorted(set(step.reports))
    assert step.reports[-1] == step.total == 5
    assert len({int(report / step.total * 100) for report in step.reports}) >= 10


def test_a_countdown_ends_on_time_however_late_the_clock_wakes_it(
    steps: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(late=0.03)
    monkeypatch.setattr(module, "time", clock)

    countdown(60)

    assert 1060 <= clock.now <= 1060.1


def test_the_last_line_says_what_has_passed(steps: list[Step], monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[object] = []
    monkeypatch.setattr(phloem, "log", lines.append)

    assert countdown(2.5) == "2.5 s have passed"
    assert lines == ["2.5 s have passed"]


def test_a_countdown_of_nothing_ends_at_once(steps: list[Step]) -> None:
    countdown(0)

    assert steps[0].reports == [0]


def test_the_duration_is_a_number_of_seconds_up_to_an_hour() -> None:
    signature = Signature.of(countdown)

    assert signature.doc == "Counts down, to see a bar move."
    assert signature.schema["properties"]["duration"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 3600,
        "default": 10,
        "description": "seconds that it takes, at most an hour",
    }
    signature.check([0.5], {})
    for refused in (-1, 3601, "5", True, None, float("nan")):
        with pytest.raises(ArgumentsError, match=r"^duration: expected "):
            signature.check([], {"duration": refused})


def test_no_limit_ends_the_longest_countdown() -> None:
    assert countdown.soft_time_limit > module.LONGEST
    assert countdown.time_limit > countdown.soft_time_limit
