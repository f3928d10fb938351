"""What the server sends in the cases is what it can send, so that no client is held to something else."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from phloem_server.live.protocol import Answer, Frame, Picture, Refusal, Resync, Status
from tests.conformance.reading import cases, message, sent
from tools.contract.subject import BOARDS

KINDS = {
    "answer": Answer,
    "refuse": Refusal,
    "frame": Frame,
    "resync": Resync,
    "status": Status,
    "picture": Picture,
}
"""The record of the message of each kind of step."""

CASES = [case for name in ("frames", "resuming", "early", "boards") for case in cases(name)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_message_of_a_case_is_one_of_the_server(case: dict[str, Any]) -> None:
    for step in case["steps"]:
        if (given := sent(step)) is not None:
            content = message(*given, watch=f"board:{case.get('board')}")
            told = msgspec.convert(content, KINDS[given[0]])
            assert set(content) <= set(msgspec.to_builtins(told)), "the record has every member of it"


@pytest.mark.parametrize("case", cases("boards"), ids=lambda case: case["name"])
def test_every_board_of_a_case_is_one_of_the_server(case: dict[str, Any]) -> None:
    kind = BOARDS[case["board"]]
    shown = [step["shows"] for step in case["steps"] if step.get("shows")]
    for board in [*shown, *(step["picture"]["board"] for step in case["steps"] if "picture" in step)]:
        assert json.loads(msgspec.json.encode(msgspec.convert(board, kind))) == board


def test_every_board_has_a_case() -> None:
    assert {case["board"] for case in cases("boards")} == {*BOARDS}
