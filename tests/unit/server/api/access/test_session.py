"""What a page has to know first."""

from __future__ import annotations

from tests.unit.server.api.served import LIMIT, Served


def test_the_session_tells_the_page_what_it_has_to_know(served: Served) -> None:
    body = served.client.get("/api/v1/session").get_json()
    assert body["password"] is False
    assert body["files"] == {"max_upload": LIMIT}
    assert body["version"]
