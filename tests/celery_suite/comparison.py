"""The record, the witness and the result backend, side by side; and how the tests ended without Phloem and with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Literal

import msgspec

from tests.celery_suite.story import READY, UNSENT, Story

Kind = Literal["unknown", "unfinished", "wrong", "went on", "never was", "witness"]
"""How they disagree. The record does not know a task; or says for ever that it waits or runs; or says that it ended in
another way; or said that it was revoked when it went on; or has one that never was. "witness": the witness contradicts
the result backend, so it is to be mended.
"""

ENDED, WAITING = READY | {"LOST"}, frozenset({"PENDING", "RETRY"})

UNSENT_ENDS = frozenset({None, "FAILURE", "REVOKED"})
"""What the record may say of a task that was never sent: Celery itself stores an end for some of them only."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """One task about which they do not say the same."""

    id: str
    kind: Kind
    witness: str | None
    backend: str | None
    record: str | None
    path: tuple[str, ...]
    """The states that it went through by the record."""
    story: Story

    @property
    def short(self) -> str:
        """What they say, without the task."""
        return f"{self.kind}: witness {self.witness}, backend {self.backend}, record {self.record}"

    def __str__(self) -> str:
        return f"{self.short}: {self.story.name} {self.id} ({self.story.test}): {self.story.text}"


def disagreements(
    stories: Mapping[str, Story],
    stored: Mapping[str, str],
    recorded: Mapping[str, Sequence[str]],
    waiting: Container[str] = frozenset(),
) -> list[Disagreement]:
    """All tasks about which record, witness and backend do not say the same. Ids that tests made up are no tasks.

    `recorded` has all states that a task went through. It may be left unfinished only if it is `waiting`, its message
    still in the broker, or if that was thrown away, of which no worker knows.
    """
    found = []
    for task_id in sorted({*stories, *stored, *recorded}):
        story = stories.get(task_id, Story(()))
        if story.made_up and task_id not in recorded:
            continue
        witness = story.state if story.sightings else None
        *passed, record = recorded.get(task_id, (None,))
        backend = stored.get(task_id)
        kind = _kind(witness, backend, record, waits=task_id in waiting or story.was_purged)
        if kind is None and record != "REVOKED" and "REVOKED" in passed and not story.was_revoked:
            kind = "went on"
        if kind is not None:
            found.append(
                Disagreement(
                    id=task_id,
                    kind=kind,
                    witness=witness,
                    backend=backend,
                    record=record,
                    path=tuple(passed),
                    story=story,
                )
            )
    return found


def _kind(witness: str | None, backend: str | None, record: str | None, *, waits: bool) -> Kind | None:
    if backend in READY and witness != backend:
        return "witness"
    if witness == UNSENT:
        return None if record in UNSENT_ENDS else "wrong"
    if record is None:
        return "unknown"
    if witness is None:
        return "never was"
    if record not in ENDED and not (waits and witness in WAITING):
        return "unfinished"
    return None if record == witness else "wrong"


def other_outcomes(without: Mapping[str, str], with_phloem: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The tests that did not end the same without Phloem and with it; "missing" for one that did not run."""
    tests = sorted({*without, *with_phloem})
    pairs = {test: (without.get(test, "missing"), with_phloem.get(test, "missing")) for test in tests}
    return {test: pair for test, pair in pairs.items() if pair[0] != pair[1]}


def summary(found: list[Disagreement]) -> str:
    """How many tasks disagree in which way, one example each."""
    lines = []
    for short, count in Counter(each.short for each in found).most_common():
        example = next(each for each in found if each.short == short)
        lines.append(f"{count:5d} {short}\n      e.g. {example.story.name} {example.id}: {example.story.text}")
        lines.append(f"      the record: {' '.join(example.path)}")
    return "\n".join(lines)
