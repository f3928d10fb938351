"""Both values of each fact, and whether Phloem shows what Flower does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from tests.beside_flower.fact import Fact
from tests.beside_flower.metric_facts import METRICS
from tests.beside_flower.other_facts import OTHER, QUEUE
from tests.beside_flower.task_facts import TASK
from tests.beside_flower.tellers import Flower, Phloem
from tests.beside_flower.worker_facts import PAGE, ROW

AREAS: Mapping[str, Sequence[Fact]] = {
    "A task": TASK,
    "The table of workers": ROW,
    "The page of a worker": PAGE,
    "A queue": QUEUE,
    "Other": OTHER,
    "Metrics": METRICS,
}
"""All facts, by what they are about."""

_WIDTH = 44
"""Characters of a value in the table."""


class Verdict(StrEnum):
    """What came of comparing one fact of one app."""

    SAME = "same"
    OTHERWISE = "otherwise"
    NOT_SHOWN = "–"
    """Flower does not show it of this app."""
    DIFFERS = "DIFFERS"
    MISSING = "MISSING"

    @property
    def is_bad(self) -> bool:
        """Whether Flower shows something that Phloem does not."""
        return self in (Verdict.DIFFERS, Verdict.MISSING)


class Row(NamedTuple):
    """One fact of one app: an example of both values, the first that is not the same where there is one."""

    fact: Fact
    value: Any
    ours: Any
    verdict: Verdict
    about: str = ""
    """The task or the queue of the example."""


Pairs = Sequence[tuple[str, Any, Any]]
"""What each fact of an area is looked for in: about what, Flower's answer, Phloem's."""


def compare(flower: Flower, phloem: Phloem, sent: dict[str, str]) -> dict[str, list[Row]]:
    """All facts by area. `sent` has the ids of tasks by what becomes of them."""
    tasks = [(name, flower.tasks[each], phloem.tasks[each]) for name, each in sent.items() if each in flower.tasks]
    queues = [(each["name"], each, phloem.queues["by_name"].get(each["name"], {})) for each in flower.queues]
    whole: Pairs = [("", flower, phloem)]
    pairs = {"A task": tasks, "A queue": queues}
    return {area: [_row(fact, pairs.get(area, whole)) for fact in facts] for area, facts in AREAS.items()}


def _row(fact: Fact, pairs: Pairs) -> Row:
    best: Row | None = None
    for about, flower, phloem in pairs:
        value, ours = fact.value(flower), fact.ours(phloem)
        row = Row(fact, value, ours, _verdict(fact, value, ours), about)
        if row.verdict.is_bad:
            return row
        if best is None or (best.verdict is Verdict.NOT_SHOWN and row.verdict is not Verdict.NOT_SHOWN):
            best = row
    return best or Row(fact, None, None, Verdict.NOT_SHOWN)


def _verdict(fact: Fact, value: Any, ours: Any) -> Verdict:
    if value in (None, "", [], {}):
        return Verdict.NOT_SHOWN
    if ours in (None, "", [], {}):
        return Verdict.MISSING
    if not fact.agree(value, ours):
        return Verdict.DIFFERS
    return Verdict.OTHERWISE if fact.otherwise else Verdict.SAME


def lines(app: str, areas: dict[str, list[Row]]) -> Iterable[str]:
    """The table of one app, as it is printed."""
    for area, rows in areas.items():
        yield f"\n{app}: {area}"
        for row in rows:
            about = f" ({row.about})" if row.about and row.verdict.is_bad else ""
            yield (
                f"  {row.verdict:<9}  {_short(row.fact.flower, 34):<34}  {_short(row.value):<{_WIDTH}}  "
                f"{_short(row.ours):<{_WIDTH}}{about}"
            )


def _short(value: Any, width: int = _WIDTH) -> str:
    text = " ".join(str(value if value is not None else "–").split())
    return text if len(text) <= width else f"{text[: width - 1]}…"
