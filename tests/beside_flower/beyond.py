"""What Phloem shows of the three apps that Flower does not, as far as an app that is not attached tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.beside_flower.apps import App
from tests.beside_flower.tellers import Phloem


class Seen(NamedTuple):
    """One thing, what is shown of it, and whether that is as it has to be."""

    name: str
    value: Any
    is_right: bool


def beyond(app: App, phloem: Phloem, sent: Mapping[str, str]) -> Iterator[Seen]:
    """What there is of this app."""
    tasks = {name: phloem.tasks[task_id] for name, task_id in sent.items()}
    runs = [tasks[name] for name in ("runs 1", "runs 2")]
    if app.backend == "redis":
        percents = [task.get("percent") for task in runs]
        yield Seen("progress by update_state", percents, None not in percents)
    states = Counter(task.get("state", "not known") for name, task in tasks.items() if name.startswith("waits"))
    yield Seen("tasks that wait at the worker", states["RECEIVED"], states["RECEIVED"] > 0)
    depth = sum(queue["depth"] or 0 for queue in phloem.queues["queues"])
    yield Seen("messages that wait in the broker", depth, depth > 0)
    if app.named_to_phloem is not None:  # producers tell what they send, and the schedule can be read
        yield Seen("tasks that wait in the broker", states["PENDING"], states["PENDING"] > 0)
        entries = [entry["name"] for entry in phloem.schedule]
        yield Seen("the schedule in the database", entries, "Importing contacts" in entries)
        # Which entry a task was sent for, an attached beat alone tells.
        due = [entry["next"] for entry in phloem.schedule if entry["name"] == "Importing contacts"]
        yield Seen("its next run", due, bool(due and due[0]))
    tries = [each["state"] for each in tasks["tried again"].get("tries") or ()]
    yield Seen("each try of a task", tries, tries == ["RETRY", "SUCCESS"])
