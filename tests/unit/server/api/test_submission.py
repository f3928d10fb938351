"""When a task that is sent is to run, as POST /tasks takes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from phloem_server.api.submission import YEAR, Submission
from phloem_server.web.problem import Problem

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def options(**times: Any) -> dict[str, Any]:
    return Submission.parse(json.dumps({"name": "job", **times}).encode()).options(NOW)


@pytest.mark.parametrize("given", ["2030-01-31T12:00:00Z", "2030-01-31T13:00:00+01:00", 1896091200])
def test_a_moment_is_unix_seconds_or_text_with_a_zone(given: object) -> None:
    moment = datetime(2030, 1, 31, 12, tzinfo=UTC)
    assert options(eta=given, expires=given) == {"eta": moment, "expires": moment}


def test_an_expiry_of_up_to_a_year_counts_from_now() -> None:
    assert options(expires=YEAR) == {"expires": YEAR}


@pytest.mark.parametrize("field", ["eta", "expires"])
@pytest.mark.parametrize(
    "given", ["tomorrow", "2030-01-31T12:00:00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", [], 1e300]
)
def test_what_is_no_moment_is_refused_with_both_ways_to_write_one(field: str, given: object) -> None:
    with pytest.raises(Problem, match=f"{field}.* takes Unix seconds, or RFC 3339 with a zone such as") as refusal:
        options(**{field: given})
    assert refusal.value.status == 422


@pytest.mark.parametrize("queue", ["", "mail\n", "\x00", "x" * 129])
def test_a_queue_that_nobody_could_serve_is_refused(queue: str) -> None:
    with pytest.raises(Problem, match="does not fit"):
        options(queue=queue)
