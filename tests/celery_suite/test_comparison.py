"""What the comparison notices, with stories that are made up."""

from __future__ import annotations

import pytest

from tests.celery_suite.comparison import disagreements, other_outcomes
from tests.celery_suite.story import Story, story

RAN = ("sent", "received", "began", "stored SUCCESS", "ended SUCCESS")


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (("sent",), "PENDING"),
        (("sent", "received", "began"), "STARTED"),
        (RAN, "SUCCESS"),
        (("received", "began", "sent", "ended SUCCESS"), "SUCCESS"),
        (("sent", "began", "ended SUCCESS"), "SUCCESS"),
        (("sent", "began", "stored FAILURE", "ended FAILURE"), "FAILURE"),
        (("stored FAILURE",), "FAILURE"),
        (("sent", "began", "sent", "stored RETRY", "ended RETRY"), "RETRY"),
        (("sent", "began", "sent", "ended RETRY", *RAN[2:]), "SUCCESS"),
        (("sent", "began", "ended IGNORED"), "REVOKED"),
        (("sent", "began", "stored FAILURE", "ended IGNORED"), "FAILURE"),
        (("sent", "began", "sent", "ended IGNORED"), "PENDING"),
        (("sent", "began", "ended IGNORED", *RAN), "SUCCESS"),
        (("sent", "began", "ended IGNORED", "stored FAILURE"), "FAILURE"),
        (("sent", "began", "ended REJECTED", "received", "began", "ended SUCCESS"), "SUCCESS"),
        (("sent", "received", "revoked", "stored REVOKED"), "REVOKED"),
        (("sent", "received", "revoked"), "REVOKED"),
        (("sent", "began", "revoked", "stored REVOKED"), "REVOKED"),
        (("sent", "began", "failed", "stored FAILURE"), "FAILURE"),
        (("began", "raised"), "FAILURE"),
        ((*RAN, *RAN[:3]), "STARTED"),
        (("named", "named"), "UNSENT"),
        (("named", "stored FAILURE"), "FAILURE"),
        (("named", *RAN), "SUCCESS"),
    ],
)
def test_a_story_says_the_state_that_follows_from_it(seen: tuple[str, ...], state: str) -> None:
    assert story(*seen).state == state


@pytest.mark.parametrize(
    ("seen", "backend", "record", "kind"),
    [
        (RAN, "SUCCESS", "SUCCESS", None),
        (RAN, None, "SUCCESS", None),
        (RAN, "SUCCESS", "STARTED", "unfinished"),
        (RAN, "SUCCESS", "REVOKED", "wrong"),
        (RAN, "SUCCESS", None, "unknown"),
        (RAN, "FAILURE", "FAILURE", "witness"),
        (("sent", "began"), "STARTED", "STARTED", "unfinished"),
        (("stored FAILURE",), "FAILURE", None, "unknown"),
        ((), None, "SUCCESS", "never was"),
        (("named",), None, None, None),
        (("named",), None, "FAILURE", None),
        (("named",), None, "PENDING", "wrong"),
    ],
)
def test_a_task_about_which_they_disagree_is_found(
    seen: tuple[str, ...], backend: str | None, record: str | None, kind: str | None
) -> None:
    stored = {"an-id": backend} if backend else {}
    recorded = {"an-id": [record]} if record else {}
    found = disagreements({"an-id": story(*seen)} if seen else {}, stored, recorded)
    assert [each.kind for each in found] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("seen", "record", "right"),
    [
        (("sent",), "PENDING", True),
        (("sent", "began", "sent", "ended RETRY"), "RETRY", True),
        (("sent", "began", "sent", "ended RETRY"), "PENDING", False),
        (("sent", "began"), "STARTED", False),
    ],
)
def test_only_a_task_whose_message_is_in_the_broker_or_was_thrown_away_may_be_left_unfinished(
    seen: tuple[str, ...], record: str, right: bool
) -> None:
    stories = {"an-id": story(*seen)}
    assert disagreements(stories, {}, {"an-id": [record]}) != []
    assert (disagreements(stories, {}, {"an-id": [record]}, {"an-id"}) == []) is right
    purged = {"an-id": story(*seen, "purged")}
    assert (disagreements(purged, {}, {"an-id": [record]}) == []) is right


def test_a_task_that_was_called_revoked_and_went_on_is_found() -> None:
    path = ("STARTED", "REVOKED", "PENDING", "SUCCESS")
    ran = story("sent", "began", "ended IGNORED", *RAN)
    assert [each.kind for each in disagreements({"an-id": ran}, {}, {"an-id": path})] == ["went on"]
    assert disagreements({"an-id": story("sent", "revoked", *RAN)}, {}, {"an-id": path}) == []


def test_an_id_that_a_test_stored_a_state_under_is_no_task() -> None:
    made_up = story("stored SUCCESS", by_test=True)
    assert disagreements({"an-id": made_up}, {"an-id": "SUCCESS"}, {}) == []
    assert disagreements({"an-id": story("stored REVOKED")}, {"an-id": "REVOKED"}, {}) == []
    assert disagreements({"an-id": Story((*story("sent").sightings, *made_up.sightings))}, {}, {}) != []


def test_a_test_that_ends_otherwise_or_not_at_all_is_found() -> None:
    without = {"a": "passed", "b": "passed", "c": "failed"}
    assert other_outcomes(without, without) == {}
    assert other_outcomes(without, {"a": "passed", "b": "failed"}) == {
        "b": ("passed", "failed"),
        "c": ("failed", "missing"),
    }
