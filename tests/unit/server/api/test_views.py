"""Shared views over HTTP: saved, seen by all, replaced and removed, whatever their names hold."""

from __future__ import annotations

from typing import Any

import pytest

from phloem.record.stores.views import VIEWS_LIMIT, SharedView
from phloem.sharing.token import Share
from phloem_server.access.principal import Principal, bearer_of
from tests.unit.server.api.served import Served

ANN = Principal.of_role("operator", "session", name="ann")


def save(served: Served, name: str, search: str = "state:failed", **more: bool) -> Any:
    return served.client.post("/api/v1/views", json={"name": name, "search": search, **more})


def names(served: Served) -> list[str]:
    served.views.read()
    return [view.name for view in served.views.picture().views]


def test_a_view_is_saved_with_who_saved_it_replaced_and_removed(served: Served) -> None:
    served.client.principal = ANN
    first = save(served, "Nightly", "name:report")
    assert first.status_code == 201
    assert (first.json["name"], first.json["search"], first.json["by"]) == ("Nightly", "name:report", "ann")
    taken = save(served, "Nightly", "name:import")
    assert (taken.status_code, taken.json["code"]) == (409, "view_taken")
    assert "a shared view 'Nightly' already" in taken.json["detail"]
    assert [view.search for view in served.views.picture().views] == ["name:report"]
    assert save(served, "Nightly", "name:import", replace=True).status_code == 201
    assert [view.search for view in served.views.picture().views] == ["name:import"]
    assert served.client.delete("/api/v1/views/Nightly").json == {"name": "Nightly"}
    assert names(served) == []
    gone = served.client.delete("/api/v1/views/Nightly")
    assert (gone.status_code, gone.get_json()["code"]) == (404, "view_unknown")


def test_a_token_that_bears_the_name_of_a_person_saves_views_as_a_token(served: Served) -> None:
    served.client.principal = bearer_of(Share(role="operator", name="ann", exp=1e12))
    assert save(served, "Nightly").json["by"] == "the token ann"


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "a/b c",
        "a  b",
        "...",
        "Z" + "\u0308" * 3,
        "שלום",
        "می\u200cخواهم",
        "😀" * 30,
        "👩\u200d💻",
    ],
)
def test_a_name_may_hold_whatever_can_be_shown(served: Served, name: str) -> None:
    assert save(served, name).status_code == 201
    [kept] = names(served)
    assert served.client.delete("/api/v1/views/" + "".join(f"%{byte:02X}" for byte in kept.encode())).status_code == 200
    assert names(served) == []


@pytest.mark.parametrize(
    ("name", "search", "said"),
    [
        ("", "a", "0 characters"),
        ("  ", "a", "0 characters"),
        ("x" * 100_000, "a", "100,000 characters"),
        ("a\nb", "a", "U+000A"),
        ("a\0b", "a", "U+0000"),
        ("\u200b", "a", "U+200B"),
        ("Night\u200bly", "a", "U+200B"),
        ("\u202eabc", "a", "U+202E"),
        ("\u3164", "a", "U+3164"),
        ("\u200d", "a", "no character that can be seen"),
        ("Z" + "\u0308" * 40, "a", "would be shown as"),
        (".", "a", "'.', which no address can hold"),
        ("..", "a", "'..', which no address can hold"),
        ("a", "a\0b", "U+0000"),
        ("a", "a\nb", "U+000A"),
        ("a", "", "0 characters"),
        ("a", "x" * 100_000, "100,000 characters"),
    ],
)
def test_what_is_no_view_is_refused_with_a_sentence(served: Served, name: str, search: str, said: str) -> None:
    refused = save(served, name, search)
    assert (refused.status_code, refused.json["code"]) == (422, "view_invalid")
    assert said in refused.json["detail"]
    assert len(refused.json["detail"]) < 200
    assert names(served) == []


def test_there_are_so_many_views_and_no_more_but_each_can_be_replaced(served: Served) -> None:
    for number in range(VIEWS_LIMIT):
        served.channel.views.save(SharedView(name=str(number), search="a", by=None, changed_at=0.0))
    full = save(served, "one more")
    assert (full.status_code, full.json["code"]) == (409, "views_full")
    assert save(served, "7", replace=True).status_code == 201
