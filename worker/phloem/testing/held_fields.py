"""The fields of a task of the record in memory, and who told of each, by the rules of `functions/task/` (`task.lua`,
`trust.lua`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from phloem.model.event import DELIVERY, LATEST, LONG, Event
from phloem.model.known_by import KnownBy
from phloem.redaction import WITHHELD

_MISSING = object()


class HeldFields:
    """What is known of a task: `facts` as lists show them, `long` where a task's own page shows more."""

    def __init__(self, task_id: str) -> None:
        self.facts: dict[str, Any] = {"id": task_id}
        self.long: dict[str, Any] = {}
        self._worse: dict[str, int] = {}
        """How little those know who told of a field, of `run` (its name) or of `state`, where it was not `attach`."""
        self._met: set[int] = set()

    def told_by(self, what: str) -> int:
        """How little the one knows who told of a field, of `run` or of `state`; 0 for `attach`, and for nobody."""
        return self._worse.get(what, 0)

    def credit(self, what: str, event: Event) -> None:
        """Notes who told of it."""
        if event.trust:
            self._worse[what] = event.trust
        else:
            self._worse.pop(what, None)

    def meet(self, event: Event, *, is_known: bool) -> None:
        """Notes who told of the task, which `is_known` if anybody did before."""
        if not (event.trust or self._met):
            return
        if not self._met and is_known:
            self._met.add(0)
        self._met.add(event.trust)
        self.facts["known_by"] = tuple(each for each in KnownBy if each.rank in self._met)

    def may_set(self, event: Event, name: str, *, first: bool) -> bool:
        """Whether the event may set this field, of which the `first` report counts, or the last."""
        held, by = self.facts.get(name, _MISSING), self.told_by(name)
        if held is _MISSING or by > event.trust:
            return True
        return (held == WITHHELD and not event.trust) if first else by == event.trust

    def write(self, event: Event, names: Sequence[str], *, first: bool) -> None:
        """Sets those of the fields that the event tells, and may set."""
        for name in names:
            value, long = getattr(event, name), getattr(event, LONG[name]) if name in LONG else None
            said = value is not None or (name == "percent" and event.steps is not None)
            if said and self.may_set(event, name, first=first):
                if self.told_by(name) > event.trust:
                    self.long.pop(name, None)
                self.facts[name] = value
                self.credit(name, event)
            if long is not None and self.told_by(name) == event.trust:
                held = self.long.get(name)
                if not first or held is None or (held == WITHHELD and not event.trust):
                    self.long[name] = long

    def describe_anew(self, event: Event) -> None:
        """Sets what the last report says, among that what the task calls itself."""
        self.write(event, LATEST, first=False)
        if event.own_label is not None and self.may_set(event, "label", first=False):
            self.facts["label"] = event.own_label
            self.credit("label", event)

    def deliver(self, event: Event) -> None:
        """Sets what each message of the task brings anew."""
        told = [name for name in DELIVERY if getattr(event, name) not in (None, WITHHELD)]
        told = [name for name in told if self.may_set(event, name, first=False)]
        self.forget(told)
        self.write(event, told, first=False)

    def forget(self, names: Sequence[str]) -> None:
        """Removes these fields, and who told of them; `run` loses its teller alone."""
        for name in names:
            self.facts.pop(name, None)
            self.long.pop(name, None)
            self._worse.pop(name, None)
