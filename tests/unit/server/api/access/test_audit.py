"""GET /audit: pages, filters, and all of it as lines."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from phloem.record.record import ChannelError
from phloem_server.access.audit.entry import Entry
from phloem_server.access.principal import Principal
from phloem_server.api.access import audit as module
from tests.unit.server.api.served import Served, refused

LINES = {"Accept": "application/x-ndjson"}


@pytest.fixture
def filled(served: Served) -> Served:
    """An audit of ten entries: ann and bob revoke in turn, one of them in vain."""
    entry = Entry(at=0.0, kind="session", means="page", action="revoke")
    for number in range(1, 11):
        actor = "ann" if number % 2 else "bob"
        outcome = "refused" if number == 4 else "done"
        said = {"at": float(number), "actor": actor, "target": f"task-{number}", "outcome": outcome}
        served.chain.append([msgspec.structs.replace(entry, **said)])
    return served


def numbers(served: Served, query: str = "") -> list[int]:
    return [entry["number"] for entry in page(served, query)["entries"]]


def page(served: Served, query: str = "") -> Any:
    answer = served.client.get(f"/api/v1/audit{query}")
    assert answer.status_code == 200
    return answer.get_json()


def test_the_newest_entries_come_first_page_by_page(filled: Served) -> None:
    first = page(filled, "?limit=4")
    assert [entry["number"] for entry in first["entries"]] == [10, 9, 8, 7]
    second = page(filled, f"?limit=4&before={first['next']}")
    assert [entry["number"] for entry in second["entries"]] == [6, 5, 4, 3]
    last = page(filled, f"?limit=4&before={second['next']}")
    assert ([entry["number"] for entry in last["entries"]], last["next"]) == ([2, 1], None)


def test_an_entry_says_all_that_is_known(filled: Served) -> None:
    entry = page(filled)["entries"][6]
    assert entry == {
        "at": 4.0,
        "actor": "bob",
        "kind": "session",
        "means": "page",
        "address": "",
        "action": "revoke",
        "target": "task-4",
        "outcome": "refused",
        "code": "",
        "detail": "",
        "count": 1,
        "id": entry["id"],
        "number": 4,
        "hash": entry["hash"],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?actor=ann", [9, 7, 5, 3, 1]),
        ("?actor=ann&since=5", [9, 7, 5]),
        ("?since=3&until=5", [5, 4, 3]),
        ("?target=task-7", [7]),
        ("?outcome=refused", [4]),
        ("?action=launch", []),
        ("?since=9999999999", []),
    ],
)
def test_entries_can_be_chosen(filled: Served, query: str, found: list[int]) -> None:
    assert numbers(filled, query) == found


def test_where_few_fit_a_page_ends_and_the_next_goes_on(filled: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 4)
    first = page(filled, "?target=task-3")
    assert first["entries"] == []
    assert numbers(filled, f"?target=task-3&before={first['next']}") == [3]


def test_all_of_it_comes_as_lines(filled: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_READ_AT_ONCE", 3)
    answer = filled.client.get("/api/v1/audit?actor=ann", headers=LINES)
    assert answer.content_type == "application/x-ndjson"
    assert [json.loads(line)["number"] for line in answer.text.splitlines()] == [9, 7, 5, 3, 1]
    assert len(filled.client.get("/api/v1/audit?limit=2", headers=LINES).text.splitlines()) == 2
    assert filled.client.get("/api/v1/audit?actor=nobody", headers=LINES).text == ""


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?before=7", "the id of an entry"),
        ("?limit=0", "1 to 200"),
        ("?limit=201", "1 to 200"),
        ("?since=yesterday", "Unix seconds"),
        ("?actor=a&actor=b", "came 2 times"),
        ("?who=ann", "this takes action, actor"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(filled: Served, query: str, said: str) -> None:
    refused(filled.client.get(f"/api/v1/audit{query}"), 400, said, code="query_invalid")


@pytest.mark.parametrize("headers", [{}, LINES])
def test_a_record_that_is_away_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    def fail(*_: object) -> None:
        raise ChannelError("Redis does not answer")

    monkeypatch.setattr(served.channel.audit, "newest", fail)
    refused(served.client.get("/api/v1/audit", headers=headers), 503, "Redis does not answer")


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_admins_read_it(served: Served, role: Any) -> None:
    served.client.principal = Principal.of_role(role, "session", name="ann")
    refused(served.client.get("/api/v1/audit"), 403, "read the audit", code="forbidden")
