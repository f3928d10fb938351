"""What the witness saw of one task, and the state that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

READY = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
"""States that Celery stores for a task that is over."""

UNSENT = "UNSENT"
"""Of a task that a message named to follow another, and that was never sent."""

STARTED, RETRY, PENDING = "STARTED", "RETRY", "PENDING"


class Sighting(msgspec.Struct, frozen=True):
    """One line of the witness: `what` happened to the task `id`, and what is known of that kind of thing."""

    what: str
    id: str
    at: float = 0.0
    pid: int = 0
    name: str = ""
    test: str = ""
    state: str = ""
    value: str = ""
    error: str = ""
    backend: str = ""
    eager: bool = False
    by_test: bool = False
    retries: int = 0


class Story(msgspec.Struct, frozen=True):
    """All sightings of one task, in the order in which they were written."""

    sightings: tuple[Sighting, ...]

    @property
    def name(self) -> str:
        """The name of the task, where any sighting has it."""
        return next((seen.name for seen in self.sightings if seen.name), "")

    @property
    def test(self) -> str:
        """The test during which it was first sent or run; children of the worker do not know it."""
        return next((seen.test.partition(" ")[0] for seen in self.sightings if seen.test), "")

    @property
    def made_up(self) -> bool:
        """Whether there never was such a task: a test stored a state under an id of its own, or had it revoked."""
        kinds = [seen.what == "stored" and (seen.by_test or seen.state == "REVOKED") for seen in self.sightings]
        return bool(kinds) and all(kinds)

    @property
    def was_revoked(self) -> bool:
        """Whether it was revoked at any time."""
        return any(seen.what == "revoked" for seen in self.sightings)

    @property
    def was_purged(self) -> bool:
        """Whether its message was thrown away: it waits for ever, and Celery itself calls it PENDING or RETRY."""
        return any(seen.what == "purged" for seen in self.sightings)

    @property
    def state(self) -> str:
        """The state that the task must be in. REVOKED stands for a run that ended without an answer as well."""
        begun = [place for place, seen in enumerate(self.sightings) if seen.what == "began"]
        stored = self._stored_since(begun[-1] if begun else 0)
        if stored in READY:
            return stored
        if all(seen.what == "named" for seen in self.sightings):
            return UNSENT
        over = [seen for seen in self.sightings if seen.what in ("ended", "raised", "failed", "revoked")]
        if len(begun) > sum(seen.what != "revoked" for seen in over):
            return STARTED
        last = over[-1] if over else None
        waits = self._count("sent") > self._count("began", eager=False)
        if last is None or (waits and last.what == "ended" and last.state != RETRY):
            return PENDING
        return _outcome(last)

    @property
    def text(self) -> str:
        """The story in one line."""
        return " ".join(f"{seen.what} {seen.state}".strip() for seen in self.sightings)

    def _stored_since(self, place: int) -> str:
        """The last state that was stored from this place on; empty if there was none."""
        return next((seen.state for seen in reversed(self.sightings[place:]) if seen.what == "stored"), "")

    def _count(self, what: str, eager: bool | None = None) -> int:
        return sum(seen.what == what and eager in (None, seen.eager) for seen in self.sightings)


def read(file: Path) -> dict[str, Story]:
    """The stories in a file of the witness, by id."""
    decode = msgspec.json.Decoder(Sighting).decode
    return gather(decode(line) for line in file.read_bytes().splitlines())


def gather(sightings: Iterable[Sighting]) -> dict[str, Story]:
    """Sightings as stories, by id."""
    by_id: dict[str, list[Sighting]] = {}
    for seen in sightings:
        by_id.setdefault(seen.id, []).append(seen)
    return {task_id: Story(tuple(found)) for task_id, found in by_id.items()}


def story(*seen: str, by_test: bool = False) -> Story:
    """A story from short words for sightings, "sent", "began", "stored FAILURE"; for tests."""
    parts = (word.partition(" ") for word in seen)
    return Story(tuple(Sighting(what, "an-id", state=state, by_test=by_test) for what, _, state in parts))


def _outcome(end: Sighting) -> str:
    if end.what == "ended":
        return "REVOKED" if end.state in ("IGNORED", "REJECTED") else end.state
    return "REVOKED" if end.what == "revoked" else "FAILURE"
