from __future__ import annotations

import pytest

from phloem_server.live.protocol import Frame, Json


def test_frames_are_json_with_the_names_of_the_contract() -> None:
    frame = Frame(watch="w", epoch="e", from_=1, to=2, put=(), drop=("t1",), totals={"SUCCESS": 1})
    assert Json.loads(Json.dumps(["frame", frame], separators=(",", ":"))) == [
        "frame",
        {
            "watch": "w",
            "epoch": "e",
            "from": 1,
            "to": 2,
            "put": [],
            "drop": ["t1"],
            "totals": {"SUCCESS": 1},
            "next": None,
            "searching": False,
            "lag": 0.0,
            "tick": 0.0,
        },
    ]


def test_what_is_not_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="malformed"):
        Json.loads("{not json")
    with pytest.raises(ValueError, match="recursion|Stack overflow"):
        Json.loads("[" * 30_000)
