"""Reads the cases: conversations with a server, that every client has to come out of alike.

A case is a list of steps. Each is one thing that happens (`connect`, `lose`, `answer`, `refuse`, `frame`, `resync`,
`status`, `picture`, or `wait` so many seconds), and what follows from it: `asks` is the message `watch` that the client
sends then (none where it is left out), `tells` are the messages `seen`, and `shows` is what it shows, as far as it is
listed. Messages are given without the members that cases/defaults.json has. frontend/test/conformance.test.ts reads the
same cases for the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"

DEFAULTS: dict[str, dict[str, Any]] = json.loads((CASES / "defaults.json").read_text())

MESSAGES = ("answer", "refuse", "frame", "resync", "status", "picture")
"""Steps in which the server sends a message."""


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file."""
    found: list[dict[str, Any]] = json.loads((CASES / f"{name}.json").read_text())
    return found


def message(kind: str, given: dict[str, Any], watch: str = "w") -> dict[str, Any]:
    """A message as it is sent: what is `given`, and the defaults of its kind, of its tasks and of its log."""
    whole = {**DEFAULTS[kind], **({"watch": watch} if kind == "picture" else {}), **given}
    for name, each in (("tasks", "task"), ("put", "task"), ("log", "entry")):
        if name in whole:
            whole[name] = [{**DEFAULTS[each], **row} for row in whole[name]]
    return whole


def sent(step: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The message of a step, and its kind; None where the server sends none."""
    return next(((kind, step[kind]) for kind in MESSAGES if kind in step), None)
