"""`phloem watch` comes out of every conversation as the page does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from phloem_server.commands.watch.client import Client
from tests.conformance.reading import cases, message, sent

CONVERSATIONS = [case for name in ("frames", "resuming", "early") for case in cases(name)]


class Server:
    """A wire whose other end is the case, and the client's clock."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.time = 1024.0
        self.asked: list[Mapping[str, Any]] = []
        self.told: list[Mapping[str, Any]] = []
        self._answers: list[Callable[[Any], None]] = []
        self.client = Client(request, self, clock=lambda: self.time, wall=lambda: self.time)

    def send(self, message: str, content: Mapping[str, Any], then: Callable[[Any], None] | None = None) -> None:
        if message == "watch" and then is not None:
            self.asked.append(content)
            self._answers.append(then)
        elif then is None:
            self.told.append(content)
        else:
            then({"ok": True, "now": self.time})

    def renew(self) -> None:
        raise AssertionError("the client gave up the connection")

    def happen(self, step: dict[str, Any]) -> None:
        """What the step says. Lists of what the client sent begin anew."""
        self.asked, self.told = [], []
        if "connect" in step:
            self.client.up()
        elif "lose" in step:
            self.client.down("The connection is lost.")
        elif "wait" in step:
            self._wait(step["wait"])
        elif (given := sent(step)) is not None:
            for _ in range(step.get("times", 1)):
                self._deliver(given[0], message(*given), step.get("to", -1))

    def _wait(self, seconds: float) -> None:
        """Lets time pass in small parts, as the session looks at its clock now and then."""
        start, parts = self.time, round(seconds / 0.05)
        for part in range(1, parts + 1):
            self.time = start + seconds * part / parts
            self.client.tick()

    def _deliver(self, kind: str, content: dict[str, Any], to: int) -> None:
        match kind:
            case "answer" | "refuse":
                self._answers[to](content)
            case "frame":
                self.client.frame(content)
            case "resync":
                self.client.resync(content)
            case "status":
                self.client.status(content)

    def shown(self) -> dict[str, Any]:
        """What the client shows, in the words of the cases."""
        store, here = self.client.store, self.client.store.position
        return {
            "tasks": [[task.id, task.state, task.offset] for task in store.tasks],
            "totals": store.totals,
            "position": here and {"epoch": here.epoch, "offset": here.offset},
            "searching": store.searching,
            "log": [entry.id for entry in store.log],
            "refusal": self.client.refusal,
            "link": self.client.link.kind,
            "changes": self.client.link.changes,
        }


@pytest.mark.parametrize("case", CONVERSATIONS, ids=lambda case: case["name"])
def test_phloem_watch_comes_out_of_it_as_the_case_says(case: dict[str, Any]) -> None:
    server = Server(case.get("watch", {"view": {}}))
    for number, step in enumerate(case["steps"]):
        server.happen(step)
        place = f"step {number}: {step}"
        assert server.asked == ([step["asks"]] if "asks" in step else []), place
        if "tells" in step:
            assert server.told == step["tells"], place
        if "shows" in step:
            shown = server.shown()
            assert {name: shown[name] for name in step["shows"]} == step["shows"], place
